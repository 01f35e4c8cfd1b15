package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// kill kills writers, a drainer and an uploader over one home, each at moments of
// its own. Whoever is killed repeats work; nobody loses any.
func kill(r *round) error {
	c, err := r.collect()
	if err != nil {
		return err
	}
	c.shift.Store(int64(removing))
	var kills atomic.Int64
	var writers, keepers sync.WaitGroup
	failed := make(chan error, 8)
	writing := make(chan struct{})
	for range 2 {
		moment := r.moments(15 * time.Millisecond)
		writers.Go(func() {
			for range r.size(12, 60) {
				w, err := r.write("-dir", r.home, "-burst", "20")
				if err != nil {
					failed <- err
					return
				}
				w.killAfter(moment())
				kills.Add(1)
			}
		})
	}
	drain := []string{"sync", "-forever", "-force", "-dir", r.home, "-shift", removing.String()}
	for _, args := range [][]string{drain, append(drain, "-dsn", c.dsn)} {
		moment := r.moments(80 * time.Millisecond)
		keepers.Go(func() {
			for done := false; !done; {
				hit, err := r.killed(moment(), args...)
				if err != nil {
					failed <- err
					return
				}
				if hit {
					kills.Add(1)
				}
				select {
				case <-writing:
					done = true
				default:
				}
			}
		})
	}
	writers.Wait()
	close(writing)
	keepers.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	r.tally.Kills = int(kills.Load())
	return r.conclude(c)
}

// conclude sends what is left and compares.
func (r *round) conclude(c *collector) error {
	if err := r.settle(c); err != nil {
		return err
	}
	if err := r.arrived(c); err != nil {
		return err
	}
	if _, err := r.list(); err != nil { // what was torn, and what could not be sent
		return err
	}
	r.compare()
	return r.enough(1)
}

// enough refuses a round that shows nothing.
func (r *round) enough(least int) error {
	if acked := r.ledger.ackedCount(); acked < least {
		return fmt.Errorf("recording: only %d events were acknowledged, which shows nothing", acked)
	}
	return nil
}
