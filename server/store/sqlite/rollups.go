package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

type cellKey struct {
	app store.AppID
	store.CellKey
}

const (
	counters   = "calls, successes, errors, canceled, panics, goexits, unfinished, events, durations"
	selectCell = "SELECT " + counters + " FROM rollups WHERE app = ? AND day = ? AND version = ? AND kind = ? AND name = ?"
	putCell    = "INSERT OR REPLACE INTO rollups (app, day, version, kind, name, " + counters + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	// The primary key gives the order.
	selectCells = "SELECT " + counters + ", day, version, kind, name FROM rollups" +
		" WHERE app = ? AND day BETWEEN ? AND ? ORDER BY day, version, kind, name"
)

// count adds the event to what the transaction will add to its cell.
func (t *tx) count(app store.AppID, e *store.Event) error {
	key := cellKey{app, e.CellKey()}
	c := t.cells[key]
	if c == nil {
		c = new(store.Counts)
		t.cells[key] = c
	}
	return c.AddEvent(e)
}

// flush adds the collected counts to the rollups.
func (t *tx) flush() error {
	for key, added := range t.cells {
		sum, err := t.cell(key)
		if err != nil {
			return err
		}
		if err := sum.Merge(*added); err != nil {
			return fmt.Errorf("adding up %s %q: %w", key.Kind, key.Name, err)
		}
		if err := t.putCell(key, sum); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) cell(key cellKey) (counts store.Counts, err error) {
	err = sqlitex.Execute(t.conn, selectCell, &sqlitex.ExecOptions{
		Args: key.args(),
		ResultFunc: func(stmt *sqlite.Stmt) (err error) {
			counts, err = readCounts(stmt)
			return err
		},
	})
	return counts, err
}

func (t *tx) putCell(key cellKey, c store.Counts) error {
	return sqlitex.Execute(t.conn, putCell, &sqlitex.ExecOptions{Args: append(key.args(),
		int64(c.Calls), int64(c.Successes), int64(c.Errors), int64(c.Canceled),
		int64(c.Panics), int64(c.Goexits), int64(c.Unfinished), int64(c.Events), appendHistogram([]byte{}, c.Durations))})
}

func (k cellKey) args() []any {
	return []any{int64(k.app), int64(k.Day), k.Version, string(k.Kind), k.Name}
}

// Cells implements [store.Reader].
func (s *Store) Cells(ctx context.Context, app store.AppID, from, to store.Day) ([]store.Cell, error) {
	var cells []store.Cell
	err := s.read(ctx, func(conn *sqlite.Conn) error {
		return sqlitex.Execute(conn, selectCells, &sqlitex.ExecOptions{
			Args: []any{int64(app), int64(from), int64(to)},
			ResultFunc: func(stmt *sqlite.Stmt) error {
				counts, err := readCounts(stmt)
				cells = append(cells, store.Cell{Counts: counts, CellKey: store.CellKey{
					Day: store.Day(stmt.ColumnInt64(9)), Version: stmt.ColumnText(10),
					Kind: store.Kind(stmt.ColumnText(11)), Name: stmt.ColumnText(12),
				}})
				return err
			},
		})
	})
	return cells, err
}

// readCounts reads the columns named in counters, which stand first.
func readCounts(stmt *sqlite.Stmt) (c store.Counts, err error) {
	for i, n := range [...]*uint64{&c.Calls, &c.Successes, &c.Errors, &c.Canceled, &c.Panics, &c.Goexits, &c.Unfinished, &c.Events} {
		*n = uint64(stmt.ColumnInt64(i))
	}
	blob := make([]byte, stmt.ColumnLen(8))
	stmt.ColumnBytes(8, blob)
	c.Durations, err = readHistogram(blob)
	return c, err
}
