package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// CreateApp implements [store.Directory].
func (s *Store) CreateApp(ctx context.Context, org, name string, c store.Credential) (store.App, error) {
	app := store.App{Org: org, Name: name, Created: c.Created}
	err := s.write(ctx, func(t *tx) error {
		known, err := findApps(t.conn, "WHERE org = ? AND name = ?", org, name)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			return fmt.Errorf("application %s/%s %w", org, name, store.ErrExists)
		}
		if err := t.exec("INSERT INTO apps (org, name, created) VALUES (?,?,?)", org, name, c.Created.UnixMilli()); err != nil {
			return err
		}
		app.ID = store.AppID(t.conn.LastInsertRowID())
		return t.exec("INSERT INTO credentials (token_hash, app, sealed_secret, created) VALUES (?,?,?,?)",
			c.TokenHash[:], int64(app.ID), c.SealedSecret, c.Created.UnixMilli())
	})
	return app, err
}

// App implements [store.Directory].
func (s *Store) App(ctx context.Context, org, name string) (app store.App, err error) {
	err = s.read(ctx, func(conn *sqlite.Conn) error {
		apps, err := findApps(conn, "WHERE org = ? AND name = ?", org, name)
		if err == nil && len(apps) == 0 {
			err = fmt.Errorf("application %s/%s: %w", org, name, store.ErrNotFound)
		}
		if err != nil {
			return err
		}
		app = apps[0]
		return nil
	})
	return app, err
}

// Apps implements [store.Directory].
func (s *Store) Apps(ctx context.Context) (apps []store.App, err error) {
	err = s.read(ctx, func(conn *sqlite.Conn) error {
		apps, err = findApps(conn, "ORDER BY org, name")
		return err
	})
	return apps, err
}

func findApps(conn *sqlite.Conn, clause string, args ...any) (apps []store.App, err error) {
	err = sqlitex.Execute(conn, "SELECT id, org, name, created FROM apps "+clause, &sqlitex.ExecOptions{
		Args: args,
		ResultFunc: func(stmt *sqlite.Stmt) error {
			apps = append(apps, readApp(stmt))
			return nil
		},
	})
	return apps, err
}

func readApp(stmt *sqlite.Stmt) store.App {
	return store.App{
		ID: store.AppID(stmt.ColumnInt64(0)), Org: stmt.ColumnText(1), Name: stmt.ColumnText(2),
		Created: time.UnixMilli(stmt.ColumnInt64(3)).UTC(),
	}
}

const selectCredential = `SELECT apps.id, apps.org, apps.name, apps.created, c.sealed_secret, c.created
	FROM credentials AS c JOIN apps ON apps.id = c.app WHERE c.token_hash = ?`

// Credential implements [store.Directory].
func (s *Store) Credential(ctx context.Context, tokenHash [32]byte) (c store.Credential, app store.App, err error) {
	err = s.read(ctx, func(conn *sqlite.Conn) error {
		found := false
		err := sqlitex.Execute(conn, selectCredential, &sqlitex.ExecOptions{
			Args: []any{tokenHash[:]},
			ResultFunc: func(stmt *sqlite.Stmt) error {
				found, app = true, readApp(stmt)
				c = store.Credential{
					TokenHash: tokenHash, SealedSecret: make([]byte, stmt.ColumnLen(4)),
					Created: time.UnixMilli(stmt.ColumnInt64(5)).UTC(),
				}
				stmt.ColumnBytes(4, c.SealedSecret)
				return nil
			},
		})
		if err == nil && !found {
			err = fmt.Errorf("credential: %w", store.ErrNotFound)
		}
		return err
	})
	return c, app, err
}

// AddLogin implements [store.Directory].
func (s *Store) AddLogin(ctx context.Context, tokenHash [32]byte, expires time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.exec("INSERT INTO logins (token_hash, expires) VALUES (?,?)", tokenHash[:], expires.UnixMilli())
	})
}

// TakeLogin implements [store.Directory]. It also forgets what has expired.
func (s *Store) TakeLogin(ctx context.Context, tokenHash [32]byte, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.exec("DELETE FROM logins WHERE expires < ?", now.UnixMilli()); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM logins WHERE token_hash = ?", tokenHash[:]); err != nil {
			return err
		}
		if t.conn.Changes() == 0 {
			return fmt.Errorf("login: %w", store.ErrNotFound)
		}
		return nil
	})
}

func (t *tx) exec(query string, args ...any) error {
	return sqlitex.Execute(t.conn, query, &sqlitex.ExecOptions{Args: args})
}
