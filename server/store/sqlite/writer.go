package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// maxGroup is how many jobs share a transaction: enough to share the cost of
// one sync among many requests, few enough to answer the first soon.
const maxGroup = 256

// job is something to do within a transaction.
type job struct {
	ctx   context.Context
	apply func(*tx) error
	done  chan error // receives once, after the commit
}

// tx is a transaction that several jobs may share.
type tx struct {
	conn *sqlite.Conn
	// cells is what the jobs add to the rollups, written once at the end.
	cells map[cellKey]*store.Counts
	// days and actives are what they add to the counts of active installs.
	days    map[dayOfUser]struct{}
	actives map[activeKey]int64
}

// write has the writer do apply and waits until it is durable. Once the writer
// has taken it, ctx does not matter any more: what may be committed must not
// be reported as failed. apply may run twice, see [Store.commitGroup].
func (s *Store) write(ctx context.Context, apply func(*tx) error) error {
	j := &job{ctx: ctx, apply: apply, done: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return fmt.Errorf("writing store: %w", ctx.Err())
	case <-s.closing:
		return fmt.Errorf("writing store: %w: it is closed", store.ErrUnavailable)
	}
	if err := <-j.done; err != nil {
		return fmt.Errorf("writing store: %w", unavailable(err))
	}
	return nil
}

// run is the writer: it commits what waits, again and again.
func (s *Store) run(conn *sqlite.Conn) {
	defer close(s.stopped)
	defer conn.Close()
	for {
		select {
		case first := <-s.jobs:
			s.commitGroup(conn, s.collect(first))
		case <-s.closing:
			return
		}
	}
}

// collect takes what is waiting already; it does not wait for more, so a lone
// request is not delayed. Who has given up is answered here, so that it spoils
// no group.
func (s *Store) collect(next *job) (group []*job) {
	for {
		if err := next.ctx.Err(); err != nil {
			next.done <- err
		} else {
			group = append(group, next)
		}
		if len(group) == maxGroup {
			return group
		}
		select {
		case next = <-s.jobs:
		default:
			return group
		}
	}
}

// commitGroup commits the jobs together, or, if one of them fails, each by
// itself, so that nobody's failure is another's.
func (s *Store) commitGroup(conn *sqlite.Conn, group []*job) {
	if len(group) == 0 {
		return
	}
	err := commit(conn, group)
	for _, j := range group {
		if err != nil && len(group) > 1 {
			j.done <- commit(conn, []*job{j})
		} else {
			j.done <- err
		}
	}
}

// commit does the jobs in one transaction. BEGIN IMMEDIATE, because a deferred
// transaction that reads first fails at once when another process wrote
// meanwhile, whatever the busy timeout.
func commit(conn *sqlite.Conn, group []*job) (err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	t := &tx{conn: conn, cells: map[cellKey]*store.Counts{}, days: map[dayOfUser]struct{}{}, actives: map[activeKey]int64{}}
	for _, j := range group {
		if err := j.apply(t); err != nil {
			return err
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	return t.flushActives()
}

// unavailable marks what is SQLite's trouble (full disk, locked, damaged) and
// not an answer to the question that was asked.
func unavailable(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrExists) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
