package main

import (
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// crowd lets eight programs record at once, while two keepers drain and send.
func crowd(r *round) error {
	c, err := r.collect()
	if err != nil {
		return err
	}
	c.shift.Store(int64(removing))
	stop, err := r.keepers(c, 2)
	if err != nil {
		return err
	}
	err = r.together(8, "-dir", r.home, "-burst", "50", "-count", fmt.Sprint(r.size(100, 600)))
	stop()
	if err != nil {
		return err
	}
	return r.conclude(c)
}

// keepers starts n keepers that drain and send without end; stop kills them.
func (r *round) keepers(c *collector, n int) (stop func(), err error) {
	return r.busy(n, "sync", "-forever", "-force", "-dir", r.home, "-dsn", c.dsn, "-shift", removing.String())
}

func (r *round) busy(n int, args ...string) (stop func(), err error) {
	var all []*exec.Cmd
	stop = func() {
		for _, cmd := range all {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	for range n {
		cmd := r.command(r.self, args...)
		if err := cmd.Start(); err != nil {
			stop()
			return nil, fmt.Errorf("starting a keeper: %w", err)
		}
		all = append(all, cmd)
	}
	return stop, nil
}

// together lets n writers record at once and waits for them.
func (r *round) together(n int, args ...string) error {
	var all []*writing
	for range n {
		w, err := r.write(args...)
		if err != nil {
			return err
		}
		all = append(all, w)
	}
	var failed error
	for _, w := range all {
		failed = errors.Join(failed, w.wait())
	}
	return failed
}

// clean removes all that is kept while others record, drain and send. What was
// recorded before the last removal ended may be gone; what came later may not.
func clean(r *round) error {
	c, err := r.collect()
	if err != nil {
		return err
	}
	stop, err := r.keepers(c, 2)
	if err != nil {
		return err
	}
	defer func() { stop() }()
	var writers []*writing
	for range 4 {
		w, err := r.write("-dir", r.home, "-burst", "10")
		if err != nil {
			return err
		}
		writers = append(writers, w)
	}
	moment := r.moments(30 * time.Millisecond)
	for range r.size(5, 15) {
		time.Sleep(moment())
		if _, err := r.keep("clean", "-dir", r.home); err != nil {
			r.tally.Notes = append(r.tally.Notes, err.Error())
		}
	}
	r.ledger.forgive(time.Now().UnixNano())
	time.Sleep(200 * time.Millisecond)
	for _, w := range writers {
		w.killAfter(moment())
	}
	stop()
	stop = func() {}
	return r.conclude(c)
}

// removal removes segments as fast as they are read, under writers that open and
// close them all the time. They record without a yes: what is to be sent would keep
// its segment.
func removal(r *round) error {
	stop, err := r.busy(2, "sync", "-forever", "-force", "-dir", r.home, "-shift", removing.String())
	if err != nil {
		return err
	}
	r.answer = "local"
	err = r.together(4, "-plain", "-session", "20", "-dir", r.home, "-count", fmt.Sprint(r.size(5000, 10000)))
	stop()
	if err != nil {
		return err
	}
	if _, err := r.list(); err != nil {
		return err
	}
	r.compare()
	return r.enough(1000)
}
