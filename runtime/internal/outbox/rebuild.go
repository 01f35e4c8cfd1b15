//go:build !wasm

package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// rebuild sets the damaged file aside and starts anew. Only the last damaged file
// is kept.
func (b *Outbox) rebuild(ctx context.Context) error {
	if err := b.setAside(ctx); err != nil {
		return fmt.Errorf("setting the damaged file aside: %w", err)
	}
	if err := b.open(ctx); err != nil {
		return err
	}
	b.damaged.Store(false)
	return nil
}

// setAside closes the file and renames it. Of several processes that see the
// damage one does so: the file that the first has made anew is not the one of
// which the others know that it is damaged.
func (b *Outbox) setAside(ctx context.Context) error {
	if b.db != nil {
		b.db.Close()
	}
	unlock, err := b.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if b.Intact() != nil {
		return nil // another process was first
	}
	// The file itself goes last: whoever makes a new one under its name must not
	// find the journal of the old one beside it.
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(b.path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(b.path, b.path+".broken"); err != nil {
		return err
	}
	return b.countRebuilt(ctx)
}

// countRebuilt says in the new file that there was an old one.
func (b *Outbox) countRebuilt(ctx context.Context) error {
	anew := &Outbox{path: b.path}
	if err := anew.open(ctx); err != nil {
		return err
	}
	err := anew.change(ctx, func(tx *sql.Tx) error { return tally(ctx, tx, "rebuilt", 1) })
	return errors.Join(err, anew.db.Close())
}

// lock keeps other processes from rebuilding. It is a transaction in an empty
// database: SQLite locks files on every platform, and a lock goes with its
// process.
func (b *Outbox) lock(ctx context.Context) (unlock func(), err error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)"}}
	source := url.URL{Scheme: "file", Path: filepath.ToSlash(b.path + ".lock"), OmitHost: true, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		db.Close()
		return nil, err
	}
	return func() {
		_ = tx.Rollback()
		db.Close()
	}, nil
}
