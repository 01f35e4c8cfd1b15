package sqlite

import (
	"context"
	"errors"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// activeKey names a count of active installs.
type activeKey struct {
	app           store.AppID
	span          store.Span
	start, cohort store.Day
}

// dayOfUser is a day on which an install with an id sent something.
type dayOfUser struct {
	app  store.AppID
	user string
	day  store.Day
}

const (
	putInstall = "INSERT INTO installs (app, user, cohort) VALUES (?, ?, ?) ON CONFLICT (app, user) DO NOTHING"
	getInstall = "SELECT id, cohort FROM installs WHERE app = ? AND user = ?"
	setCohort  = "UPDATE installs SET cohort = ? WHERE id = ?"
	putSeen    = "INSERT INTO seen (install, span, start) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	getSeen    = "SELECT span, start FROM seen WHERE install = ?"
	addActives = `INSERT INTO actives (app, span, start, cohort, installs) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (app, span, start, cohort) DO UPDATE SET installs = installs + excluded.installs`
	dropActives   = "DELETE FROM actives WHERE app = ? AND span = ? AND start = ? AND cohort = ? AND installs <= 0"
	selectActives = "SELECT start, cohort, installs FROM actives WHERE app = ? AND span = ? AND start BETWEEN ? AND ? ORDER BY start, cohort"
)

// active counts the install of a new event: by the event's marks or, if it has an
// id, by whether that was seen in the same span before.
func (t *tx) active(app store.AppID, e *store.Event) error {
	day := store.DayOf(e.Time)
	if e.User != "" {
		t.days[dayOfUser{app, e.User, day}] = struct{}{}
		return nil
	}
	for _, span := range store.Spans {
		if !e.Marked(span) {
			continue
		}
		cohort, err := e.Cohort()
		if err != nil {
			return err
		}
		t.actives[activeKey{app, span, day.StartOf(span), cohort}]++
	}
	return nil
}

// flushActives adds what the jobs collected.
func (t *tx) flushActives() error {
	for d := range t.days {
		if err := t.see(d); err != nil {
			return err
		}
	}
	for key, n := range t.actives {
		if n == 0 {
			continue
		}
		args := []any{int64(key.app), string(key.span), int64(key.start), int64(key.cohort)}
		if err := sqlitex.Execute(t.conn, addActives, &sqlitex.ExecOptions{Args: append(args, n)}); err != nil {
			return err
		}
		if n >= 0 {
			continue
		}
		if err := sqlitex.Execute(t.conn, dropActives, &sqlitex.ExecOptions{Args: args}); err != nil {
			return err
		}
	}
	return nil
}

// see notes that an install was active on a day, and counts it in the spans in
// which it was not seen before.
func (t *tx) see(d dayOfUser) error {
	id, cohort, err := t.install(d)
	if err != nil {
		return err
	}
	for _, span := range store.Spans {
		start := d.day.StartOf(span)
		if err := sqlitex.Execute(t.conn, putSeen, &sqlitex.ExecOptions{Args: []any{id, string(span), int64(start)}}); err != nil {
			return err
		}
		if t.conn.Changes() == 1 {
			t.actives[activeKey{d.app, span, start, cohort}]++
		}
	}
	return nil
}

// install finds or makes the row of an install. Events come late: if this one is
// of an earlier week than any before, what the install has counted for moves
// there.
func (t *tx) install(d dayOfUser) (id int64, cohort store.Day, err error) {
	week := d.day.StartOf(store.SpanWeek)
	if err := sqlitex.Execute(t.conn, putInstall, &sqlitex.ExecOptions{Args: []any{int64(d.app), d.user, int64(week)}}); err != nil {
		return 0, 0, err
	}
	err = sqlitex.Execute(t.conn, getInstall, &sqlitex.ExecOptions{
		Args: []any{int64(d.app), d.user},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			id, cohort = stmt.ColumnInt64(0), store.Day(stmt.ColumnInt64(1))
			return nil
		},
	})
	if err != nil || cohort <= week {
		return id, cohort, err
	}
	return id, week, errors.Join(t.move(d.app, id, cohort, week),
		sqlitex.Execute(t.conn, setCohort, &sqlitex.ExecOptions{Args: []any{int64(week), id}}))
}

func (t *tx) move(app store.AppID, id int64, from, to store.Day) error {
	return sqlitex.Execute(t.conn, getSeen, &sqlitex.ExecOptions{
		Args: []any{id},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			span, start := store.Span(stmt.ColumnText(0)), store.Day(stmt.ColumnInt64(1))
			t.actives[activeKey{app, span, start, from}]--
			t.actives[activeKey{app, span, start, to}]++
			return nil
		},
	})
}

// Actives implements [store.Reader].
func (s *Store) Actives(ctx context.Context, app store.AppID, span store.Span, from, to store.Day) ([]store.Active, error) {
	var found []store.Active
	err := s.read(ctx, func(conn *sqlite.Conn) error {
		return sqlitex.Execute(conn, selectActives, &sqlitex.ExecOptions{
			Args: []any{int64(app), string(span), int64(from), int64(to)},
			ResultFunc: func(stmt *sqlite.Stmt) error {
				found = append(found, store.Active{
					Start: store.Day(stmt.ColumnInt64(0)), Cohort: store.Day(stmt.ColumnInt64(1)), Installs: uint64(max(0, stmt.ColumnInt64(2))),
				})
				return nil
			},
		})
	})
	return found, err
}

// marksOf writes an event's marks as one number, setMarks reads them.
func marksOf(e *store.Event) (bits int64) {
	for i, span := range store.Spans {
		if e.Marked(span) {
			bits |= 1 << i
		}
	}
	return bits
}

func setMarks(e *store.Event, bits int64) {
	e.Marks.Day, e.Marks.Week, e.Marks.Month = bits&1 != 0, bits&2 != 0, bits&4 != 0
}
