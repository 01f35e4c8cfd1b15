package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// disease is what happens to an outbox. It returns what undoes it, if anything
// does.
type disease struct {
	name   string
	strike func(r *round, path string) (undo func() error, err error)
}

func diseases() []disease {
	return []disease{
		{"random bytes", func(r *round, path string) (func() error, error) {
			return nil, edit(path, func(data []byte) []byte {
				for range 64 {
					at := r.rng.IntN(len(data))
					copy(data[at:], r.noise(1+r.rng.IntN(32)))
				}
				return data
			})
		}},
		{"truncated", func(r *round, path string) (func() error, error) {
			return nil, edit(path, func(data []byte) []byte { return data[:r.rng.IntN(len(data))] })
		}},
		{"empty", func(_ *round, path string) (func() error, error) {
			return nil, edit(path, func([]byte) []byte { return nil })
		}},
		{"zeroed header", func(_ *round, path string) (func() error, error) {
			return nil, edit(path, func(data []byte) []byte { clear(data[:100]); return data })
		}},
		{"a page of zeros", func(r *round, path string) (func() error, error) {
			return nil, edit(path, func(data []byte) []byte {
				at := r.rng.IntN(len(data)/page) * page
				clear(data[at : at+page])
				return data
			})
		}},
		{"log deleted", func(_ *round, path string) (func() error, error) { return nil, os.RemoveAll(path + "-wal") }},
		{"log damaged", func(r *round, path string) (func() error, error) {
			return nil, edit(path+"-wal", func(data []byte) []byte { return append(data[:len(data)/2], r.noise(len(data)/2)...) })
		}},
		{"newer version", newer},
	}
}

// newer writes a later version number into the header (bytes 60 to 63, "user
// version"; https://www.sqlite.org/fileformat2.html#the_database_header).
func newer(_ *round, path string) (func() error, error) {
	var was [4]byte
	set := func(to [4]byte) error {
		return edit(path, func(data []byte) []byte { copy(was[:], data[60:]); copy(data[60:], to[:]); return data })
	}
	var later [4]byte
	binary.BigEndian.PutUint32(later[:], 1000)
	err := set(later)
	old := was
	return func() error { return set(old) }, err
}

func edit(path string, change func([]byte) []byte) error {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil // the log of a database that was closed
	}
	if err == nil && len(data) > 0 {
		err = os.WriteFile(path, change(data), 0o600)
	}
	if err != nil {
		return fmt.Errorf("damaging the outbox: %w", err)
	}
	return nil
}

// damagedDatabase damages an outbox that holds sent events, drained ones, and a
// log that nobody has written back, while the hour's segment is still there: all
// of it comes back from there, and what the server has is not counted twice.
func damagedDatabase(r *round) error {
	return r.eachDisease(func(c *collector, d disease) error {
		if err := r.record(40); err != nil {
			return err
		}
		if err := r.settle(c); err != nil { // sent
			return err
		}
		if err := r.record(40); err != nil {
			return err
		}
		if err := r.leaveLog(); err != nil { // drained
			return err
		}
		if err := r.record(40); err != nil { // in the spool
			return err
		}
		return r.survive(c, d)
	})
}

// lostDatabase damages an outbox when the hour is over, and with it the time of the
// segment: it stays until all is sent, so that nothing is in the outbox alone.
func lostDatabase(r *round) error {
	return r.eachDisease(func(c *collector, d disease) error {
		if err := r.record(40); err != nil {
			return err
		}
		if err := r.settle(c); err != nil {
			return err
		}
		if err := r.record(40); err != nil {
			return err
		}
		if _, err := r.keep("sync", "-force", "-dir", r.home, "-shift", removing.String()); err != nil {
			return err
		}
		if err := r.record(40); err != nil {
			return err
		}
		return r.survive(c, d)
	})
}

// eachDisease lives a life for each disease, in homes of their own.
func (r *round) eachDisease(live func(*collector, disease) error) error {
	c, err := r.collect()
	if err != nil {
		return err
	}
	all := diseases()
	r.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for i, d := range all[:r.size(4, len(all))] {
		r.home = filepath.Join(r.dir, fmt.Sprint("home-", i))
		if err := live(c, d); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	if err := r.arrived(c); err != nil {
		return err
	}
	r.compare()
	return r.enough(300)
}

// leaveLog drains and is killed, so that the outbox has a log beside it.
func (r *round) leaveLog() error {
	cmd := r.command(r.self, "sync", "-forever", "-force", "-dir", r.home)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting a keeper: %w", err)
	}
	time.Sleep(150 * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return nil
}

func (r *round) survive(c *collector, d disease) error {
	undo, err := d.strike(r, filepath.Join(r.home, "events.db"))
	if err != nil {
		return err
	}
	if undo != nil {
		if err := r.bears("sync", "-force", "-dir", r.home, "-dsn", c.dsn); err != nil {
			return err
		}
	}
	if err := r.record(40); err != nil {
		return err
	}
	if undo != nil {
		if err := undo(); err != nil {
			return err
		}
	}
	return r.settle(c)
}
