//go:build !wasm

package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/machine"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// When a process is started to send, and what it may take.
const (
	sendBytes   = 256 << 10       // of spool that came since the last time: sooner
	childGrace  = 5 * time.Second // what has not ended by then is ended
	launchAgain = time.Hour       // after a child of which nothing was heard
	claimStale  = 2 * time.Minute // a child that has run for so long is dead
)

const (
	tokenFile = "send.token" // when to send again, and the size of the spool then
	claimFile = "send.claim" // there while a child runs
	childArg  = "--telemetry-kit-send"
)

// Child reports that this process was started by Launch: by variable and argument
// together. A variable that somebody has exported does not turn the program into
// one that ends without having done anything.
func (a *agent) Child(p telemetry.Place) bool {
	return os.Getenv(childVariable(p.Service)) == "1" && len(os.Args) == 2 && os.Args[1] == childArg
}

// Run drains and sends, within 30 seconds. It is all that the process does.
func (a *agent) Run(p telemetry.Place) {
	// A context does not reach into a system call that hangs.
	hard := time.AfterFunc(childLimit+childGrace, func() { os.Exit(1) })
	defer hard.Stop()
	a.run(context.Background(), p)
}

// Send does what Run does within a program that runs for long. It returns at once
// if it is not time to, and soon after ctx ends.
func (a *agent) Send(ctx context.Context, p telemetry.Place) {
	if why := a.ready(p, time.Now(), true); why != nil {
		report(p, why)
		return
	}
	a.run(ctx, p)
}

// run has the claim, and gives it back.
func (a *agent) run(ctx context.Context, p telemetry.Place) {
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	defer os.Remove(filepath.Join(p.State, claimFile))
	size := spoolOf(p).Size()
	_, next, err := forward(ctx, Options{Service: p.Service, Dir: p.Dir, DSN: a.dsn})
	if errors.Is(err, ErrNoConsent) {
		return // leave no trace
	}
	// What came while this was sending has not been sent; what is gone since counts
	// no more.
	writeToken(p.State, token{next: next, size: min(size, spoolOf(p).Size())})
}

// Launch starts a process that does Run, if it is time to. Whatever is in the
// way, it returns without one.
func (a *agent) Launch(p telemetry.Place) { report(p, a.launch(p, time.Now(), true)) }

// LaunchDeletion starts such a process if the person wants something deleted that
// the server has not confirmed, although they have said no to the rest.
func (a *agent) LaunchDeletion(p telemetry.Place) { report(p, a.launch(p, time.Now(), false)) }

func (a *agent) launch(p telemetry.Place, now time.Time, events bool) error {
	if err := a.ready(p, now, events); err != nil {
		return err
	}
	if err := spawn(p); err != nil {
		os.Remove(filepath.Join(p.State, claimFile))
		return fmt.Errorf("starting the sending process: %w", err)
	}
	return nil
}

// ready reports what stands against sending, nil if nothing does; then it has
// claimed the sending for the caller. events says that the person lets events go.
func (a *agent) ready(p telemetry.Place, now time.Time, events bool) error {
	deletion := upload.DeletionDue(p.State, now)
	if !events && !deletion {
		return errors.New("there is no deletion to ask for")
	}
	if err := a.forbidden(p); err != nil {
		return err
	}
	size := spoolOf(p).Size()
	if !deletion && !due(p.State, size, now) {
		return errors.New("not due")
	}
	if !claim(p.State, now) {
		return errors.New("another process does")
	}
	if events {
		writeToken(p.State, token{next: now.Add(launchAgain), size: size})
	}
	return nil
}

func spoolOf(p telemetry.Place) spool.Reader {
	return spool.Reader{Dir: filepath.Join(p.State, "spool"), Describe: machine.Describe}
}

// spawn starts this program again. It needs nothing of its starter: no terminal,
// no pipe that somebody reads to the end, no folder that somebody wants to
// remove.
func spawn(p telemetry.Place) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, childArg) // stdin, stdout, stderr: the null device
	cmd.Dir = p.State
	cmd.Env = append(os.Environ(), childVariable(p.Service)+"=1")
	cmd.SysProcAttr = detached()
	if err := cmd.Start(); err != nil {
		return err
	}
	// A long-lived program must reap it; a short one ends before it does.
	go func() { _ = cmd.Wait() }()
	return nil
}

// token is what one sending leaves for those who ask whether it is time again.
type token struct {
	next time.Time
	size int64
}

func due(state string, size int64, now time.Time) bool {
	if size == 0 {
		return false
	}
	text, err := folder.ReadFile(filepath.Join(state, tokenFile))
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	first, second, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	next, err1 := strconv.ParseInt(first, 10, 64)
	then, err2 := strconv.ParseInt(second, 10, 64)
	if err1 != nil || err2 != nil {
		return true
	}
	wait := time.Unix(next, 0).Sub(now)
	// A wait of more than a day was written by a clock that was wrong.
	return wait <= 0 || wait > sendEvery+time.Minute || size-then >= sendBytes
}

func writeToken(state string, t token) {
	// Not written, it is taken for due, and the claim still keeps to one child.
	_ = folder.Note(filepath.Join(state, tokenFile), fmt.Appendf(nil, "%d %d\n", t.next.Unix(), t.size))
}

// claim makes the claim file, which one process can do at a time.
func claim(state string, now time.Time) bool {
	path := filepath.Join(state, claimFile)
	for range 2 {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			file.Close()
			return true
		}
		info, err := os.Lstat(path)
		if err != nil || now.Sub(info.ModTime()).Abs() < claimStale {
			return false
		}
		os.Remove(path)
	}
	return false
}
