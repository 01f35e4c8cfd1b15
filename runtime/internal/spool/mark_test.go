//go:build !wasm

package spool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// What was taken over is not lost when its segment is removed before its time; what
// came behind it is, and so is all of a segment of which the mark tells something
// else.
func TestTakenIsNotLost(t *testing.T) {
	then := noon.Add(-MaxAge - 2*time.Hour)
	name := segmentName(then)
	for about, c := range map[string]struct {
		mark func(r event.Reading) []event.Mark
		want int64
	}{
		"nobody has taken anything": {func(event.Reading) []event.Mark { return nil }, 5},
		"three were taken":          {func(r event.Reading) []event.Mark { return []event.Mark{{Name: name, First: r.First, Next: r.Next}} }, 2},
		"of another segment":        {func(r event.Reading) []event.Mark { return []event.Mark{{Name: "x", First: r.First, Next: r.Next}} }, 5},
		"of an earlier incarnation": {func(r event.Reading) []event.Mark {
			return []event.Mark{{Name: name, First: event.NewID(noon), Next: r.Next}}
		}, 5},
	} {
		t.Run(about, func(t *testing.T) {
			dir := t.TempDir()
			old := &Writer{Dir: dir}
			old.Append(then, record("1"), record("2"), record("3"))
			taken, err := Reader{Dir: dir}.Read(name, event.ID{}, 0)
			if err != nil || len(taken.Records) != 3 {
				t.Fatalf("%d records, %v", len(taken.Records), err)
			}
			old.Append(then, record("4"), record("5"))
			old.Close()
			Reader{Dir: dir}.Mark(c.mark(taken))
			w := &Writer{Dir: dir}
			w.Append(noon, record("first of its hour"))
			w.Close()
			got, err := Reader{Dir: dir}.Read(segmentName(noon), event.ID{}, 0)
			if err != nil || got.Dropped != c.want || len(got.Records) != 1 {
				t.Errorf("%d lost and %d records (%v), want %d and 1", got.Dropped, len(got.Records), err, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				t.Error("the old segment is still there")
			}
		})
	}
}

// The mark goes when there is nothing to tell, and one that is damaged or none at
// all tells nothing.
func TestMarkFile(t *testing.T) {
	r := Reader{Dir: t.TempDir()}
	path := filepath.Join(r.Dir, MarkFile)
	want := event.Mark{Name: segmentName(noon), First: event.NewID(noon), Next: 77}
	r.Mark([]event.Mark{{Name: "other", First: event.NewID(noon), Next: 1}, want})
	if got := r.marked(want.Name); got != want {
		t.Errorf("want %+v, got %+v", want, got)
	}
	for _, text := range []string{"x", want.Name, want.Name + " x 77\n", want.Name + " " + want.First.String() + " x\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := r.marked(want.Name); got != (event.Mark{Name: want.Name}) {
			t.Errorf("%q tells %+v", text, got)
		}
	}
	r.Mark(nil)
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is still there")
	}
}

// What a full segment does not take is told in it all the same: all of it if the
// writer closes, and half of it if it is killed. Readers take that for no event.
func TestFullSegmentTellsOfLosses(t *testing.T) {
	for name, c := range map[string]struct {
		end         func(*Writer)
		least, most int64
	}{
		"closed": {(*Writer).Close, 1000, 1000},
		"killed": {func(*Writer) {}, 500, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := newWriter(t, dir)
			w.Limit = 200
			w.Append(noon, record(strings.Repeat("x", 100)))
			for range 1000 {
				if w.Append(noon, record(strings.Repeat("x", 100))) {
					t.Fatal("written beyond the limit")
				}
			}
			c.end(w)
			got := readAll(t, dir)
			if got.Dropped < c.least || got.Dropped > c.most || len(got.Records) != 1 || got.Torn != 0 {
				t.Errorf("%d lost, %d records, %d torn; want %d to %d, 1, 0", got.Dropped, len(got.Records), got.Torn, c.least, c.most)
			}
			if size := (Reader{Dir: dir}).Size(); size > 200+20*headerSize {
				t.Errorf("%d bytes: it tells too often", size)
			}
		})
	}
}
