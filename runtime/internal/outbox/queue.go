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

// Next returns the parcel that was handed out before and not settled, or a new
// one: at most events events and, beyond the first, size bytes; pending, with
// consent, recorded since. The parcel is on the disk when Next returns. It is
// empty if there is nothing to send.
func (b *Outbox) Next(ctx context.Context, since time.Time, events, size int, now time.Time) (event.Parcel, error) {
	var p event.Parcel
	err := b.change(ctx, func(tx *sql.Tx) (err error) {
		p, err = begun(ctx, tx, since)
		if err != nil || len(p.Records) > 0 {
			return err
		}
		if p, err = pack(ctx, tx, since, events, size, now); err != nil {
			return err
		}
		return b.mark(ctx, tx, p.Records, now)
	})
	if err == nil && len(p.Records) > 0 {
		if err = b.Intact(); err == nil {
			err = b.keepWeek(ctx)
		}
	}
	if err != nil {
		return event.Parcel{}, fmt.Errorf("packing events: %w", err)
	}
	return p, nil
}

// begun returns an unsettled parcel for its next attempt.
func begun(ctx context.Context, tx *sql.Tx, since time.Time) (event.Parcel, error) {
	var p event.Parcel
	var blob []byte
	err := tx.QueryRowContext(ctx, "UPDATE parcel SET attempts = attempts + 1 WHERE id = (SELECT min(id) FROM parcel) RETURNING id, attempts").Scan(&blob, &p.Attempt)
	if errors.Is(err, sql.ErrNoRows) {
		// So no event is in one. One that is, by damage, would wait for ever.
		_, err = tx.ExecContext(ctx, "UPDATE event SET parcel = NULL WHERE parcel IS NOT NULL")
	}
	if err != nil || p.Attempt == 0 {
		return p, err
	}
	copy(p.ID[:], blob)
	// A no and a new yes since it was packed: what lies before that yes stays.
	limit := floor(since)
	if _, err := tx.ExecContext(ctx, "UPDATE event SET parcel = NULL WHERE parcel = ? AND id < ?", p.ID[:], limit[:]); err != nil {
		return p, err
	}
	p.Records, err = records(ctx, tx, "SELECT id, json FROM event WHERE parcel = ? ORDER BY id", p.ID[:])
	if err == nil && len(p.Records) == 0 { // all of them have expired
		_, err = tx.ExecContext(ctx, "DELETE FROM parcel WHERE id = ?", p.ID[:])
	}
	return p, err
}

func pack(ctx context.Context, tx *sql.Tx, since time.Time, events, size int, now time.Time) (event.Parcel, error) {
	limit := floor(since)
	found, err := records(ctx, tx, `SELECT id, json FROM event
		WHERE state = 'pending' AND consented = 1 AND parcel IS NULL AND id >= ? ORDER BY id LIMIT ?`, limit[:], events)
	if err != nil || len(found) == 0 {
		return event.Parcel{}, err
	}
	p := event.Parcel{ID: event.NewID(now), Attempt: 1}
	for _, r := range found {
		if size -= len(r.JSON); size < 0 && len(p.Records) > 0 {
			break
		}
		p.Records = append(p.Records, r)
		if _, err := tx.ExecContext(ctx, "UPDATE event SET parcel = ? WHERE id = ?", p.ID[:], r.ID[:]); err != nil {
			return event.Parcel{}, err
		}
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO parcel (id, attempts) VALUES (?, 1)", p.ID[:])
	return p, err
}

func records(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]event.Record, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []event.Record
	for rows.Next() {
		r := event.Record{Consented: true}
		var id []byte
		if err := rows.Scan(&id, &r.JSON); err != nil {
			return nil, err
		}
		copy(r.ID[:], id)
		found = append(found, r)
	}
	return found, rows.Err()
}

// Settle ends a parcel: its events are sent, but for the refused ones, which
// are kept with the reason and never sent again.
func (b *Outbox) Settle(ctx context.Context, parcel event.ID, refused map[event.ID]string, _ time.Time) error {
	err := b.change(ctx, func(tx *sql.Tx) error {
		for id, why := range refused {
			if err := unmark(ctx, tx, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE event SET state = 'rejected', reason = ?, parcel = NULL WHERE id = ? AND parcel = ?", why, id[:], parcel[:]); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE event SET state = 'sent', parcel = NULL WHERE parcel = ?", parcel[:]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM parcel WHERE id = ?", parcel[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("settling a batch: %w", err)
	}
	return nil
}

// Release undoes a parcel: its events wait again.
func (b *Outbox) Release(ctx context.Context, parcel event.ID) error {
	err := b.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE event SET parcel = NULL WHERE parcel = ?", parcel[:]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM parcel WHERE id = ?", parcel[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("releasing a batch: %w", err)
	}
	return nil
}
