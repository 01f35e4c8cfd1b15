package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fullDisk records until the disk is full, drains there, and goes on when there
// is room again.
func fullDisk(r *round) error {
	if err := mount(r.home, "size=256k"); err != nil {
		return err
	}
	defer unmount(r.home)
	c, err := r.collect()
	if err != nil {
		return err
	}
	const events = 800
	if err := r.record(events); err != nil {
		return err
	}
	if n := r.ledger.ackedCount(); n == 0 || n == events {
		return fmt.Errorf("filling the disk: %d of %d events were acknowledged", n, events)
	}
	if err := r.bears("sync", "-force", "-dir", r.home, "-dsn", c.dsn); err != nil {
		return err
	}
	if err := r.record(events / 10); err != nil {
		return err
	}
	if err := remount(r.home, "size=64m"); err != nil {
		return err
	}
	if err := r.record(events / 10); err != nil {
		return err
	}
	return r.conclude(c)
}

// bears runs a keeper that may fail, but by saying why.
func (r *round) bears(args ...string) error {
	reports, err := r.keep(args...)
	if err != nil && (len(reports) == 0 || reports[len(reports)-1].Error == "") {
		return err
	}
	return nil
}

// readOnly records while nothing can be written, between two times when it can.
func readOnly(r *round) error {
	if err := mount(r.home, "size=64m"); err != nil {
		return err
	}
	defer unmount(r.home)
	c, err := r.collect()
	if err != nil {
		return err
	}
	if err := r.record(50); err != nil {
		return err
	}
	if err := remount(r.home, "ro"); err != nil {
		return err
	}
	before := r.ledger.ackedCount()
	if err := r.record(50); err != nil {
		return err
	}
	if n := r.ledger.ackedCount(); n != before {
		return fmt.Errorf("recording to a read-only disk: %d events were acknowledged", n-before)
	}
	if err := r.bears("sync", "-force", "-dir", r.home, "-dsn", c.dsn); err != nil {
		return err
	}
	if err := remount(r.home, "rw"); err != nil {
		return err
	}
	if err := r.record(50); err != nil {
		return err
	}
	return r.conclude(c)
}

// noHome records where there is no place to record to, or an odd one. Each case
// is named by what its home is.
func noHome(r *round) error {
	c, err := r.collect()
	if err != nil {
		return err
	}
	for name, prepare := range map[string]func(home string) error{
		"nothing": func(string) error { return nil },
		"file":    func(home string) error { return os.WriteFile(home, []byte("not telemetry's"), 0o600) },
		"link": func(home string) error {
			return errors.Join(os.Mkdir(home+"-elsewhere", 0o700), os.Symlink(home+"-elsewhere", home))
		},
		"dangling":    func(home string) error { return os.Symlink(home+"-nowhere", home) },
		"spool-file":  func(home string) error { return writeIn(home, "spool") },
		"events-file": func(home string) error { return writeIn(home, "events.db") },
		"events-folder": func(home string) error {
			return os.MkdirAll(filepath.Join(home, "events.db"), 0o700)
		},
	} {
		r.home = filepath.Join(r.dir, name)
		if err := prepare(r.home); err != nil {
			return fmt.Errorf("preparing a home: %w", err)
		}
		if err := r.oddHome(c, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := r.homeless(); err != nil {
		return err
	}
	if err := r.arrived(c); err != nil {
		return err
	}
	r.compare()
	return r.enough(60) // those with nothing in the way, and with a link
}

func writeIn(dir, name string) error {
	return errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name), []byte("not telemetry's"), 0o600))
}

func (r *round) oddHome(c *collector, name string) error {
	before := r.ledger.ackedCount()
	if err := r.record(30); err != nil {
		return err
	}
	if err := r.bears("sync", "-force", "-dir", r.home, "-dsn", c.dsn); err != nil {
		return err
	}
	if name == "events-folder" { // somebody repairs it
		if err := os.Remove(filepath.Join(r.home, "events.db")); err != nil {
			return fmt.Errorf("an outbox that is a folder was touched: %w", err)
		}
	}
	if r.ledger.ackedCount() > before {
		return r.settle(c)
	}
	return nil
}

// homeless records without HOME: nothing is recorded, and no file is made.
func (r *round) homeless() error {
	work := filepath.Join(r.dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		return fmt.Errorf("preparing a folder: %w", err)
	}
	before := r.ledger.ackedCount()
	w, err := r.writeAs(r.self, func(cmd *exec.Cmd) {
		cmd.Dir = work
		for i, v := range cmd.Env {
			if strings.HasPrefix(v, "HOME=") {
				cmd.Env[i] = "HOME="
			}
		}
	}, "-count", "30")
	if err == nil {
		err = w.wait()
	}
	if err != nil {
		return err
	}
	files, err := os.ReadDir(work)
	if err != nil || len(files) > 0 || r.ledger.ackedCount() > before {
		return fmt.Errorf("recording without a home: %d files, %d events acknowledged: %w", len(files), r.ledger.ackedCount()-before, errors.Join(err))
	}
	return nil
}

// retryAfter sets the clock while the server wants to be left alone. The clock is
// the keeper's own (agent.Options.Now); the server's goes along.
func retryAfter(r *round) error {
	c, err := r.collect()
	if err != nil {
		return err
	}
	if err := r.record(30); err != nil {
		return err
	}
	const hour = time.Hour
	for _, step := range []struct {
		at   time.Duration // the clock
		busy int64         // the server's Retry-After, in seconds
		asks bool
	}{
		{at: 0, busy: 3600, asks: true},
		{at: hour / 2, busy: 3600, asks: false},
		{at: 2 * hour, busy: 3600, asks: true},
		{at: -72 * hour, busy: 1e8, asks: true}, // of so long a wait the clock is the reason
		{at: -60 * hour, busy: 1e8, asks: false},
		{at: -47 * hour, busy: 60, asks: true}, // nobody is obeyed for more than a day
		{at: -48 * hour, busy: 0, asks: false},
		{at: 0, busy: 0, asks: true},
	} {
		c.shift.Store(int64(step.at))
		c.busy.Store(step.busy)
		before := c.asked.Load()
		if _, err := r.keep("sync", "-dir", r.home, "-dsn", c.dsn, "-shift", step.at.String()); err != nil {
			return err
		}
		if asked := c.asked.Load() > before; asked != step.asks {
			return fmt.Errorf("setting the clock to %s: asked the server: %v, want %v", step.at, asked, step.asks)
		}
	}
	return r.conclude(c)
}
