//go:build !wasm

package outbox

import (
	"context"
	"fmt"
)

// Rows calls f with each event from the oldest on, until it returns an error,
// which Rows returns. f must not use the outbox.
func (b *Outbox) Rows(ctx context.Context, f func(Row) error) error {
	rows, err := b.db.QueryContext(ctx, "SELECT id, state, consented, coalesce(reason, ''), json FROM event ORDER BY id")
	if err != nil {
		return fmt.Errorf("reading outbox: %w", b.noticed(err))
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		var id []byte
		if err := rows.Scan(&id, &r.State, &r.Consented, &r.Reason, &r.JSON); err != nil {
			return fmt.Errorf("reading outbox: %w", b.noticed(err))
		}
		copy(r.ID[:], id)
		if err := f(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading outbox: %w", b.noticed(err))
	}
	return nil
}

// Counts counts.
func (b *Outbox) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	places := map[string]*int{
		"open": &c.Open, "local": &c.Local, "pending": &c.Pending, "sent": &c.Sent, "rejected": &c.Rejected,
		"torn": &c.Torn, "torn_bytes": &c.TornBytes, "dropped": &c.Dropped, "expired": &c.Expired, "rebuilt": &c.Rebuilt,
	}
	rows, err := b.db.QueryContext(ctx, `SELECT iif(state = 'pending' AND NOT consented, 'local', state), count(*) FROM event GROUP BY 1
		UNION ALL SELECT name, n FROM tally`)
	if err != nil {
		return c, fmt.Errorf("counting events: %w", b.noticed(err))
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return c, fmt.Errorf("counting events: %w", b.noticed(err))
		}
		if place := places[name]; place != nil {
			*place = n
		}
	}
	if err := rows.Err(); err != nil {
		return c, fmt.Errorf("counting events: %w", b.noticed(err))
	}
	return c, nil
}
