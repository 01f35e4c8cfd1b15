//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const waiting = `package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { wait() }

//telemetry:instrument
func wait() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	fmt.Println("ready")
	select {
	case s := <-signals:
		fmt.Println("cleaning up after", s)
	case <-time.After(time.Minute):
	}
	os.Exit(4)
}
`

// TestInterrupt presses Ctrl-C on a program that cleans up: it reaches the
// program once, the exit code is the one that there is without tkgen, and the
// overlay's folder goes away. The same for SIGTERM, which the go command does not
// survive.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	checkout(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(waiting), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			want, _ := interrupt(t, dir, "go", s)
			if want.Code < 0 { // killed: a shell says 128 and the signal's number
				want.Code = 128 + int(s)
			}
			got, temp := interrupt(t, dir, "tkgen", s)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("interrupted (-go +tkgen):\n%s", diff)
			}
			if left, _ := filepath.Glob(filepath.Join(temp, "*tkgen*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// interrupt runs the program in a process group of its own, as a shell does, and
// sends the whole group a signal, as a terminal does.
func interrupt(t *testing.T, dir, command string, s syscall.Signal) (r ran, temp string) {
	t.Helper()
	temp = t.TempDir()
	cmd := exec.CommandContext(t.Context(), command, "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "APP_TELEMETRY=off", "TMPDIR="+temp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if first, err := lines.ReadString('\n'); err != nil || first != "ready\n" {
		t.Fatalf("%s run printed %q: %v", command, first, err)
	}
	if err := syscall.Kill(-cmd.Process.Pid, s); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return ran{Code: cmd.ProcessState.ExitCode(), Stdout: string(rest)}, temp
}
