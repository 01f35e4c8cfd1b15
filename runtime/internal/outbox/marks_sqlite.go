//go:build !wasm

package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// mark gives the events of a parcel that have no install id what stands in its
// place. It runs in the transaction that packs them: a parcel is sent as often as
// it takes, and its marks with it.
func (b *Outbox) mark(ctx context.Context, tx *sql.Tx, records []event.Record, now time.Time) error {
	var done *marked
	for i, r := range records {
		e, ok := unmarked(r.JSON)
		if !ok {
			continue
		}
		if done == nil {
			var err error
			if done, err = b.marked(ctx, tx, now); err != nil {
				return err
			}
		}
		*e.Marks = done.mark(e.Timestamp)
		records[i].JSON = e.AppendJSON(nil)
		if _, err := tx.ExecContext(ctx, "UPDATE event SET json = ?, sum = ? WHERE id = ?", string(records[i].JSON), sum(r.ID, r.Consented, records[i].JSON), r.ID[:]); err != nil {
			return err
		}
	}
	if done == nil {
		return nil
	}
	return done.keep(ctx, tx)
}

// marked reads what has been marked.
func (b *Outbox) marked(ctx context.Context, tx *sql.Tx, now time.Time) (*marked, error) {
	done := new(marked)
	var text string
	err := tx.QueryRowContext(ctx, "SELECT text FROM note WHERE key = ?", markedKey).Scan(&text)
	if err == nil {
		err = json.Unmarshal([]byte(text), done)
	} else if errors.Is(err, sql.ErrNoRows) {
		if done.InstallWeek, err = b.weekFile(); done.InstallWeek != "" {
			done.After = now.UTC().Format(time.DateOnly)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading marks: %w", err)
	}
	return done, nil
}

func (m *marked) keep(ctx context.Context, tx *sql.Tx) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keeping marks: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO note (key, text) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text", markedKey, string(text))
	return err
}

// unmark takes back the marks of an event that the server will never take: the
// next event of the same day carries them.
func unmark(ctx context.Context, tx *sql.Tx, id event.ID) error {
	var text, noted string
	err := tx.QueryRowContext(ctx, "SELECT e.json, n.text FROM event AS e, note AS n WHERE e.id = ? AND n.key = ?", id[:], markedKey).Scan(&text, &noted)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // no marks at all
	}
	if err != nil {
		return err
	}
	var e event.Event
	done := new(marked)
	if json.Unmarshal([]byte(text), &e) != nil || e.Marks == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(noted), done); err != nil {
		return fmt.Errorf("reading marks: %w", err)
	}
	done.undo(e)
	return done.keep(ctx, tx)
}

// weekFile reads the install week, "" if there is none.
func (b *Outbox) weekFile() (string, error) {
	text, err := folder.ReadFile(b.weekPath())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	week := strings.TrimSpace(string(text))
	if err == nil {
		_, err = event.ParseWeek(week)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: remove it, and a new one is made", b.weekPath(), err)
	}
	return week, nil
}

func (b *Outbox) weekPath() string { return filepath.Join(filepath.Dir(b.path), WeekFile) }

// keepWeek writes the install week beside the database that has it, if it is not
// there yet. It comes behind the transaction: a file without the note would say
// that the note is lost.
func (b *Outbox) keepWeek(ctx context.Context) error {
	if _, err := os.Lstat(b.weekPath()); err == nil {
		return nil
	}
	text, err := b.Noted(ctx, markedKey)
	if err != nil || text == "" {
		return err
	}
	var done marked
	if err := json.Unmarshal([]byte(text), &done); err != nil {
		return fmt.Errorf("reading marks: %w", err)
	}
	if err := folder.Make(b.weekPath(), []byte(done.InstallWeek+"\n")); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("keeping the install week: %w", err)
	}
	return nil
}
