package sqlite

import (
	"embed"
	"fmt"
	"io/fs"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// migrations go forward only: 0001.sql leads from nothing to version 1, and so
// on. A file that was released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date, each step in one transaction with the
// version that it leads to.
func migrate(conn *sqlite.Conn) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
	if err != nil {
		return err
	}
	for {
		done, err := migrateOnce(conn, steps)
		if done || err != nil {
			return err
		}
	}
}

// migrateOnce takes one step. The version is read in the transaction, because
// another process may be taking the same step.
func migrateOnce(conn *sqlite.Conn, steps []string) (done bool, err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return false, fmt.Errorf("bringing tables up to date: %w", err)
	}
	defer end(&err)
	version, err := userVersion(conn)
	switch {
	case err != nil:
		return false, err
	case version > len(steps):
		return false, fmt.Errorf("its tables are of version %d, this tkserver knows %d: use the newer tkserver that wrote it", version, len(steps))
	case version == len(steps):
		return true, nil
	}
	script, err := migrations.ReadFile(steps[version])
	if err != nil {
		return false, err
	}
	if err := runScript(conn, string(script)); err != nil {
		return false, fmt.Errorf("bringing tables to version %d: %w", version+1, err)
	}
	return false, sqlitex.ExecuteTransient(conn, fmt.Sprintf("PRAGMA user_version = %d", version+1), nil)
}

func userVersion(conn *sqlite.Conn) (int, error) {
	version := 0
	err := sqlitex.ExecuteTransient(conn, "PRAGMA user_version", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			version = stmt.ColumnInt(0)
			return nil
		},
	})
	return version, err
}

// runScript runs statements one after the other, in a savepoint of their own.
func runScript(conn *sqlite.Conn, script string) error {
	return sqlitex.ExecuteScript(conn, script, nil)
}
