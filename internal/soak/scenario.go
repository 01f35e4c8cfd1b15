package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// scenario is something that goes wrong. run plays one round of it.
type scenario struct {
	name string
	what string
	run  func(*round) error
	// boxed scenarios mount file systems: they run in a mount namespace of their
	// own, which takes Linux and root.
	boxed bool
}

// errSkip says that this machine does not allow a scenario.
var errSkip = errors.New("skipped")

func skip(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errSkip, fmt.Sprintf(format, args...))
}

// scenarios in the order of the way of an event.
func scenarios() []scenario {
	return []scenario{
		{name: "kill", what: "writers, drainers and uploaders, killed at random moments", run: kill},
		{name: "tail", what: "a segment cut off at each offset", run: cutTails},
		{name: "damage", what: "garbage, zero pages and a later format in a segment", run: damage},
		{name: "full", what: "a disk that is full and has room again", run: fullDisk, boxed: true},
		{name: "read-only", what: "a home that cannot be written to, for a while", run: readOnly, boxed: true},
		{name: "no-home", what: "no HOME; a state folder that is a file or a link", run: noHome},
		{name: "owner", what: "root with a user's HOME (sudo), then the user", run: otherOwner},
		{name: "clock", what: "the clock set ahead and back while a program runs", run: clockSteps},
		{name: "retry-after", what: "the clock set while the server wants to be left alone", run: retryAfter},
		{name: "crowd", what: "8 processes recording, two keepers", run: crowd},
		{name: "clean", what: "4 processes recording, two keepers, somebody removes all", run: clean},
		{name: "removal", what: "segments removed as fast as they are read", run: removal},
		{name: "versions", what: "an earlier version of the program beside today's", run: versions},
		{name: "database", what: "an outbox that is damaged or of a newer version", run: damagedDatabase},
		{name: "lost-database", what: "the same when the hour of what is drained is over", run: lostDatabase},
	}
}

// result is what became of a scenario.
type result struct {
	Scenario string `json:"scenario"`
	What     string `json:"what"`
	tally
	Seconds float64 `json:"seconds"`
	Skipped string  `json:"skipped,omitempty"`
	Error   string  `json:"error,omitempty"`
	Seed    uint64  `json:"seed"`
}

// soak plays the scenarios one after the other. On an interrupt it returns what
// there is.
func soak(ctx context.Context, o options, stderr io.Writer) ([]result, error) {
	root, err := os.MkdirTemp("", "soak")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(root)
	s := &stage{options: o, root: root, progress: newProgress(stderr)}
	defer s.progress.done()
	if s.self, err = copySelf(root); err != nil {
		return nil, err
	}
	var chosen []scenario
	for _, sc := range scenarios() {
		if o.run.MatchString(sc.name) {
			chosen = append(chosen, sc)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("choosing scenarios: none matches %q", o.run)
	}
	var results []result
	for _, sc := range chosen {
		if ctx.Err() != nil {
			break
		}
		results = append(results, s.play(ctx, sc, o.duration/time.Duration(len(chosen))))
	}
	return results, nil
}

// stage is what all rounds have in common.
type stage struct {
	options
	root, self string // self is this program, where every user may start it
	progress   *progress
	programs   programs
}

// play repeats a scenario until its share of the time is over.
func (s *stage) play(ctx context.Context, sc scenario, share time.Duration) (r result) {
	began := time.Now()
	r = result{Scenario: sc.name, What: sc.what, Seed: s.seed}
	defer func() { r.Seconds = time.Since(began).Seconds() }()
	if sc.boxed && !inBox() {
		boxed, err := s.inBox(ctx, sc, share)
		if err == nil {
			return boxed
		}
		return r.failed(err)
	}
	for n := uint64(0); n == 0 || !s.short && time.Since(began) < share; n++ {
		t, err := s.round(ctx, sc, n)
		if ctx.Err() != nil {
			return r // a round that was cut off proves nothing
		}
		r.add(t)
		if err != nil {
			return r.failed(err)
		}
		s.progress.say(sc.name, r.tally, time.Since(began), share)
	}
	return r
}

func (r *result) failed(err error) result {
	if errors.Is(err, errSkip) {
		r.Skipped = err.Error()
	} else {
		r.Error = err.Error()
	}
	return *r
}

func (s *stage) round(ctx context.Context, sc scenario, n uint64) (tally, error) {
	dir, err := os.MkdirTemp(s.root, sc.name)
	if err == nil {
		err = os.Chmod(dir, 0o755) // other users run programs in it
	}
	if err != nil {
		return tally{}, fmt.Errorf("making a folder: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, roundLimit)
	defer cancel()
	r := &round{
		stage: s, ctx: limited, dir: dir, home: filepath.Join(dir, "home"), ledger: newLedger(),
		rng: rand.New(rand.NewPCG(s.seed, n)), //nolint:gosec // no secret
	}
	err = sc.run(r)
	if r.server != nil {
		err = errors.Join(err, r.server.stop())
	}
	r.tally.Rounds = 1
	if errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("playing %s: a round took over %s: %w", sc.name, roundLimit, err)
	}
	if s.keep && ctx.Err() == nil && (err != nil || r.tally.Lost+r.tally.Doubled > 0) {
		kept := filepath.Join(os.TempDir(), filepath.Base(s.root)+"-"+filepath.Base(dir))
		return r.tally, errors.Join(err, os.Rename(dir, kept))
	}
	return r.tally, errors.Join(err, removeAll(dir))
}

// roundLimit ends a round that hangs.
const roundLimit = 5 * time.Minute

// removeAll tries again: a process that was killed may be on its way out.
func removeAll(dir string) (err error) {
	for range 10 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
