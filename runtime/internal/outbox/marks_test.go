//go:build !wasm

package outbox

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// noID is a consented event of a program without an install id.
func noID(at time.Time) event.Record {
	e := event.Event{
		SchemaVersion: event.SchemaVersion, ID: event.NewID(at), Timestamp: at, Marks: new(event.Marks),
		Body: event.Body{Type: event.TypeCustom, Data: event.AppendCustom(nil, "x", nil)},
	}
	return event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)}
}

func put(t *testing.T, b *Outbox, records ...event.Record) {
	t.Helper()
	if err := b.change(t.Context(), func(tx *sql.Tx) error { return insert(t.Context(), tx, records) }); err != nil {
		t.Fatal(err)
	}
}

// packed packs, and returns the marks of each event, in letters.
func packed(t *testing.T, b *Outbox, now time.Time) (event.Parcel, []string) {
	t.Helper()
	p, err := b.Next(t.Context(), time.Time{}, 100, 1<<20, now)
	if err != nil {
		t.Fatal(err)
	}
	var marks []string
	for _, r := range p.Records {
		var e event.Event
		if err := json.Unmarshal(r.JSON, &e); err != nil || e.Marks == nil {
			t.Fatalf("%s (%v)", r.JSON, err)
		}
		text := e.Marks.InstallWeek + " "
		for i, is := range []bool{e.Marks.Day, e.Marks.Week, e.Marks.Month} {
			if is {
				text += "dwm"[i : i+1]
			}
		}
		marks = append(marks, text)
	}
	return p, marks
}

func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// Each day, week and month is marked on one event, whatever happens to the parcel
// and whatever the clock does.
func TestMarks(t *testing.T) {
	b := open(t, t.TempDir())
	check := func(now time.Time, settle bool, want ...string) event.Parcel {
		t.Helper()
		p, got := packed(t, b, now)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("marks (-want +got):\n%s", diff)
		}
		if settle {
			if err := b.Settle(t.Context(), p.ID, nil, now); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	put(t, b, noID(day(20)), noID(day(20)), noID(day(21)), noID(day(23)))
	check(day(23), false, "2026-W47 dwm", "2026-W47 ", "2026-W47 d", "2026-W47 dw")
	// Tried again: the same.
	p := check(day(23), false, "2026-W47 dwm", "2026-W47 ", "2026-W47 d", "2026-W47 dw")
	// Halved, and packed anew: the same.
	if err := b.Release(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	check(day(23), true, "2026-W47 dwm", "2026-W47 ", "2026-W47 d", "2026-W47 dw")
	// What comes later of a day that was marked has no marks, and what comes late of
	// one that was not has its own.
	put(t, b, noID(day(20)), noID(day(22)), noID(day(23)))
	check(day(23), true, "2026-W47 ", "2026-W47 d", "2026-W47 ")
	// A clock that jumps a year ahead and back again marks its days once, and hides
	// none of those that come.
	put(t, b, noID(day(24).AddDate(1, 0, 0)))
	check(day(24).AddDate(1, 0, 0), true, "2026-W47 dwm")
	put(t, b, noID(day(21)), noID(day(24)))
	check(day(24), true, "2026-W47 ", "2026-W47 d")
	// What the server will never take gives its marks back.
	put(t, b, noID(day(30)))
	p = check(day(30), false, "2026-W47 dw")
	if err := b.Settle(t.Context(), p.ID, map[event.ID]string{p.Records[0].ID: "no"}, day(30)); err != nil {
		t.Fatal(err)
	}
	put(t, b, noID(day(30).Add(time.Hour)))
	check(day(30), true, "2026-W47 dw")
}

// A database that is lost takes the marks with it: the file beside it keeps the
// install from being counted as a new one, or twice on that day.
func TestMarksOutliveTheDatabase(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	put(t, b, noID(day(11)))
	if _, marks := packed(t, b, day(11)); marks[0] != "2026-W46 dwm" {
		t.Fatalf("marks %v", marks)
	}
	b.Close()
	text, err := os.ReadFile(filepath.Join(dir, WeekFile))
	if err != nil || string(text) != "2026-W46\n" {
		t.Fatalf("%s says %q (%v)", WeekFile, text, err)
	}
	if err := os.Remove(filepath.Join(dir, File)); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	put(t, b, noID(day(20)), noID(day(20)), noID(day(21)), noID(day(23)))
	if _, marks := packed(t, b, day(20)); !cmp.Equal(marks, []string{"2026-W46 ", "2026-W46 ", "2026-W46 d", "2026-W46 dw"}) {
		t.Errorf("marks %q", marks)
	}
}

// A parcel that was not committed leaves no mark.
func TestMarksGoWithTheParcel(t *testing.T) {
	b := open(t, t.TempDir())
	put(t, b, noID(day(20)))
	stop := errors.New("killed")
	err := b.change(t.Context(), func(tx *sql.Tx) error {
		p, err := pack(t.Context(), tx, time.Time{}, 100, 1<<20, day(20))
		if err == nil {
			err = b.mark(t.Context(), tx, p.Records, day(20))
		}
		return errors.Join(err, stop)
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if _, marks := packed(t, b, day(20)); len(marks) != 1 || marks[0] != "2026-W47 dwm" {
		t.Errorf("marks %q", marks)
	}
}
