package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

const (
	selectForgotten = "SELECT 1 FROM forgotten WHERE app = ? AND user_hash = ?"
	putForgotten    = "INSERT OR IGNORE INTO forgotten (app, user_hash) VALUES (?, ?)"
	onDay           = " FROM events WHERE app = ? AND time >= ? AND time < ?"
	selectCellsOf   = "SELECT DISTINCT version, kind, name" + onDay + " AND user = ?"
	deleteEvents    = "DELETE" + onDay + " AND user = ?"
	selectDay       = "SELECT version, kind, name, type, outcome, duration_ns, data" + onDay
	deleteCell      = "DELETE FROM rollups WHERE app = ? AND day = ? AND version = ? AND kind = ? AND name = ?"
	deleteSeen      = "DELETE FROM seen WHERE install = ? AND span = ? AND start = ?"
	deleteInstall   = "DELETE FROM installs WHERE id = ?"
)

// install is the row of an install with an id.
type install struct {
	app    store.AppID
	user   string
	id     int64
	cohort store.Day
}

// period is one in which an install was active.
type period struct {
	span  store.Span
	start store.Day
}

// Forget implements [store.Writer]. From the first transaction on nothing of the
// user comes in; then each day on which they were active is a transaction of its
// own, so that the other writers wait for a day's events at most to be counted
// anew. What is left to do is in seen, so that it can be called again.
func (s *Store) Forget(ctx context.Context, app store.AppID, user string) (removed int, err error) {
	who := install{app: app, user: user}
	var active []period
	if err := s.write(ctx, func(t *tx) (err error) {
		active, err = t.bar(&who)
		return err
	}); err != nil {
		return 0, err
	}
	for _, p := range active {
		if p.span != store.SpanDay {
			continue
		}
		onDay := 0
		if err := s.write(ctx, func(t *tx) (err error) {
			onDay, err = t.forgetDay(who, p.start)
			return err
		}); err != nil {
			return removed, err
		}
		removed += onDay
	}
	return removed, s.write(ctx, func(t *tx) error { return t.forgetInstall(who) })
}

func (t *tx) forgotten(app store.AppID, user string) (found bool, err error) {
	hash := sha256.Sum256([]byte(user))
	err = sqlitex.Execute(t.conn, selectForgotten, &sqlitex.ExecOptions{
		Args:       []any{int64(app), hash[:]},
		ResultFunc: func(*sqlite.Stmt) error { found = true; return nil },
	})
	return found, err
}

// bar remembers that nothing of the user is taken any more. It completes who, and
// returns when they were active.
func (t *tx) bar(who *install) ([]period, error) {
	hash := sha256.Sum256([]byte(who.user))
	if err := t.exec(putForgotten, int64(who.app), hash[:]); err != nil {
		return nil, err
	}
	for d := range t.days { // of jobs before this one in the transaction
		if d.app != who.app || d.user != who.user {
			continue
		}
		if err := t.see(d); err != nil {
			return nil, err
		}
		delete(t.days, d)
	}
	return t.periods(who)
}

// periods are those in which the install is known to have been active.
func (t *tx) periods(who *install) (active []period, err error) {
	err = sqlitex.Execute(t.conn, getInstall, &sqlitex.ExecOptions{
		Args: []any{int64(who.app), who.user},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			who.id, who.cohort = stmt.ColumnInt64(0), store.Day(stmt.ColumnInt64(1))
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	err = sqlitex.Execute(t.conn, getSeen, &sqlitex.ExecOptions{
		Args: []any{who.id},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			active = append(active, period{store.Span(stmt.ColumnText(0)), store.Day(stmt.ColumnInt64(1))})
			return nil
		},
	})
	return active, err
}

// forgetDay removes what the user did on one day, and counts the day anew.
func (t *tx) forgetDay(who install, day store.Day) (removed int, err error) {
	span := spanOf(who.app, day)
	cells := map[store.CellKey]*store.Counts{}
	err = sqlitex.Execute(t.conn, selectCellsOf, &sqlitex.ExecOptions{
		Args: append(span, who.user),
		ResultFunc: func(stmt *sqlite.Stmt) error {
			cells[keyOf(day, stmt)] = nil
			return nil
		},
	})
	if err != nil {
		return 0, err
	}
	if err := t.exec(deleteEvents, append(span, who.user)...); err != nil {
		return 0, err
	}
	removed = t.conn.Changes()
	if err := t.recount(who.app, day, cells); err != nil {
		return 0, err
	}
	return removed, t.unsee(who, period{store.SpanDay, day})
}

// forgetInstall removes what is left when the days are.
func (t *tx) forgetInstall(who install) error {
	active, err := t.periods(&who)
	if err != nil {
		return err
	}
	for _, p := range active {
		if err := t.unsee(who, p); err != nil {
			return err
		}
	}
	return t.exec(deleteInstall, who.id)
}

// unsee takes the install out of the count of those that were active in a period.
func (t *tx) unsee(who install, p period) error {
	if err := t.exec(deleteSeen, who.id, string(p.span), int64(p.start)); err != nil {
		return err
	}
	if t.conn.Changes() == 1 { // not yet by somebody who forgets the same user
		t.actives[activeKey{who.app, p.span, p.start, who.cohort}]--
	}
	return nil
}

// recount counts cells of a day from the events that are there: a maximum cannot
// be subtracted.
func (t *tx) recount(app store.AppID, day store.Day, cells map[store.CellKey]*store.Counts) error {
	err := sqlitex.Execute(t.conn, selectDay, &sqlitex.ExecOptions{
		Args: spanOf(app, day),
		ResultFunc: func(stmt *sqlite.Stmt) error {
			key := keyOf(day, stmt)
			counts, wanted := cells[key]
			if !wanted {
				return nil
			}
			if counts == nil {
				counts = new(store.Counts)
				cells[key] = counts
			}
			e, err := readCounted(stmt)
			if err != nil {
				return err
			}
			return counts.AddEvent(&e)
		},
	})
	if err != nil {
		return err
	}
	for key, counts := range cells {
		if err := t.replaceCell(cellKey{app, key}, counts); err != nil {
			return err
		}
	}
	return nil
}

// replaceCell puts counts in the place of a cell, nil for none. What jobs before
// this one in the transaction had to add is among the events that were counted.
func (t *tx) replaceCell(key cellKey, counts *store.Counts) error {
	delete(t.cells, key)
	if counts == nil {
		return t.exec(deleteCell, key.args()...)
	}
	return t.putCell(key, *counts)
}

// spanOf are the arguments of onDay.
func spanOf(app store.AppID, day store.Day) []any {
	return []any{int64(app), day.Time().UnixMilli(), (day + 1).Time().UnixMilli()}
}

// keyOf reads the columns version, kind and name, which stand first.
func keyOf(day store.Day, stmt *sqlite.Stmt) store.CellKey {
	return store.CellKey{Day: day, Version: stmt.ColumnText(0), Kind: store.Kind(stmt.ColumnText(1)), Name: stmt.ColumnText(2)}
}

// readCounted reads of an event what [store.Counts.AddEvent] looks at.
func readCounted(stmt *sqlite.Stmt) (store.Event, error) {
	e := store.Event{
		Type: event.Type(stmt.ColumnText(3)), Outcome: event.Outcome(stmt.ColumnText(4)),
		Duration: time.Duration(stmt.ColumnInt64(5)), Data: json.RawMessage(stmt.ColumnText(6)),
	}
	return e, readData(&e)
}
