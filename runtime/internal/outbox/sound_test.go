//go:build !wasm

package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Damage that SQLite reads without a word is found by Drain: what the spool still
// has comes back as it was written.
func TestSilentDamage(t *testing.T) {
	for name, damage := range map[string]string{
		"an event":        "UPDATE event SET json = replace(json, 'event 7', 'event 8')",
		"a no":            "UPDATE event SET consented = 1 WHERE json = 'a no'",
		"a yes":           "UPDATE event SET consented = 0 WHERE json = 'event 7'",
		"an id":           "UPDATE event SET id = unhex('ff') || id WHERE json = 'event 7'",
		"another id":      "UPDATE event SET id = substr(id, 1, 15) || unhex('ff') WHERE json = 'event 7'",
		"a kind of value": "UPDATE event SET consented = 'x' WHERE json = 'event 7'",
		"a state":         "PRAGMA ignore_check_constraints = on; UPDATE event SET state = 'xyz' WHERE json = 'event 7'",
		"an index":        "PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = replace(sql, '= 1 AND parcel', '= 0 AND parcel') WHERE name = 'event_waiting'",
	} {
		t.Run(name, func(t *testing.T) {
			src, dir := &source{}, t.TempDir()
			var want []string
			for n := range 20 {
				json := fmt.Sprintf("event %d", n)
				src.put("a", recordAt(noon.Add(time.Duration(n)*time.Millisecond), json))
				want = append(want, "pending "+json)
			}
			no := recordAt(noon.Add(time.Second), "a no")
			no.Consented = false
			src.put("a", no)
			b := open(t, dir)
			drain(t, b, src, noon)
			if _, err := b.db.Exec(damage); err != nil {
				t.Fatal(err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			b = open(t, dir)
			drain(t, b, src, noon)
			if diff := cmp.Diff(append(want, "pending a no"), lines(t, b)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c := counts(t, b); c.Rebuilt != 1 || c.Local != 1 || c.Pending != 20 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// What changes a row changes its sum: nothing of it is taken for damage.
func TestSoundAllTheWay(t *testing.T) {
	src := &source{gone: map[uint32]bool{2: true}}
	begin, end := beginAndEnd(1)
	src.put("a", begin)
	marked := event.Event{SchemaVersion: event.SchemaVersion, ID: event.NewID(noon), Timestamp: noon, Marks: &event.Marks{}}
	src.put("a", event.Record{ID: marked.ID, Consented: true, JSON: marked.AppendJSON(nil)})
	b := open(t, t.TempDir())
	drain(t, b, src, noon)
	end.Consented = false
	unfinished, _ := beginAndEnd(2)
	src.put("a", end, unfinished)
	drain(t, b, src, noon)
	p := next(t, b, 10, 1<<20)
	drain(t, b, src, noon)
	if err := b.Settle(t.Context(), p.ID, map[event.ID]string{p.Records[0].ID: "no good"}, noon); err != nil {
		t.Fatal(err)
	}
	drain(t, b, src, noon)
	if c := counts(t, b); c.Rebuilt != 0 || c.Rejected != 1 || c.Sent != 1 || c.Local != 1 {
		t.Errorf("%+v", c)
	}
}

// A look that is broken off finds no damage.
func TestSoundBrokenOff(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	src.put("a", recordAt(noon, "1"))
	drain(t, b, src, noon)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Drain(ctx, src, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(b.path), File+".broken")); err == nil {
		t.Error("it was set aside")
	}
}

// Events of version 1 have no sum, and are taken as they are.
func TestFirstVersion(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	src.put("a", recordAt(noon, "1"))
	drain(t, b, src, noon)
	if _, err := b.db.Exec("UPDATE event SET sum = NULL"); err != nil {
		t.Fatal(err)
	}
	src.put("a", recordAt(noon.Add(time.Second), "2"))
	drain(t, b, src, noon)
	if diff := cmp.Diff([]string{"pending 1", "pending 2"}, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An open command of which nobody knows the process any more does not stop the
// others, and ends when it is a day old.
func TestOpenWithoutProcess(t *testing.T) {
	src := &source{}
	begin, _ := beginAndEnd(1)
	src.put("a", begin)
	b := open(t, t.TempDir())
	drain(t, b, src, noon)
	if _, err := b.db.Exec("UPDATE event SET pid = NULL, host = NULL"); err != nil {
		t.Fatal(err)
	}
	src.put("a", recordAt(noon.Add(time.Second), "2"))
	drain(t, b, src, noon)
	if diff := cmp.Diff([]string{"open begin1", "pending 2"}, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	drain(t, b, src, noon.Add(25*time.Hour))
	if diff := cmp.Diff([]string{"pending begin1", "pending 2"}, lines(t, b)); diff != "" {
		t.Errorf("a day later (-want +got):\n%s", diff)
	}
}

// An event in a parcel that there is not waits like any other.
func TestParcelLost(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	src.put("a", recordAt(noon, "1"), recordAt(noon.Add(time.Second), "2"))
	drain(t, b, src, noon)
	next(t, b, 1, 1<<20)
	if _, err := b.db.Exec("DELETE FROM parcel"); err != nil {
		t.Fatal(err)
	}
	if p := next(t, b, 10, 1<<20); jsons(p) != "1 2" {
		t.Errorf("got %q", jsons(p))
	}
}

// BenchmarkSound is what each drain pays for a thousand events that are there.
func BenchmarkSound(b *testing.B) {
	box, src := open(b, b.TempDir()), &source{}
	for n := range 1000 {
		src.put("a", recordAt(noon.Add(time.Duration(n)*time.Millisecond), strings.Repeat("x", 550)))
	}
	drain(b, box, src, noon)
	for b.Loop() {
		if err := box.sound(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
