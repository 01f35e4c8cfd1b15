// Package writer is a program that records, for the soak to kill, starve and
// confuse.
//
// In come flags; out goes, on the writer's standard output, a line for each
// thing that the program may rely on from then on:
//
//	t WRITER N NANOS       event N of this writer is recorded
//	c WRITER N NANOS       so is the command N, with its end
//	f WRITER CALLS NANOS   so many calls of the writer's feature are recorded
//
// NANOS is the time before the recording began. The package uses what
// runtime/telemetry exports and nothing else, so that the same source is also
// built against earlier versions of it.
package writer

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Service is the name of the program.
const Service = "soak"

// The names that are recorded. The feature's ends in the writer's number.
const (
	Event   = "soak.event"
	Command = "soak.command"
	Feature = "soak.feature.w"
)

// Of each CommandEvery events one is a command, which also writes what the
// feature has counted; CallsEach calls of the feature come before each event.
const (
	CommandEvery = 8
	CallsEach    = 3
)

// Program is a writer. Step moves the clock, in builds that can.
type Program struct {
	Out  io.Writer
	Step func(time.Duration)

	dir              string
	id, from, count  int
	burst, sessions  int
	pause            time.Duration
	yes, plain       bool
	steps            string
	ahead            time.Duration
	n, calls         int
	losses           atomic.Int64 // the session's timer logs, too
	session          *telemetry.Session
	feature, command telemetry.Point
}

// Run records as the flags say and returns the exit code.
func (p *Program) Run(args []string) int {
	flags := flag.NewFlagSet("writer", flag.ContinueOnError)
	flags.StringVar(&p.dir, "dir", "", "telemetry.Config.Dir; empty: as the platform has it")
	flags.IntVar(&p.id, "id", 0, "number of the writer")
	flags.IntVar(&p.from, "from", 0, "number of the first event")
	flags.IntVar(&p.count, "count", 0, "events; 0: until killed")
	flags.IntVar(&p.burst, "burst", 0, "events between two pauses; 0: no pauses")
	flags.DurationVar(&p.pause, "pause", 5*time.Millisecond, "the longest pause")
	flags.IntVar(&p.sessions, "session", 0, "events of a session before the next; 0: one for all")
	flags.BoolVar(&p.plain, "plain", false, "events only: no commands and no features")
	flags.DurationVar(&p.ahead, "ahead", 0, "how far ahead, or back, the clock is set at the start")
	flags.BoolVar(&p.yes, "yes", false, "answer yes when half of the events are recorded")
	flags.StringVar(&p.steps, "step", "", "a duration: the clock is set so much ahead, or back, at half")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	return p.record()
}

func (p *Program) record() int {
	p.feature = telemetry.Point{Name: fmt.Sprint(Feature, p.id)}
	p.command = telemetry.Point{Name: Command, Kind: telemetry.Command}
	if p.ahead != 0 && p.Step != nil {
		p.Step(p.ahead)
	}
	p.start()
	for p.n = p.from; p.count == 0 || p.n < p.from+p.count; p.n++ {
		done := p.n - p.from
		if p.count > 0 && done == p.count/2 && !p.half() {
			return 1
		}
		p.one()
		if p.burst > 0 && done%p.burst == p.burst-1 {
			time.Sleep(rand.N(p.pause)) //nolint:gosec // no secret
		}
		if p.sessions > 0 && done%p.sessions == p.sessions-1 {
			p.stop()
			p.start()
		}
	}
	p.stop()
	return 0
}

func (p *Program) start() {
	p.session = telemetry.Start(telemetry.Config{Service: Service, Version: "v1", Dir: p.dir, Logger: slog.New(p)})
}

func (p *Program) stop() {
	recorded := p.session.Mode() != telemetry.Off
	p.session.Stop()
	if recorded {
		p.counted()
	}
}

// counted says how many calls are recorded, unless a drop may have been of them.
func (p *Program) counted() {
	if p.calls > 0 && p.losses.Load() == 0 {
		fmt.Fprintln(p.Out, "f", p.id, p.calls, time.Now().UnixNano())
	}
}

// half is what happens in the middle: the person's yes, and a step of the clock.
func (p *Program) half() bool {
	if p.yes {
		if err := telemetry.SetMode(telemetry.On); err != nil {
			fmt.Fprintln(p.Out, "error", err)
			return false
		}
		fmt.Fprintln(p.Out, "yes", p.id, p.n, time.Now().UnixNano())
	}
	if p.steps == "" {
		return true
	}
	by, err := time.ParseDuration(p.steps)
	if err != nil || p.Step == nil {
		fmt.Fprintln(p.Out, "error this program cannot set the clock", err)
		return false
	}
	p.Step(by)
	return true
}

func (p *Program) one() {
	for range CallsEach {
		if !p.plain {
			p.feature.Begin().End(nil)
			p.calls++
		}
	}
	now, lost := time.Now(), p.losses.Load()
	if p.plain || p.n%CommandEvery != CommandEvery-1 {
		telemetry.Track(Event, slog.Int("w", p.id), slog.Int("n", p.n))
		if p.recorded(lost) {
			fmt.Fprintln(p.Out, "t", p.id, p.n, now.UnixNano())
		}
		return
	}
	p.command.Begin().End(nil, slog.Int("w", p.id), slog.Int("n", p.n))
	if p.recorded(lost) {
		fmt.Fprintln(p.Out, "c", p.id, p.n, now.UnixNano())
		p.counted()
	}
}

// recorded reports that nothing was dropped since, and that the session records.
func (p *Program) recorded(lost int64) bool {
	return p.losses.Load() == lost && p.session.Mode() != telemetry.Off
}

// The writer is the logger of its own sessions: what was dropped is said there.
var _ slog.Handler = (*Program)(nil)

// Enabled is true: drops are said at level Debug.
func (p *Program) Enabled(context.Context, slog.Level) bool { return true }

// Handle counts what was dropped.
func (p *Program) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "events" {
			p.losses.Add(1)
		}
		return true
	})
	return nil
}

// WithAttrs changes nothing.
func (p *Program) WithAttrs([]slog.Attr) slog.Handler { return p }

// WithGroup changes nothing.
func (p *Program) WithGroup(string) slog.Handler { return p }
