package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/internal/soak/keeper"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

// round is one round of a scenario: a home, the processes in it, and what they
// said.
type round struct {
	*stage
	ctx    context.Context
	dir    string // of this round, all of it
	home   string // of the program that is under test
	rng    *rand.Rand
	ledger *ledger
	tally  tally
	server *collector // nil without one

	writers atomic.Int64
	answer  string // SOAK_TELEMETRY in the processes; "" is on, "-" none
}

// copySelf puts this program where every user may start it.
func copySelf(root string) (string, error) {
	if err := os.Chmod(root, 0o755); err != nil {
		return "", fmt.Errorf("preparing the folder: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this program: %w", err)
	}
	from, err := os.Open(self)
	if err != nil {
		return "", fmt.Errorf("copying this program: %w", err)
	}
	defer from.Close()
	path := filepath.Join(root, "program"+filepath.Ext(self))
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return "", fmt.Errorf("copying this program: %w", err)
	}
	if _, err = io.Copy(to, from); err != nil {
		to.Close()
		return "", fmt.Errorf("copying this program: %w", err)
	}
	return path, to.Close()
}

// environment is that of a person's shell: no CI, no answer but ours.
func (r *round) environment() []string {
	env := []string{actorEnv + "=1", "HOME=" + r.home, "PATH=" + os.Getenv("PATH")}
	switch r.answer {
	case "":
		env = append(env, "SOAK_TELEMETRY=on")
	case "-":
	default:
		env = append(env, "SOAK_TELEMETRY="+r.answer)
	}
	return env
}

// command is a process of program, not yet started.
func (r *round) command(program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.ctx, program, args...)
	cmd.Env, cmd.Dir = r.environment(), r.dir
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// writing is a writer at work.
type writing struct {
	id    int
	cmd   *exec.Cmd
	began chan struct{} // closed when it has recorded something
	ended chan error
}

// write starts a writer of today's version.
func (r *round) write(args ...string) (*writing, error) {
	return r.writeAs(r.self, nil, args...)
}

// writeAs starts a writer of another program, or as prepared by prepare.
func (r *round) writeAs(program string, prepare func(*exec.Cmd), args ...string) (*writing, error) {
	w := &writing{id: int(r.writers.Add(1)), began: make(chan struct{}), ended: make(chan error, 1)}
	w.cmd = r.command(program, append([]string{"write", "-id", fmt.Sprint(w.id)}, args...)...)
	if prepare != nil {
		prepare(w.cmd)
	}
	var complaint bytes.Buffer
	w.cmd.Stderr = &complaint
	out, err := w.cmd.StdoutPipe()
	if err == nil {
		err = w.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("starting a writer: %w", err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			r.ledger.say(lines.Text())
			if n == 0 {
				close(w.began)
			}
		}
		err := w.cmd.Wait()
		if complaint.Len() > 0 {
			err = errors.Join(err, errors.New(complaint.String()))
		}
		w.ended <- err
	}()
	return w, nil
}

// wait waits for the writer's own end.
func (w *writing) wait() error {
	if err := <-w.ended; err != nil {
		return fmt.Errorf("recording: a writer failed: %w", err)
	}
	return nil
}

// killAfter kills the writer some time after it has begun.
func (w *writing) killAfter(d time.Duration) {
	select {
	case <-w.began:
		time.Sleep(d)
	case err := <-w.ended:
		w.ended <- err
	case <-time.After(5 * time.Second):
	}
	_ = w.cmd.Process.Kill()
	<-w.ended //nolint:errcheck // that it was killed is what it says
}

// record lets a writer record n events, from its first to its end.
func (r *round) record(n int) error {
	return r.recordAs(r.self, "-dir", r.home, "-count", fmt.Sprint(n))
}

// recordAs lets another program do so.
func (r *round) recordAs(program string, args ...string) error {
	w, err := r.writeAs(program, nil, args...)
	if err != nil {
		return err
	}
	return w.wait()
}

// keep runs a keeper to its end and returns its reports.
func (r *round) keep(args ...string) ([]keeper.Report, error) {
	return r.keepAs(r.self, nil, args...)
}

func (r *round) keepAs(program string, prepare func(*exec.Cmd), args ...string) ([]keeper.Report, error) {
	cmd := r.command(program, args...)
	if prepare != nil {
		prepare(cmd)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	var reports []keeper.Report
	for line := range bytes.Lines(out) {
		var report keeper.Report
		if json.Unmarshal(line, &report) == nil {
			reports = append(reports, report)
		}
	}
	if err == nil && complaint.Len() > 0 {
		err = errors.New("it complained")
	}
	if err != nil {
		for _, report := range reports {
			complaint.WriteString(report.Error)
		}
		return reports, fmt.Errorf("running a keeper (%s): %w: %s", args[0], err, complaint.String())
	}
	return reports, nil
}

// killed runs a keeper and kills it after d, if it is not done by then.
func (r *round) killed(d time.Duration, args ...string) (bool, error) {
	cmd := r.command(r.self, args...)
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("starting a keeper: %w", err)
	}
	var hit atomic.Bool
	kill := time.AfterFunc(d, func() { hit.Store(cmd.Process.Kill() == nil) })
	_ = cmd.Wait()
	kill.Stop()
	return hit.Load(), nil
}

// list takes all that is kept at home into the ledger, but for what was sent, and
// returns how many events are where.
func (r *round) list() (counts inspect.Counts, err error) {
	reports, err := r.keep("list", r.home)
	if err != nil {
		return counts, err
	}
	return r.took(reports)
}

// took takes the reports of one folder.
func (r *round) took(reports []keeper.Report) (counts inspect.Counts, err error) {
	for _, report := range reports {
		if report.Counts != nil {
			r.tally.Torn += report.Counts.Torn
			counts = *report.Counts
			continue
		}
		if report.State == "sent" {
			continue
		}
		r.tally.Kept++
		var e event.Event
		if err := json.Unmarshal(report.Event, &e); err != nil {
			return counts, fmt.Errorf("reading what is kept: %w", err)
		}
		if err := r.ledger.saw(e.Body.Type, e.Body.Data); err != nil {
			return counts, err
		}
	}
	return counts, nil
}

// compare adds what the ledger says to the round's tally.
func (r *round) compare() {
	r.tally.add(r.ledger.balance())
}

// moments returns a source of random parts of d, for one goroutine.
func (r *round) moments(d time.Duration) func() time.Duration {
	rng := rand.New(rand.NewPCG(r.rng.Uint64(), r.rng.Uint64())) //nolint:gosec // no secret
	return func() time.Duration { return time.Duration(rng.Int64N(int64(d))) }
}

// size is the first in a short soak, the second in a long one.
func (r *round) size(short, long int) int {
	if r.short {
		return short
	}
	return long
}
