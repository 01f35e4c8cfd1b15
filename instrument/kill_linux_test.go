//go:build amd64 || arm64

package instrument

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// TestKill kills the real tkgen in front of every one of its system calls that
// changes something in the tree. Whenever it dies, each file is as it was or as
// it should become, lines have the points that they use, nothing else is there
// but temporary files, and the next run does all of the work and takes those away.
func TestKill(t *testing.T) {
	skipShort(t)
	tkgen := buildTkgen(t)
	half := halfGenerated(t)
	commands := map[string]struct {
		before tree
		again  func(Options) (*Result, error)
	}{
		"generate": {half, Generate},
		"remove":   {applied(t, half, Generate), Remove},
	}
	for name, c := range commands {
		t.Run(name, func(t *testing.T) {
			after := applied(t, c.before, c.again)
			for n := 1; ; n++ {
				dir := c.before.write(t)
				calls, killed := killAt(t, n, dir, tkgen, name)
				got := readTree(t, dir)
				if !killed {
					if diff := cmp.Diff(after.strings(), got.strings()); diff != "" || n < 20 {
						t.Errorf("%s made %d calls and left (-want +got):\n%s", name, n-1, diff)
					}
					t.Logf("%d calls: %s", len(calls), strings.Join(calls, ", "))
					return
				}
				checkTorn(t, fmt.Sprintf("%s, killed in front of call %d, %s", name, n, calls[n-1]), c.before, after, got)
				run(t, c.again, dir)
				if diff := cmp.Diff(after.strings(), readTree(t, dir).strings()); diff != "" {
					t.Errorf("%s, again after a kill at call %d (-want +got):\n%s", name, n, diff)
				}
			}
		})
	}
}

// halfGenerated is a tree in which generate creates files, replaces and removes
// some.
func halfGenerated(t *testing.T) tree {
	t.Helper()
	gone := []byte("package gone\n\n//telemetry:instrument\nfunc Gone() (int, error) { return 1, nil }\n")
	files := applied(t, modTree(tree{
		"a/a.go": []byte(strings.Replace(marked, "package p", "package a", 1)), "gone/gone.go": gone,
	}), Generate)
	files["a/more.go"] = []byte("package a\n\n//telemetry:instrument\nfunc More() error { return nil }\n")
	files["b/b.go"] = []byte(strings.Replace(marked, "package p", "package b", 1))
	files["gone/gone.go"] = bytes.Replace(files["gone/gone.go"], []byte("//telemetry:instrument\n"), nil, 1)
	return files
}

// checkTorn checks a tree that was left at any moment between two states.
func checkTorn(t *testing.T, when string, before, after, got tree) {
	t.Helper()
	for name, text := range got {
		if strings.HasPrefix(filepath.Base(name), tempPrefix) {
			continue
		}
		if want, exists := before[name]; exists && bytes.Equal(text, want) {
			continue
		}
		if want, exists := after[name]; exists && bytes.Equal(text, want) {
			continue
		}
		t.Errorf("%s: %s is neither old nor new:\n%s", when, name, text)
	}
	for name := range before {
		if got[name] == nil && after[name] != nil {
			t.Errorf("%s: %s is gone", when, name)
		}
	}
	for name, text := range got {
		points := got[filepath.Dir(name)+"/"+GeneratedFile]
		if strings.HasPrefix(filepath.Base(name), tempPrefix) {
			continue
		}
		for word := range strings.FieldsSeq(string(text)) {
			point, _, isLine := strings.Cut(word, ".Begin()")
			if isLine && !slices.Contains(strings.Fields(string(points)), point) {
				t.Errorf("%s: %s uses %s, which is not declared:\n%s", when, name, point, points)
			}
		}
	}
}

// killAt runs a program in dir under ptrace(2) and kills it in front of its n-th
// system call that changes something in there. calls are those that it came to,
// the one that it was killed at included.
func killAt(t *testing.T, n int, dir string, program string, args ...string) (calls []string, killed bool) {
	t.Helper()
	runtime.LockOSThread() // the thread that starts the program is the one that traces it
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
		t.Skipf("tracing is not permitted here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Release() }()
	tr := tracer{pid: cmd.Process.Pid, dir: dir}
	exit, err := tr.follow(func(call string) bool {
		calls = append(calls, call)
		killed = len(calls) == n
		return killed
	})
	if errors.Is(err, errNoSyscallInfo) {
		t.Skip(err)
	}
	if err != nil || !killed && exit.ExitStatus() != 0 {
		t.Fatalf("tracing %s: %v, exit %v", args, err, exit)
	}
	return calls, killed
}

// tracer follows one process with all of its threads, and tells its calls that
// change something below dir.
type tracer struct {
	pid int
	dir string
}

var errNoSyscallInfo = errors.New("this kernel does not tell what a system call is (PTRACE_GET_SYSCALL_INFO, Linux 5.3)")

// From ptrace(2); package syscall does not have them.
const (
	optionExitKill = 0x100000
	getSyscallInfo = 0x420e
	infoEntry      = 1
)

// syscallInfo is struct ptrace_syscall_info at the entry of a call.
type syscallInfo struct {
	op      uint8
	_       [3]uint8
	arch    uint32
	ip, sp  uint64
	number  uint64
	args    [6]uint64
	padding [8]uint64
}

// follow lets the process run to its end, or until kill says so.
func (tr tracer) follow(kill func(call string) bool) (exit syscall.WaitStatus, err error) {
	if _, err := syscall.Wait4(tr.pid, &exit, 0, nil); err != nil { // it stops at exec
		return exit, err
	}
	options := syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | optionExitKill
	if err := syscall.PtraceSetOptions(tr.pid, options); err != nil {
		return exit, err
	}
	thread := tr.pid
	for signal := 0; ; {
		if err := syscall.PtraceSyscall(thread, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return exit, err
		}
		if thread, err = syscall.Wait4(-tr.pid, &exit, syscall.WALL, nil); err != nil {
			return exit, err
		}
		for !exit.Stopped() {
			if thread == tr.pid {
				return exit, nil
			}
			if thread, err = syscall.Wait4(-tr.pid, &exit, syscall.WALL, nil); err != nil {
				return exit, err
			}
		}
		signal = 0
		switch exit.StopSignal() {
		case syscall.SIGTRAP | 0x80:
			call, err := tr.call(thread)
			if err != nil {
				return exit, err
			}
			if call != "" && kill(call) {
				if err := syscall.Kill(tr.pid, syscall.SIGKILL); err != nil {
					return exit, err
				}
			}
		case syscall.SIGTRAP, syscall.SIGSTOP: // exec, a new thread
		default:
			signal = int(exit.StopSignal())
		}
	}
}

// call describes the system call that a thread is about to make; "" if it
// changes nothing below dir, or has been made.
func (tr tracer) call(thread int) (string, error) {
	var info syscallInfo
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, getSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	switch {
	case errors.Is(errno, syscall.ESRCH):
		return "", nil
	case errno != 0:
		return "", errNoSyscallInfo
	case info.op != infoEntry:
		return "", nil
	}
	name, path := "", ""
	switch info.number {
	case syscall.SYS_OPENAT:
		if info.args[2]&(syscall.O_WRONLY|syscall.O_RDWR|syscall.O_CREAT|syscall.O_TRUNC) != 0 {
			name, path = "openat", tr.text(info.args[1])
		}
	case syscall.SYS_RENAMEAT, 316, 276: // the last are renameat2 on amd64 and arm64
		name, path = "rename", tr.text(info.args[1])
	case syscall.SYS_UNLINKAT, syscall.SYS_MKDIRAT, syscall.SYS_LINKAT, syscall.SYS_SYMLINKAT, syscall.SYS_FCHMODAT, syscall.SYS_FCHOWNAT:
		name, path = "unlinkat or the like", tr.text(info.args[1])
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64, syscall.SYS_FTRUNCATE:
		name, path = "write", tr.file(info.args[0])
	case syscall.SYS_FCHMOD, syscall.SYS_FCHOWN:
		name, path = "fchmod", tr.file(info.args[0])
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		name, path = "fsync", tr.file(info.args[0])
	case syscall.SYS_CLOSE:
		if path = tr.file(info.args[0]); strings.Contains(path, tempPrefix) {
			name = "close"
		}
	}
	rel, inside := strings.CutPrefix(path, tr.dir)
	if name == "" || !inside {
		return "", nil
	}
	return name + " " + rel, nil
}

// text reads a string of the process.
func (tr tracer) text(address uint64) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid))
	if err != nil {
		return ""
	}
	defer memory.Close()
	buffer := make([]byte, 4096)
	n, _ := memory.ReadAt(buffer, int64(address))
	text, _, _ := bytes.Cut(buffer[:n], []byte{0})
	return string(text)
}

// file is the path behind a file descriptor of the process.
func (tr tracer) file(descriptor uint64) string {
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, descriptor))
	return path
}
