package main

import (
	"fmt"
	"time"
)

// clockSteps sets a clock ahead and back while a program runs. The program's
// clock is the standard library's: it is built over a package time that can be
// set (programs.go). The keeper's and the server's are injected.
//
// An hour more or less changes the segment; days change what retention sees, and
// whether the person's yes lies before or after what is recorded.
func clockSteps(r *round) error {
	program, err := r.clock()
	if err != nil {
		return err
	}
	c, err := r.collect()
	if err != nil {
		return err
	}
	if err := r.steps(c, program); err != nil {
		return err
	}
	if err := r.retention(c, program); err != nil {
		return err
	}
	if err := r.arrived(c); err != nil {
		return err
	}
	for id, n := range r.ledger.yes {
		for k := range r.ledger.found {
			if k.writer == id && k.n < n {
				return fmt.Errorf("sending: event %d was recorded before the yes, and the server has it", k.n)
			}
		}
	}
	r.home = r.stepped()
	if _, err := r.list(); err != nil { // what was not sent is to be here
		return err
	}
	r.compare()
	return r.enough(200)
}

func (r *round) stepped() string { return r.dir + "/stepped" }

// steps records across steps that stay within what is kept.
func (r *round) steps(c *collector, program string) error {
	const hour, day = time.Hour, 24 * time.Hour
	ahead := time.Duration(0)
	r.home, r.answer = r.stepped(), "-"
	defer func() { r.answer = "" }()
	sequence := []time.Duration{hour, -hour, -26 * hour, 26 * hour, 10 * day, -9 * day, -day}
	r.rng.Shuffle(len(sequence), func(i, j int) { sequence[i], sequence[j] = sequence[j], sequence[i] })
	for i, by := range sequence {
		args := []string{"-dir", r.home, "-count", "40", "-ahead", ahead.String(), "-step", by.String()}
		if i == 0 {
			args = append(args, "-yes")
		}
		if err := r.recordAs(program, args...); err != nil {
			return err
		}
		ahead += by
		c.shift.Store(int64(ahead))
		if i > 0 {
			if err := r.settle(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// retention sets the clock so far ahead that what is there is too old. It may go,
// if it is counted.
func (r *round) retention(c *collector, program string) error {
	const far = 40 * 24 * time.Hour
	r.home = r.dir + "/old"
	if err := r.record(40); err != nil {
		return err
	}
	if err := r.recordAs(program, "-dir", r.home, "-count", "40", "-ahead", far.String()); err != nil {
		return err
	}
	c.shift.Store(int64(far))
	if err := r.settle(c); err != nil {
		return err
	}
	counts, err := r.list()
	r.ledger.expired += counts.Dropped + counts.Expired
	return err
}
