//go:build !wasm

package outbox

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

// migrations lead forward only: the first from nothing to version 1, each from the
// version before it to the next. How many a file has seen is its user_version.
var migrations = []string{
	schema,
	"ALTER TABLE event ADD COLUMN sum INTEGER", // see sum
}

// Outbox is an open database. One connection serves all calls.
type Outbox struct {
	path    string
	file    os.FileInfo // as it was opened: another process may have started anew
	db      *sql.DB
	damaged atomic.Bool // found out on the way: Close sets the file aside
	tells   bool        // see TellLosses
	since   time.Time
}

// Open opens the outbox in dir, which is made if it is not there. A file that
// is damaged is set aside as events.db.broken; what the spool still holds comes
// back with the next drain, and ids make sure that nothing is sent twice.
func Open(ctx context.Context, dir string) (*Outbox, error) {
	b := &Outbox{path: filepath.Join(dir, File)}
	if err := checkOwner(dir); err != nil {
		return nil, fmt.Errorf("opening outbox: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening outbox: %w", err)
	}
	err := b.open(ctx)
	if isCorrupt(err) {
		err = b.rebuild(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("opening outbox %s: %w", b.path, err)
	}
	return b, nil
}

func (b *Outbox) open(ctx context.Context) error {
	// SQLite gives its other files the mode of this one.
	// O_NONBLOCK keeps a pipe of that name from holding anybody up.
	file, err := os.OpenFile(b.path, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	b.file, err = file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if !b.file.Mode().IsRegular() {
		return errors.New("it is no file: remove it")
	}
	if b.db, err = sql.Open("sqlite", dataSource(b.path)); err != nil {
		return err
	}
	b.db.SetMaxOpenConns(1)
	if err := b.prepare(ctx, migrations); err != nil {
		b.db.Close()
		return err
	}
	return nil
}

// dataSource names the file and how to open it. busy_timeout comes first, or
// the other pragmas fail while somebody else writes. Transactions begin
// IMMEDIATE: one that reads first and then wants to write is refused at once if
// another wrote in between, whatever the timeout. auto_vacuum counts only before
// anything is written to a new file, so before journal_mode.
func dataSource(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "auto_vacuum(incremental)", "journal_mode(wal)", "synchronous(normal)",
		"journal_size_limit(1048576)", "trusted_schema(off)",
	}}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), OmitHost: true, RawQuery: q.Encode()}).String()
}

// prepare brings the tables up to date, in one transaction, and refuses those of a
// later version.
func (b *Outbox) prepare(ctx context.Context, steps []string) error {
	var found int
	if err := b.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return err
	}
	if found == len(steps) {
		return nil
	}
	return b.change(ctx, func(tx *sql.Tx) error {
		// Again: another process may have been first.
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
			return err
		}
		if found > len(steps) {
			return fmt.Errorf("%w (format %d, this one knows %d): use that version", ErrNewer, found, len(steps))
		}
		for i, step := range steps[found:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("bringing it to format %d: %w", found+i+1, err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps)))
		return err
	})
}

// change runs f in a transaction that has the write lock from its start.
func (b *Outbox) change(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit this does nothing
	if err := f(tx); err != nil {
		return b.noticed(err)
	}
	return b.noticed(tx.Commit())
}

// noticed looks at every error of a query on its way out: damage may lie in pages
// that Open and Drain had no reason to read.
func (b *Outbox) noticed(err error) error {
	if !isCorrupt(err) {
		return err
	}
	b.damaged.Store(true)
	return fmt.Errorf("%w: the file is set aside now, and the next run starts anew", err)
}

func isCorrupt(err error) bool {
	if errors.Is(err, errDamaged) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// Intact is ErrRemoved if that has happened.
func (b *Outbox) Intact() error {
	if now, err := os.Stat(b.path); err != nil || !os.SameFile(b.file, now) {
		return fmt.Errorf("%s: %w", b.path, ErrRemoved)
	}
	return nil
}

// Close closes the file. One that turned out to be damaged is set aside.
func (b *Outbox) Close() error {
	shut := b.db.Close
	if b.damaged.Load() {
		shut = func() error { return b.setAside(context.Background()) }
	}
	if err := shut(); err != nil {
		return fmt.Errorf("closing outbox: %w", err)
	}
	return nil
}

// Note keeps a text under a key.
func (b *Outbox) Note(ctx context.Context, key, text string) error {
	_, err := b.db.ExecContext(ctx, "INSERT INTO note (key, text) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text", key, text)
	if err != nil {
		return fmt.Errorf("noting %s: %w", key, b.noticed(err))
	}
	return nil
}

// Noted returns the text under a key, "" if there is none.
func (b *Outbox) Noted(ctx context.Context, key string) (string, error) {
	var text string
	err := b.db.QueryRowContext(ctx, "SELECT text FROM note WHERE key = ?", key).Scan(&text)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading note %s: %w", key, b.noticed(err))
	}
	return text, nil
}

// tally adds to a count that is never reset.
func tally(ctx context.Context, tx *sql.Tx, name string, n int64) error {
	if n == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO tally (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n", name, n)
	return err
}
