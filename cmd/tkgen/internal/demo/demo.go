// Package demo goes the whole way on one machine, in front of the reader: a
// program that nobody here wrote is marked, instrumented in place and over an
// overlay, run on real input until it succeeds, fails, panics and is killed,
// and what it recorded is sent to a server.
//
// In comes nothing but the module proxy; out goes a [Report]: for every marked
// function how often it was called according to Go's own coverage counters,
// and what the local store and the server hold of it.
package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Options of a demo. The zero value is useful.
type Options struct {
	// Tkgen is the tool to use; "" means the running program.
	Tkgen string
	// Progress is told what happens, a line each; nil means nobody.
	Progress io.Writer
	// TempDir is where the demo works and leaves nothing; "" means the system's.
	TempDir string
}

// Run goes the whole way. It takes one to three minutes, most of which the Go
// compiler needs.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	d, err := prepare(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cleanErr := d.clean(); err == nil {
			err = cleanErr
		}
	}()
	d.say("fetching %s@%s, a command-line tool that somebody else wrote", module, version)
	source, err := d.fetch(ctx)
	if err != nil {
		return nil, err
	}
	d.say("marking %d of its functions, and starting telemetry in its main", len(d.marks))
	programs, err := d.build(ctx, source)
	if err != nil {
		return nil, err
	}
	srv, err := d.startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer srv.stop()

	d.say("counting calls with Go's own coverage counters: %d runs of the program without telemetry", len(runs))
	called, err := d.truth(ctx, programs.covered, source)
	if err != nil {
		return nil, err
	}
	report := &Report{Module: module + "@" + version, Marks: len(d.marks)}
	for _, way := range []struct{ name, program string }{
		{"in place", programs.inPlace},
		{"overlay", programs.overlay},
	} {
		d.say("%s: the same %d runs, recorded, then sent to %s", way.name, len(runs), srv.base)
		side, err := d.record(ctx, srv, way.name, way.program)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", way.name, err)
		}
		report.Sides = append(report.Sides, side)
	}
	report.compare(d.marks, called)
	return report, nil
}

// demo is one run of the demo.
type demo struct {
	Options
	began time.Time
	dir   string // everything is below
	marks []mark
}

func prepare(o Options) (*demo, error) {
	d := &demo{Options: o, began: time.Now()}
	var err error
	if d.Tkgen == "" {
		if d.Tkgen, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("finding tkgen: %w", err)
		}
	}
	if d.marks, err = readMarks(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.TempDir, "tkgen-demo-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to work in: %w", err)
	}
	if d.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("making a folder to work in: %w", err)
	}
	return d, nil
}

// clean takes the demo's folder away.
func (d *demo) clean() error {
	if err := os.RemoveAll(d.dir); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	return nil
}

func (d *demo) say(format string, args ...any) {
	if d.Progress != nil {
		_, _ = fmt.Fprintf(d.Progress, "[%3.0f s] %s\n", time.Since(d.began).Seconds(), fmt.Sprintf(format, args...))
	}
}

func (d *demo) path(elements ...string) string {
	return filepath.Join(append([]string{d.dir}, elements...)...)
}
