//go:build !wasm

package outbox

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// versionOne makes a file as version 1 left it: one event that waits, how far a
// segment was read, and a note.
func versionOne(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id := event.NewID(noon)
	for _, step := range []struct {
		text string
		args []any
	}{
		{text: schema},
		{text: "PRAGMA user_version = 1"},
		{"INSERT INTO event (id, state, consented, json) VALUES (?, 'pending', 1, '1')", []any{id[:]}},
		{"INSERT INTO segment (name, first, next) VALUES ('a', ?, 1)", []any{id[:]}},
		{text: "INSERT INTO note (key, text) VALUES ('k', 'v')"},
	} {
		if _, err := db.Exec(step.text, step.args...); err != nil {
			t.Fatalf("%s: %v", step.text, err)
		}
	}
}

// later are the steps of a version to come: its own fails when it is done twice.
var later = append(slices.Clone(migrations), "ALTER TABLE event ADD COLUMN tries INTEGER NOT NULL DEFAULT 7; CREATE TABLE extra (n INTEGER)")

// A file of version 1 is brought to this version and to a later one by the steps
// between them, by one process of several, and keeps what it holds. This version leaves it alone
// from then on.
func TestSecondStep(t *testing.T) {
	dir := t.TempDir()
	versionOne(t, dir)
	var all sync.WaitGroup
	boxes := []*Outbox{open(t, dir), open(t, dir), open(t, dir)} // and that is the way to this version
	for _, b := range boxes {
		all.Go(func() {
			if err := b.prepare(t.Context(), later); err != nil {
				t.Errorf("the steps to a later version: %v", err)
			}
		})
	}
	all.Wait()
	db, err := sql.Open("sqlite", filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var version, tries, next int
	var state, note string
	err = db.QueryRow("SELECT v.user_version, e.tries, s.next, e.state, n.text FROM pragma_user_version AS v, event AS e, segment AS s, note AS n").Scan(&version, &tries, &next, &state, &note)
	if err != nil || version != len(later) || tries != 7 || next != 1 || state != "pending" || note != "v" {
		t.Errorf("version %d, tries %d, next %d, %s, %s (%v)", version, tries, next, state, note, err)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, ErrNewer) {
		t.Errorf("want ErrNewer, got %v", err)
	}
}

// A new file goes through all steps at once.
func TestAllSteps(t *testing.T) {
	b := open(t, t.TempDir())
	if err := b.prepare(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	var version int
	if err := b.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != len(later) {
		t.Errorf("version %d (%v), want %d", version, err, len(later))
	}
}

// A step that fails in its middle leaves the file as it was, and usable.
func TestStepThatFails(t *testing.T) {
	dir := t.TempDir()
	versionOne(t, dir)
	b := open(t, dir)
	err := b.prepare(t.Context(), append(slices.Clone(migrations), "CREATE TABLE half (n INTEGER); INSERT INTO none VALUES (1)"))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("bringing it to format ", len(later))) {
		t.Errorf("got %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	var halves int
	if err := b.db.QueryRow("SELECT count(*) FROM sqlite_master WHERE name = 'half'").Scan(&halves); err != nil || halves != 0 {
		t.Errorf("%d tables of the failed step (%v)", halves, err)
	}
	if diff := cmp.Diff([]string{"pending 1"}, lines(t, b)); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(dir, File+".broken")); err == nil {
		t.Error("it was set aside")
	}
}
