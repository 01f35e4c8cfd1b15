package main

import (
	"errors"
	"fmt"
)

// versions lets an earlier version of the program record and send beside today's,
// over one home: as it is while somebody updates, and goes back.
func versions(r *round) error {
	old, err := r.earlier()
	if err != nil {
		return err
	}
	c, err := r.collect()
	if err != nil {
		return err
	}
	both := []string{r.self, old}
	if r.rng.IntN(2) == 0 {
		both[0], both[1] = both[1], both[0]
	}
	// One after the other, each taking over what the other has left ...
	for _, program := range both {
		if err := r.recordAs(program, "-dir", r.home, "-count", "30"); err != nil {
			return err
		}
		if _, err := r.keepAs(program, nil, "sync", "-force", "-dir", r.home, "-dsn", c.dsn); err != nil && program == r.self {
			return err
		} // the earlier one may say that the file is of a newer version
	}
	// ... and all at once.
	c.shift.Store(int64(removing))
	for _, program := range both {
		self := r.self
		r.self = program
		stop, err := r.keepers(c, 1)
		r.self = self
		if err != nil {
			return err
		}
		defer stop()
	}
	var all []*writing
	for i := range 4 {
		w, err := r.writeAs(both[i%2], nil, "-dir", r.home, "-burst", "25", "-count", fmt.Sprint(r.size(150, 600)))
		if err != nil {
			return err
		}
		all = append(all, w)
	}
	var failed error
	for _, w := range all {
		failed = errors.Join(failed, w.wait())
	}
	if failed != nil {
		return failed
	}
	return r.conclude(c)
}
