//go:build !wasm

package outbox

import (
	"context"
	"database/sql"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// MaxBytes is how large the database may grow; the oldest events go first.
const MaxBytes = 50 << 20

// TellLosses says that the person's yes holds, since then: of what Drain has to give
// up of that time it makes an event, which tells the server. Without it, it makes none.
func (b *Outbox) TellLosses(since time.Time) { b.tells, b.since = true, since }

// retain removes what is too old, and the oldest while all is too large. Events
// that were still to be sent are counted as expired.
func (b *Outbox) retain(ctx context.Context, now time.Time) error {
	limit := floor(now.Add(-MaxAge))
	if err := b.remove(ctx, now, "id < ?", limit[:]); err != nil {
		return err
	}
	for range 20 { // each round takes a tenth
		var used int64
		err := b.db.QueryRowContext(ctx, `SELECT (c.page_count - f.freelist_count) * s.page_size
			FROM pragma_page_count AS c, pragma_freelist_count AS f, pragma_page_size AS s`).Scan(&used)
		if err != nil {
			return err
		}
		if used <= MaxBytes {
			break
		}
		if err := b.remove(ctx, now, "id <= (SELECT id FROM event ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 10 FROM event))"); err != nil {
			return err
		}
	}
	_, err := b.db.ExecContext(ctx, "PRAGMA incremental_vacuum")
	return err
}

func (b *Outbox) remove(ctx context.Context, now time.Time, which string, args ...any) error {
	return b.change(ctx, func(tx *sql.Tx) error {
		var unsent int64
		var last []byte
		err := tx.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE state = 'pending' AND consented = 1), max(id) FROM event WHERE "+which, args...).Scan(&unsent, &last)
		if err != nil || last == nil {
			return err
		}
		if err := noteRemoved(ctx, tx, last); err != nil {
			return err
		}
		if err := tally(ctx, tx, "expired", unsent); err != nil {
			return err
		}
		lost, err := b.lost(ctx, tx, which, args...)
		if err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM event WHERE "+which, args...); err != nil { //nolint:gosec // which is a constant of the callers
			return err
		}
		if r, ok := lost.report(now); ok {
			return insert(ctx, tx, []event.Record{r})
		}
		return nil
	})
}

// lost is what the server is to be told of what is about to be removed.
func (b *Outbox) lost(ctx context.Context, tx *sql.Tx, which string, args ...any) (x expiry, err error) {
	if !b.tells {
		return x, nil
	}
	limit := floor(b.since)
	gone, err := records(ctx, tx, "SELECT id, json FROM event WHERE state = 'pending' AND consented = 1 AND id >= ? AND "+which+" ORDER BY id", append([]any{limit[:]}, args...)...)
	for _, r := range gone {
		x.add(r.ID, r.JSON)
	}
	return x, err
}
