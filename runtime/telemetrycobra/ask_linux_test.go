package telemetrycobra_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("TOOL_DIR"); dir != "" { // not a test: the tool, at a terminal
		root := tool()
		root.SetArgs(strings.Fields(os.Getenv("TOOL_ARGS")))
		err := telemetrycobra.Execute(context.Background(), root, telemetrycobra.Options{
			Config:   telemetry.Config{Service: "tool", Dir: dir, Agent: &agentOfTest{}},
			NeverAsk: os.Getenv("TOOL_ASKS") == "never",
		})
		fmt.Println("error:", err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// atTerminal runs the tool at a pseudo-terminal, answers yes, and returns what it
// shows.
func atTerminal(t *testing.T, env ...string) string {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	defer control.Close()
	var number, unlock int32
	raw, err := control.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlock)))
		_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGPTN, uintptr(unsafe.Pointer(&number)))
	})
	tty, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), "TERM=xterm"), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	var shown strings.Builder
	for buf, answered := make([]byte, 4096), false; ; {
		n, err := control.Read(buf)
		shown.Write(buf[:n])
		if err != nil {
			break // EIO: the tool has closed the terminal
		}
		if !answered && strings.Contains(shown.String(), "[y/N]") {
			answered = true
			_, _ = control.WriteString("y\n")
		}
	}
	_ = cmd.Wait()
	return strings.ReplaceAll(shown.String(), "\r\n", "\n")
}

// TestAsk asks behind the output of a command that has succeeded, and behind no
// other.
func TestAsk(t *testing.T) {
	for _, c := range []struct {
		args, env string
		asked     bool
	}{
		{"cluster deploy fails", "", false},
		{"clutser", "", false},
		{"--help", "", false},
		{"cluster", "", false},
		{"--version", "", false},
		{"completion bash", "", false},
		{"__complete cl", "", false},
		{"telemetry status", "", false},
		{"cluster deploy prod", "TOOL_ASKS=never", false},
		{"cluster deploy prod", "", true},
	} {
		p := newPerson(t)
		shown := atTerminal(t, "TOOL_DIR="+p.config.Dir, "TOOL_ARGS="+c.args, c.env)
		question, output := strings.Index(shown, "May tool send usage data?"), strings.Index(shown, "persistent post")
		if (question >= 0) != c.asked || c.asked && (output < 0 || output > question) {
			t.Errorf("%q %s: the terminal shows\n%s", c.args, c.env, shown)
		}
		if c.asked {
			p.sees("telemetry status", "on", "the saved answer")
			if !strings.Contains(shown, "tool telemetry show") {
				t.Errorf("the question does not say how to look first:\n%s", shown)
			}
		}
	}
}
