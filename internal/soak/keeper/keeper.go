// Package keeper is a program that takes away what a writer has recorded: it
// drains, sends, shows and removes.
//
// In come flags; out go lines of JSON, each a [Report]. Like package writer it
// uses what the runtime exports and nothing else.
package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

// Nowhere is a DSN at which nobody answers: what is to be sent there is drained
// and stays.
const Nowhere = "http://token:secret@127.0.0.1:1/nobody/here"

// Report is what was done, or one event that is kept.
type Report struct {
	Sent     int    `json:"sent,omitempty"`
	Rejected int    `json:"rejected,omitempty"`
	Later    bool   `json:"later,omitempty"` // the server wants to be left alone, or is not there
	Error    string `json:"error,omitempty"`

	Dir    string          `json:"dir,omitempty"`
	State  string          `json:"state,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Event  json.RawMessage `json:"event,omitempty"`
	Counts *inspect.Counts `json:"counts,omitempty"`
	Files  int             `json:"files,omitempty"` // segments that are left
}

// Program is a keeper.
type Program struct {
	Out io.Writer

	service, dir, dsn string
	force, forever    bool
	shift             time.Duration
}

// Run does what the first argument says and returns the exit code: "sync" sends,
// "list" shows, "clean" removes.
func (p *Program) Run(args []string) int {
	if len(args) == 0 {
		return 2
	}
	flags := flag.NewFlagSet("keeper", flag.ContinueOnError)
	flags.StringVar(&p.service, "service", "soak", "whose events")
	flags.StringVar(&p.dir, "dir", "", "telemetry.Config.Dir")
	flags.StringVar(&p.dsn, "dsn", Nowhere, "where to send to")
	flags.BoolVar(&p.force, "force", false, "although the server asked to wait")
	flags.BoolVar(&p.forever, "forever", false, "again and again, until killed")
	flags.DurationVar(&p.shift, "shift", 0, "how much the clock is ahead")
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	act := map[string]func() error{"sync": p.sync, "list": func() error { return p.list(flags.Args()) }, "clean": p.clean}[args[0]]
	if act == nil {
		return 2
	}
	for {
		if err := act(); err != nil {
			p.say(Report{Error: err.Error()})
			if !p.forever {
				return 1
			}
		}
		if !p.forever {
			return 0
		}
	}
}

// say ends the program when nobody listens any more.
func (p *Program) say(r Report) {
	if err := json.NewEncoder(p.Out).Encode(r); err != nil {
		os.Exit(1)
	}
}

func (p *Program) sync() error {
	done, err := agent.Sync(context.Background(), agent.Options{
		Service: p.service, Dir: p.dir, DSN: p.dsn, Force: p.force,
		Now: func() time.Time { return time.Now().Add(p.shift) },
	})
	if later := errors.Is(err, agent.ErrLater); err == nil || later {
		p.say(Report{Sent: done.Sent, Rejected: done.Rejected, Later: later})
		return nil
	}
	return err
}

// list shows all that is kept in each of the folders.
func (p *Program) list(dirs []string) error {
	var all error
	for _, dir := range dirs {
		all = errors.Join(all, p.listOne(dir))
	}
	return all
}

func (p *Program) listOne(dir string) error {
	ctx := context.Background()
	data, err := inspect.Open(ctx, p.service, dir)
	if errors.Is(err, inspect.ErrNothing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	defer data.Close()
	for e, err := range data.Events(ctx) {
		if err != nil {
			return err
		}
		p.say(Report{Dir: dir, State: e.State, Reason: e.Reason, Event: e.JSON})
	}
	status, err := data.Status(ctx)
	p.say(Report{Dir: dir, Counts: &status.Events, Files: status.SpoolFiles})
	return err
}

func (p *Program) clean() error {
	ctx := context.Background()
	data, err := inspect.Open(ctx, p.service, p.dir)
	if errors.Is(err, inspect.ErrNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := data.Clean(ctx); err != nil {
		return errors.Join(err, data.Close())
	}
	p.say(Report{})
	return nil
}
