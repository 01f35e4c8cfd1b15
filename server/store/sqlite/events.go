package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

const insertEvent = `INSERT INTO events (app, id, time, type, kind, name, service, version, language,
	language_version, os, os_version, arch, ci, shell, user, session, sdk, outcome, duration_ns, data, install_week, marks,
	revision, container, terminal, ai_agent)
	VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (app, id) DO NOTHING`

// Write implements [store.Writer].
func (s *Store) Write(ctx context.Context, app store.AppID, events []store.Event) (store.Written, error) {
	var done store.Written
	err := s.write(ctx, func(t *tx) (err error) {
		done, err = t.take(app, events)
		return err
	})
	return done, err
}

func (t *tx) take(app store.AppID, events []store.Event) (done store.Written, err error) {
	user, gone := "", false // nearly always all of them are of one user
	for i := range events {
		e := &events[i]
		if e.User != user {
			if gone, err = t.forgotten(app, e.User); err != nil {
				return done, err
			}
			user = e.User
		}
		if gone {
			done.Forgotten = append(done.Forgotten, i)
			continue
		}
		fresh, err := t.insert(app, e)
		if err != nil {
			return done, err
		}
		if !fresh {
			done.Duplicates++
			continue
		}
		if err := errors.Join(t.count(app, e), t.active(app, e)); err != nil {
			return done, fmt.Errorf("counting event %s: %w", e.ID, err)
		}
	}
	return done, nil
}

// insert reports whether the event was new.
func (t *tx) insert(app store.AppID, e *store.Event) (fresh bool, err error) {
	stmt, err := t.conn.Prepare(insertEvent)
	if err != nil {
		return false, err
	}
	stmt.BindInt64(1, int64(app))
	stmt.BindBytes(2, e.ID[:])
	stmt.BindInt64(3, e.Time.UnixMilli())
	for i, text := range [...]string{
		string(e.Type), string(e.Kind), e.Name, e.Service.Name, e.Service.Version, e.Service.Language,
		e.Service.LanguageVersion, e.Environment.OS, e.Environment.OSVersion, e.Environment.Arch,
	} {
		stmt.BindText(4+i, text)
	}
	stmt.BindBool(14, e.Environment.CI)
	for i, text := range [...]string{e.Environment.Shell, e.User, e.Session, e.SDK, string(e.Outcome)} {
		stmt.BindText(15+i, text)
	}
	stmt.BindInt64(20, int64(e.Duration))
	stmt.BindText(21, string(e.Data))
	stmt.BindText(22, e.Marks.InstallWeek)
	stmt.BindInt64(23, marksOf(e))
	for i, text := range [...]string{e.Service.Revision, e.Environment.Container, e.Environment.Terminal, e.Environment.AIAgent} {
		stmt.BindText(24+i, text)
	}
	if _, err := stmt.Step(); err != nil {
		_ = stmt.Reset() // it repeats Step's error
		return false, err
	}
	return t.conn.Changes() == 1, stmt.Reset()
}

const selectEvents = `SELECT id, time, type, kind, name, service, version, language, language_version,
	os, os_version, arch, ci, shell, user, session, sdk, outcome, duration_ns, data,
	install_week, marks, revision, container, terminal, ai_agent FROM events WHERE app = ? ORDER BY id`

// Events implements [store.Reader].
func (s *Store) Events(ctx context.Context, app store.AppID, yield func(store.Event) error) error {
	return s.read(ctx, func(conn *sqlite.Conn) error {
		return sqlitex.Execute(conn, selectEvents, &sqlitex.ExecOptions{
			Args: []any{int64(app)},
			ResultFunc: func(stmt *sqlite.Stmt) error {
				e, err := readEvent(stmt)
				if err != nil {
					return err
				}
				return yield(e)
			},
		})
	})
}

func readEvent(stmt *sqlite.Stmt) (store.Event, error) {
	e := store.Event{
		Time: time.UnixMilli(stmt.ColumnInt64(1)).UTC(),
		Type: event.Type(stmt.ColumnText(2)), Kind: store.Kind(stmt.ColumnText(3)), Name: stmt.ColumnText(4),
		Service: event.Service{
			Name: stmt.ColumnText(5), Version: stmt.ColumnText(6), Revision: stmt.ColumnText(22),
			Language: stmt.ColumnText(7), LanguageVersion: stmt.ColumnText(8),
		},
		Environment: event.Environment{
			OS: stmt.ColumnText(9), OSVersion: stmt.ColumnText(10), Arch: stmt.ColumnText(11),
			CI: stmt.ColumnBool(12), Shell: stmt.ColumnText(13),
			Container: stmt.ColumnText(23), Terminal: stmt.ColumnText(24), AIAgent: stmt.ColumnText(25),
		},
		User: stmt.ColumnText(14), Session: stmt.ColumnText(15), SDK: stmt.ColumnText(16),
		Outcome: event.Outcome(stmt.ColumnText(17)), Duration: time.Duration(stmt.ColumnInt64(18)),
		Data: json.RawMessage(stmt.ColumnText(19)),
	}
	stmt.ColumnBytes(0, e.ID[:])
	e.Marks.InstallWeek = stmt.ColumnText(20)
	setMarks(&e, stmt.ColumnInt64(21))
	return e, readData(&e)
}

// readData reads the Data of an event that has a field of its own for what is in
// it.
func readData(e *store.Event) (err error) {
	switch e.Type {
	case event.TypeSummary:
		e.Summary, err = read[event.Summary](e.Data)
	case event.TypeMetric:
		e.Metric, err = read[event.Metric](e.Data)
	}
	if err != nil {
		return fmt.Errorf("reading %s %s: %w", e.Type, e.ID, err)
	}
	return nil
}

func read[T any](data []byte) (*T, error) {
	v := new(T)
	return v, json.Unmarshal(data, v)
}
