package telemetry

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// faulty is a writer of mode log that has a fault: it stands for any place of this
// package that the calls below lead to.
type faulty struct{}

func (faulty) Write([]byte) (int, error) { panic("the fault") }

// faultyLogger has one, too.
type faultyLogger struct{ slog.Handler }

func (faultyLogger) Enabled(context.Context, slog.Level) bool { panic("the logger's fault") }

// fatal is what every other test makes of a fault.
func fatal(r any) { panic(r) }

// TestFault holds that a fault within ends what is recorded, and neither the call
// nor what the caller's own defers see.
func TestFault(t *testing.T) {
	command, each := &Point{Name: "fault.command", Kind: Command}, &Point{Name: "fault.each", Each: true}
	failed := errors.New("the program's own")
	for name, call := range map[string]func() error{
		"Track":   func() error { Track("fault.track"); return failed },
		"command": func() (err error) { defer command.Begin().End(&err); return failed },
		"each":    func() (err error) { defer each.Begin().End(&err); return failed },
		"feature": func() (err error) { defer Begin("fault.feature").End(&err); return failed },
		"Count":   func() error { Count("fault.count", 1); return failed },
		"Measure": func() error { Measure("fault.measure", 1, Bytes); return failed },
	} {
		t.Run(name, func(t *testing.T) {
			seen := []any{}
			onFault = func(r any) { seen = append(seen, r) }
			t.Cleanup(func() { onFault = fatal })
			t.Setenv("TESTPROG_TELEMETRY", "log")
			s, _ := start(t, Config{})
			s.stderr = faulty{}
			for range 3 { // after the first one telemetry is off
				if err := call(); !errors.Is(err, failed) {
					t.Errorf("the call returned %v", err)
				}
			}
			if len(seen) != 1 || seen[0] != "the fault" {
				t.Errorf("faults: %v, want the one", seen)
			}
			if recording.Load() != nil {
				t.Error("it still records")
			}
			if err := s.setMode(Off, s.base); err != nil {
				t.Error(err) // and no lock is held
			}
			s.Stop()
		})
	}
}

// TestFaultOfLogger starts and stops with a logger that has one.
func TestFaultOfLogger(t *testing.T) {
	onFault = nil
	t.Cleanup(func() { onFault = fatal })
	s, _ := start(t, Config{Logger: slog.New(faultyLogger{})})
	Track("fault.logger")
	s.Stop()
}

// TestFaultWhilePanicking holds that the program's own panic goes on as it would.
func TestFaultWhilePanicking(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "FAULT_PROGRAM=1", "TESTPROG_TELEMETRY=log", "XDG_STATE_HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	exit, ok := errors.AsType[*exec.ExitError](cmd.Run())
	if !ok || exit.ExitCode() != 2 || !strings.Contains(stderr.String(), "panic: the program's own\n") || strings.Contains(stderr.String(), "the fault") {
		t.Errorf("it ended with %v:\n%s", exit, &stderr)
	}
}

func init() {
	programs["FAULT_PROGRAM"] = func(string) {
		onFault = nil
		s := Start(Config{Service: "testprog"})
		command := &Point{Name: "fault.command", Kind: Command}
		func() {
			timer := command.Begin()
			s.stderr = faulty{}
			defer timer.End(nil)
			panic("the program's own")
		}()
	}
}
