//go:build !wasm

package outbox

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// spare reports that a segment can be done without: it is read once more, and each
// of its events is here, where none waits to be sent. So an outbox that is
// destroyed takes nothing along, and rows that it has lost without noticing are
// missed while they can still be had.
//
// What was recorded without consent does not wait.
func (b *Outbox) spare(ctx context.Context, src Source, m event.Mark) (spare bool, err error) {
	err = b.change(ctx, func(tx *sql.Tx) error {
		got, err := src.Read(m.Name, event.ID{}, 0)
		if err != nil || got.Next > m.Next || got.Next > 0 && got.First != m.First {
			return err // somebody writes: the next drain reads on
		}
		spare, err = settled(ctx, tx, got.Records)
		return err
	})
	return spare, err
}

// settled reports that none of the records waits. One that is not there, and that
// retain has not removed, is damage.
func settled(ctx context.Context, tx *sql.Tx, records []event.Record) (bool, error) {
	removed, err := removedUntil(ctx, tx)
	if err != nil {
		return false, err
	}
	find, err := tx.PrepareContext(ctx, "SELECT consented = 1 AND state IN ('open', 'pending') FROM event WHERE id = ?")
	if err != nil {
		return false, err
	}
	defer find.Close()
	waiting := false
	for _, r := range records {
		var waits bool
		err := find.QueryRowContext(ctx, r.ID[:]).Scan(&waits)
		if errors.Is(err, sql.ErrNoRows) {
			if bytes.Compare(r.ID[:], removed) > 0 {
				return false, fmt.Errorf("%w: event %s was taken over and is not there", errDamaged, r.ID)
			}
		} else if err != nil {
			return false, err
		}
		waiting = waiting || waits
	}
	return !waiting, nil
}

// removedKey is the note that tells up to which id retain has removed events.
const removedKey = "removed"

func removedUntil(ctx context.Context, tx *sql.Tx) ([]byte, error) {
	var text string
	err := tx.QueryRowContext(ctx, "SELECT text FROM note WHERE key = ?", removedKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

func noteRemoved(ctx context.Context, tx *sql.Tx, until []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO note (key, text) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET text = max(text, excluded.text)`, removedKey, hex.EncodeToString(until))
	return err
}
