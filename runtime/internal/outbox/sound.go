//go:build !wasm

package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// errDamaged is damage that SQLite has not noticed by itself: its pages have no
// checksum, and a byte that is changed within a row, or a page that is taken for
// another one, reads like any other.
var errDamaged = errors.New("the outbox is damaged")

// sum is kept with a row, over what never changes behind SQLite's back: a damaged
// event would be refused by the server, or counted as another; a damaged consent
// would send what may not be.
func sum(id event.ID, consented bool, json []byte) uint32 {
	yes := []byte{0}
	if consented {
		yes[0] = 1
	}
	crc := crc32.Update(crc32.ChecksumIEEE(id[:]), crc32.IEEETable, yes)
	return crc32.Update(crc, crc32.IEEETable, json)
}

// sound returns errDamaged, or what SQLite says, if anything is wrong with the file:
// a page, an index that misses rows, a state that there is not, a row that is not
// as it was written. It reads all of it, a few milliseconds for what a program of
// every day leaves.
func (b *Outbox) sound(ctx context.Context) error {
	var found string
	if err := b.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" && ctx.Err() == nil {
		return fmt.Errorf("%w: %s", errDamaged, found)
	}
	// Rows of version 1 have no sum.
	rows, err := b.db.QueryContext(ctx, "SELECT id, consented, json, sum FROM event WHERE sum IS NOT NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var blob, json sql.RawBytes
		var consented bool
		var want uint32
		if err := rows.Scan(&blob, &consented, &json, &want); ctx.Err() != nil {
			return ctx.Err() // which closes rows, too
		} else if err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
		if len(blob) != len(event.ID{}) || sum(event.ID(blob), consented, json) != want {
			return fmt.Errorf("%w: event %x is not as it was written", errDamaged, []byte(blob))
		}
	}
	return rows.Err()
}
