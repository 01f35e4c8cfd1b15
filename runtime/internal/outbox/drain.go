//go:build !wasm

package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// openAge is when a command is taken for unfinished although its process seems to
// be there: process ids are used again.
const openAge = 24 * time.Hour

// Drain takes over everything that the source holds. Several processes may do
// so at once. A database that turns out to be damaged is rebuilt once.
func (b *Outbox) Drain(ctx context.Context, src Source, now time.Time) error {
	err := b.drain(ctx, src, now)
	if isCorrupt(err) {
		if err = b.rebuild(ctx); err == nil {
			err = b.drain(ctx, src, now)
		}
	}
	if err != nil {
		return fmt.Errorf("draining spool: %w", err)
	}
	return nil
}

func (b *Outbox) drain(ctx context.Context, src Source, now time.Time) error {
	if err := b.sound(ctx); err != nil {
		return err
	}
	if err := b.takeAll(ctx, src); err != nil {
		return err
	}
	abandoned, err := b.abandoned(ctx, src, now)
	if err != nil {
		return err
	}
	if len(abandoned) > 0 {
		// Only now is it certain that these processes write no more; what they
		// wrote since the first look may be the end that is missed.
		if err := b.takeAll(ctx, src); err != nil {
			return err
		}
		if err := b.presume(ctx, abandoned); err != nil {
			return err
		}
	}
	// What was taken over counts only if it is where others look for it.
	if err := b.Intact(); err != nil {
		return err
	}
	// What expires first, and the segments it lay in next: an outbox that is made
	// anew finds no more of it there, and does not tell of it again.
	if err := b.retain(ctx, now); err != nil {
		return err
	}
	return b.Tidy(ctx, src, now)
}

func (b *Outbox) takeAll(ctx context.Context, src Source) error {
	names, err := src.Segments()
	if err != nil {
		return err
	}
	for _, name := range names {
		err := b.change(ctx, func(tx *sql.Tx) error { return take(ctx, tx, src, name) })
		if err != nil {
			return fmt.Errorf("segment %s: %w", name, err)
		}
	}
	return nil
}

// take reads a segment and inserts what is new, in one transaction. The reading
// is within it, because two drains at once must not read the same.
func take(ctx context.Context, tx *sql.Tx, src Source, name string) error {
	first, next, err := place(ctx, tx, name)
	if err != nil {
		return err
	}
	got, err := src.Read(name, first, next)
	if err != nil {
		return err
	}
	if got.Next == next && got.First == first {
		return nil
	}
	if err := insert(ctx, tx, got.Records); err != nil {
		return err
	}
	for name, n := range map[string]int64{"torn": got.Torn, "torn_bytes": got.TornBytes, "dropped": got.Dropped} {
		if err := tally(ctx, tx, name, n); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO segment (name, first, next) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET first = excluded.first, next = excluded.next`, name, got.First[:], got.Next)
	return err
}

func place(ctx context.Context, tx *sql.Tx, name string) (first event.ID, next int64, err error) {
	var blob []byte
	err = tx.QueryRowContext(ctx, "SELECT first, next FROM segment WHERE name = ?", name).Scan(&blob, &next)
	if errors.Is(err, sql.ErrNoRows) {
		return event.ID{}, 0, nil
	}
	copy(first[:], blob)
	return first, next, err
}

const (
	insertBegin = `INSERT OR IGNORE INTO event (id, state, consented, pid, host, json, sum) VALUES (?, 'open', ?, ?, ?, ?, ?)`

	// An end takes the place of its begin, and of the presumption that there was
	// none. Everything else that is there already stays as it is.
	insertEvent = `INSERT INTO event (id, state, consented, json, sum) VALUES (?, 'pending', ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			state = 'pending', consented = excluded.consented, presumed = 0, pid = NULL, host = NULL, json = excluded.json, sum = excluded.sum
		WHERE event.state = 'open' OR event.presumed = 1 AND event.state = 'pending' AND event.parcel IS NULL`
)

func insert(ctx context.Context, tx *sql.Tx, records []event.Record) error {
	if len(records) == 0 {
		return nil
	}
	begin, err := tx.PrepareContext(ctx, insertBegin)
	if err != nil {
		return err
	}
	defer begin.Close()
	end, err := tx.PrepareContext(ctx, insertEvent)
	if err != nil {
		return err
	}
	defer end.Close()
	for _, r := range records {
		check := sum(r.ID, r.Consented, r.JSON)
		if r.Begin {
			_, err = begin.ExecContext(ctx, r.ID[:], r.Consented, r.PID, r.Host, string(r.JSON), check)
		} else {
			_, err = end.ExecContext(ctx, r.ID[:], r.Consented, string(r.JSON), check)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// abandoned returns the open commands that will not end any more.
func (b *Outbox) abandoned(ctx context.Context, src Source, now time.Time) ([]event.ID, error) {
	// coalesce: damage that SQLite does not notice must not end every drain.
	rows, err := b.db.QueryContext(ctx, "SELECT id, coalesce(pid, 0), coalesce(host, 0) FROM event WHERE state = 'open'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []event.ID
	for rows.Next() {
		var blob []byte
		var pid, host uint32
		if err := rows.Scan(&blob, &pid, &host); err != nil {
			return nil, err
		}
		var id event.ID
		copy(id[:], blob)
		if now.Sub(id.Time()) > openAge || src.Gone(pid, host) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// presume turns open commands into unfinished ones, as their JSON has said from
// the start.
func (b *Outbox) presume(ctx context.Context, ids []event.ID) error {
	return b.change(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "UPDATE event SET state = 'pending', presumed = 1 WHERE id = ? AND state = 'open'", id[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tidy removes segments that are read to their end and sent, and forgets those that
// are gone. Drain does so, too.
func (b *Outbox) Tidy(ctx context.Context, src Source, now time.Time) error {
	marks, err := b.marks(ctx)
	if err != nil {
		return err
	}
	var stay []event.Mark
	for _, m := range marks {
		// Removed first, forgotten second: if the process dies in between, the
		// next drain forgets it, and a new segment of the same name begins with
		// another record.
		removed, tail, err := b.release(ctx, src, m, now)
		if err != nil {
			return err
		}
		if !removed {
			stay = append(stay, m)
		} else if err := b.forget(ctx, m.Name, tail); err != nil {
			return err
		}
	}
	src.Mark(stay)
	return nil
}

func (b *Outbox) release(ctx context.Context, src Source, m event.Mark, now time.Time) (removed bool, tail int64, err error) {
	if !src.Over(m.Name, now) {
		return false, 0, nil
	}
	if spare, err := b.spare(ctx, src, m); err != nil || !spare {
		return false, 0, err
	}
	return src.Remove(m.Name, m.Next, now)
}

// marks are how far all segments have been read.
func (b *Outbox) marks(ctx context.Context) (marks []event.Mark, err error) {
	rows, err := b.db.QueryContext(ctx, "SELECT name, first, next FROM segment ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m event.Mark
		var first []byte
		if err := rows.Scan(&m.Name, &first, &m.Next); err != nil {
			return nil, err
		}
		copy(m.First[:], first)
		marks = append(marks, m)
	}
	return marks, rows.Err()
}

func (b *Outbox) forget(ctx context.Context, segment string, tail int64) error {
	return b.change(ctx, func(tx *sql.Tx) error {
		if err := tally(ctx, tx, "torn", min(tail, 1)); err != nil {
			return err
		}
		if err := tally(ctx, tx, "torn_bytes", tail); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM segment WHERE name = ?", segment)
		return err
	})
}
