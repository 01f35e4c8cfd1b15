package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
)

// asker is the program of these tests, run again as a process at a terminal: it
// prints its output, asks, and goes on.
const asker = "TELEMETRY_TEST_ASKER"

// agentOfAsker tells on stdout when it would start a process that sends.
type agentOfAsker struct{}

func (agentOfAsker) Child(Place) bool { return false }
func (agentOfAsker) Run(Place)        {}
func (agentOfAsker) Launch(Place)     { fmt.Println("launched") }
func (agentOfAsker) Endpoint() string { return "https://telemetry.example.com" }

func init() { programs[asker] = runAsker }

func runAsker(how string) {
	if strings.Contains(how, "traps") { // as programs do that end their work in an orderly way
		_, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
	}
	config := Config{Service: "asker", Dir: os.Getenv("ASKER_DIR"), Agent: agentOfAsker{}}
	if strings.Contains(how, "no agent") {
		config.Agent = nil
	}
	if strings.Contains(how, "author off") {
		config.Consent = Off
	}
	session := Start(config)
	Track("the.work")
	fmt.Println("the output")
	if strings.Contains(how, "slow") {
		time.Sleep(300 * time.Millisecond)
	}
	q := Question{Purpose: "It tells us what to work on.", Command: "asker telemetry", Details: "https://example.com/privacy"}
	if strings.Contains(how, "short") {
		q.Wait = 300 * time.Millisecond
	}
	asked := Ask(q)
	session.tick() // what a long program does now and then
	mode, _ := CurrentMode()
	fmt.Printf("asked=%v mode=%s\n", asked, mode)
	session.Stop()
	os.Exit(7) // the program's own exit code
}

// terminal is a pseudo-terminal: what is typed goes into control, what is shown
// comes out of it.
func terminal(t *testing.T) (control, tty *os.File) {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { control.Close() })
	raw, err := control.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number, unlock int32
	err = raw.Control(func(fd uintptr) {
		for request, arg := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
			if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(arg))); errno != 0 {
				t.Errorf("ioctl %#x: %v", request, errno)
			}
		}
	})
	if err != nil || t.Failed() {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return control, tty
}

// screen is what a terminal has shown so far.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.ReplaceAll(s.text.String(), "\r\n", "\n")
}

// run is one run of the asker at a terminal.
type run struct {
	how    string
	env    []string
	dir    string
	ahead  string // typed before the question
	answer string // typed behind the question
	signal os.Signal
	redirect,
	background bool
}

func (r run) at(t *testing.T) (shown string, code int) {
	t.Helper()
	control, tty := terminal(t)
	var text screen
	done := make(chan struct{})
	go func() {
		defer close(done)
		var buf [4096]byte
		for {
			n, err := control.Read(buf[:])
			_, _ = text.Write(buf[:n])
			if err != nil {
				return // EIO: the last process has closed the terminal
			}
		}
	}()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TERM=xterm", asker+"="+r.how+" ", "ASKER_DIR="+r.dir)
	cmd.Env = append(cmd.Env, r.env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if r.redirect {
		cmd.Stdout = nil
	}
	if r.background { // of a shell that runs it with &
		cmd.Args = []string{"sh", "-mc", `"$0" "$@" & wait $!`, os.Args[0]}
		cmd.Path = "/bin/sh"
	}
	if r.ahead != "" {
		_, _ = control.WriteString(r.ahead)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for deadline := time.Now().Add(20 * time.Second); ; {
		select {
		case <-ended:
			<-done
			return text.String(), cmd.ProcessState.ExitCode()
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			t.Fatalf("it did not end; the terminal shows:\n%s", text.String())
		}
		if strings.Contains(text.String(), "[y/N]") {
			if r.answer != "" {
				_, _ = control.WriteString(r.answer)
				r.answer = ""
			}
			if r.signal != nil {
				_ = cmd.Process.Signal(r.signal)
				r.signal = nil
			}
		}
	}
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, strings.Split(filepath.ToSlash(rel), "/")[0])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestAsk goes through every answer at a pseudo-terminal.
func TestAsk(t *testing.T) {
	const ctrlC, ctrlD = "\x03", "\x04"
	for _, c := range []struct {
		about string
		run   run
		mode  string // after it
		saved string // the first word of the saved answer
		shows string
	}{
		{about: "yes", run: run{answer: "y\n"}, mode: "on", saved: "on", shows: "asker telemetry off"},
		{about: "YES", run: run{answer: " YES \n"}, mode: "on", saved: "on"},
		{about: "no", run: run{answer: "n\n"}, mode: "off", saved: "off", shows: "asker telemetry on"},
		{about: "Enter is a no", run: run{answer: "\n"}, mode: "off", saved: "off"},
		{about: "another word", run: run{answer: "yesterday\n"}, mode: "local", shows: "neither yes nor no"},
		{about: "end of input", run: run{answer: ctrlD}, mode: "local"},
		{about: "an interrupt", run: run{answer: ctrlC}, mode: "local"},
		{about: "an interrupt of a program that traps it", run: run{how: "traps", answer: ctrlC}, mode: "local"},
		{about: "a signal", run: run{signal: syscall.SIGINT}, mode: "local"},
		{about: "silence", run: run{how: "short"}, mode: "local"},
		{about: "half a line, then silence", run: run{how: "short", answer: "y"}, mode: "local"},
		{about: "yes, and the author chose off", run: run{how: "author off", answer: "y\n"}, mode: "on", saved: "on"},
		{about: "silence, and the author chose off", run: run{how: "author off short"}, mode: "off"},
	} {
		t.Run(c.about, func(t *testing.T) {
			c.run.dir = t.TempDir()
			shown, code := c.run.at(t)
			if code != 7 {
				t.Errorf("exit code %d, want that of the program, 7\n%s", code, shown)
			}
			output, question := strings.Index(shown, "the output"), strings.Index(shown, "May asker send usage data to https://telemetry.example.com?")
			if output < 0 || question < output {
				t.Errorf("the question does not come after the output:\n%s", shown)
			}
			for _, want := range []string{"It tells us what to work on.", "asker telemetry show", "https://example.com/privacy", "asked=true mode=" + c.mode, c.shows} {
				if !strings.Contains(shown, want) {
					t.Errorf("the terminal does not show %q:\n%s", want, shown)
				}
			}
			if strings.Contains(shown, "launched") {
				t.Errorf("something leaves on the run that asks:\n%s", shown)
			}
			saved, _ := os.ReadFile(filepath.Join(c.run.dir, "mode"))
			if word, _, _ := strings.Cut(string(saved), " "); word != c.saved {
				t.Errorf("saved %q, want %q", saved, c.saved)
			}
			if c.mode == "off" && c.saved == "" && slices.Contains(files(t, c.run.dir), "spool") {
				t.Errorf("off, and recorded: %v", files(t, c.run.dir))
			}

			// Run it again: nobody is asked, and a yes holds now.
			again := run{how: "short", dir: c.run.dir}
			if strings.Contains(c.run.how, "author off") {
				again.how += " author off"
			}
			shown, _ = again.at(t)
			if !strings.Contains(shown, "asked=false mode="+c.mode) {
				t.Errorf("asked again:\n%s", shown)
			}
			if launched := strings.Contains(shown, "launched"); launched != (c.mode == "on") {
				t.Errorf("on the run after it, launched is %v", launched)
			}

			// A month later: only who did not answer is asked.
			old := time.Now().Add(-consent.AskAgain).UTC().Format(time.RFC3339)
			if err := os.WriteFile(filepath.Join(c.run.dir, "asked"), []byte(old), 0o600); err != nil {
				t.Fatal(err)
			}
			shown, _ = again.at(t)
			if !strings.Contains(shown, fmt.Sprintf("asked=%v ", c.saved == "")) {
				t.Errorf("a month later:\n%s", shown)
			}
		})
	}
}

// TestAskRenews asks whoever has said yes to another server, or to events that
// could say less, and sends nothing until they have said it again.
func TestAskRenews(t *testing.T) {
	for saved, shows := range map[string]string{
		"on 2026-01-01T00:00:00Z https://old.example.com " + event.SchemaVersion + "\n": "for https://old.example.com, and the program would send to https://telemetry.example.com",
		"on 2026-01-01T00:00:00Z https://telemetry.example.com 1.0\n":                   "for event schema 1.0, and that of the program is 1.",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "mode")
		// Asked then, and answered.
		for name, text := range map[string]string{path: saved, filepath.Join(dir, "asked"): time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)} {
			text = strings.ReplaceAll(text, "2026-01-01T00:00:00Z", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		shown, _ := run{dir: dir, answer: "y\n"}.at(t)
		if !strings.Contains(shown, "You said yes on ") || !strings.Contains(shown, shows) || !strings.Contains(shown, "asked=true mode=on") || strings.Contains(shown, "launched") {
			t.Errorf("the terminal shows:\n%s", shown)
		}
		shown, _ = run{dir: dir, answer: "y\n"}.at(t)
		if !strings.Contains(shown, "asked=false mode=on") || !strings.Contains(shown, "launched") {
			t.Errorf("after the new yes:\n%s", shown)
		}
	}
}

// TestNobodyIsAsked holds that a question is put to people only, who can answer
// it, and only if the answer counts.
func TestNobodyIsAsked(t *testing.T) {
	for _, c := range []struct {
		about string
		run   run
		saved string
	}{
		{about: "stdout is no terminal", run: run{redirect: true}},
		{about: "in the background", run: run{background: true}},
		{about: "TERM=dumb", run: run{env: []string{"TERM=dumb"}}},
		{about: "CI", run: run{env: []string{"CI=1"}}},
		{about: "another build server", run: run{env: []string{"BUILDKITE=true"}}},
		{about: "DO_NOT_TRACK", run: run{env: []string{"DO_NOT_TRACK=1"}}},
		{about: "the variable says off", run: run{env: []string{"ASKER_TELEMETRY=off"}}},
		{about: "the variable says local", run: run{env: []string{"ASKER_TELEMETRY=local"}}},
		{about: "the variable says on", run: run{env: []string{"ASKER_TELEMETRY=on"}}},
		{about: "answered: no", saved: "off 2026-01-01T00:00:00Z\n"},
		{about: "answered: yes", saved: "on 2026-01-01T00:00:00Z\n"},
		{about: "answered: local", saved: "local 2026-01-01T00:00:00Z\n"},
		{about: "answered, and nobody knows what", saved: "perhaps\n"},
		{about: "nothing would be sent", run: run{how: "no agent"}},
		{about: "typed ahead", run: run{ahead: "ls\n", how: "slow"}},
		{about: "typed ahead, and it looks like an answer", run: run{ahead: "y\n", how: "slow"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			dir := t.TempDir()
			c.run.dir, c.run.answer = dir, "y\n"
			if c.saved != "" {
				if err := os.WriteFile(filepath.Join(dir, "mode"), []byte(c.saved), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			shown, code := c.run.at(t)
			if strings.Contains(shown, "[y/N]") || code != 7 || !c.run.redirect && !strings.Contains(shown, "asked=false") {
				t.Errorf("exit code %d, the terminal shows:\n%s", code, shown)
			}
			if slices.Contains(files(t, dir), "asked") {
				t.Error("a question is noted that was not put")
			}
			if saved, _ := os.ReadFile(filepath.Join(dir, "mode")); string(saved) != c.saved {
				t.Errorf("the answer is %q now", saved)
			}
		})
	}
}

// TestNoPlaceForTheAnswer does not ask, because it would ask at every run.
func TestNoPlaceForTheAnswer(t *testing.T) {
	shown, code := run{dir: "/proc/nowhere", answer: "y\n"}.at(t)
	if strings.Contains(shown, "[y/N]") || !strings.Contains(shown, "asked=false") || code != 7 {
		t.Errorf("exit code %d, the terminal shows:\n%s", code, shown)
	}
}

// TestAskWithoutATerminal is what happens under a test, a pipe or a service.
func TestAskWithoutATerminal(t *testing.T) {
	if Ask(Question{}) {
		t.Error("asked before Start")
	}
	s, dir := start(t, Config{Agent: agentOfAsker{}})
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if Ask(Question{Stdin: null, Stdout: null, Stderr: null}) {
		t.Error("asked nobody")
	}
	s.Stop()
	if names := files(t, dir); len(names) > 0 {
		t.Errorf("there are %v", names)
	}
}
