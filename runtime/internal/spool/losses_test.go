//go:build !wasm

package spool

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// teller is a writer's Report that says what it was asked for.
func teller(metric string, n uint64, since time.Time) (event.Record, bool) {
	text := fmt.Sprintf("%s %d %s", strings.TrimPrefix(metric, "telemetry.lost."), n, since.UTC().Format("02 15:04:05"))
	return event.Record{ID: event.NewID(since), Consented: true, JSON: []byte(text)}, true
}

// let is a record with the person's yes.
func let(at time.Time, json string) event.Record {
	return event.Record{ID: event.NewID(at), Consented: true, JSON: []byte(json)}
}

// told are the events that tell of losses, in the order in which they were written.
func told(tb testing.TB, dir string) (texts []string) {
	tb.Helper()
	for _, r := range readAll(tb, dir).Records {
		if text := string(r.JSON); strings.HasPrefix(text, "unwritten ") || strings.HasPrefix(text, "expired ") {
			texts = append(texts, text)
		}
	}
	return texts
}

// What was recorded with a yes and could not be written is told once, with the next
// record that is written, from the first of it on. A command counts once.
func TestLossesAreTold(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, dir)
	w.Limit, w.Report = 300, teller
	w.Append(noon, let(noon, strings.Repeat("x", 200)))
	w.say = 100 // nothing is said of a full segment
	large := strings.Repeat("x", 100)
	local := record(large)
	begin := let(noon, large)
	begin.Begin = true
	for _, r := range []event.Record{local, begin, let(noon.Add(2*time.Second), large), let(noon.Add(time.Second), large)} {
		if w.Append(noon, r) {
			t.Fatal("written beyond the limit")
		}
	}
	w.Append(noon, let(noon.Add(time.Minute), strings.Repeat("x", MaxPayload+1)))
	next := noon.Add(time.Hour)
	for range 2 {
		if !w.Append(next, let(next, "after")) {
			t.Fatal(w.Err())
		}
	}
	w.Close()
	if diff := cmp.Diff([]string{"unwritten 3 23 12:30:01"}, told(t, dir)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if got := readAll(t, dir); got.Dropped != 5 || len(got.Records) != 4 {
		t.Errorf("%d dropped and %d records, want 5 and 4", got.Dropped, len(got.Records))
	}
}

// A full segment holds what it does not take: all of it if the writer closes, and
// half of it if it is killed, however often it was tried.
func TestFullSegmentTells(t *testing.T) {
	for name, c := range map[string]struct {
		end         func(*Writer)
		least, most int
	}{
		"closed": {(*Writer).Close, 1000, 1000},
		"killed": {func(*Writer) {}, 500, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := newWriter(t, dir)
			w.Limit, w.Report = 10, teller
			for range 1000 {
				w.Append(noon, let(noon, "x"))
			}
			c.end(w)
			sum, texts := 0, told(t, dir)
			for _, text := range texts {
				n := 0
				if _, err := fmt.Sscanf(text, "unwritten %d", &n); err != nil {
					t.Fatal(err)
				}
				sum += n
			}
			if sum < c.least || sum > c.most || len(texts) > 12 {
				t.Errorf("%d told in %d events, want %d to %d in a few", sum, len(texts), c.least, c.most)
			}
		})
	}
}

// Without a yes nothing is told, nor by a writer that has nobody to say it, nor if
// whoever is asked says no; then it is not told later, either.
func TestNobodyIsTold(t *testing.T) {
	no := func(string, uint64, time.Time) (event.Record, bool) { return event.Record{}, false }
	for name, c := range map[string]struct {
		report Report
		r      event.Record
	}{
		"no yes":   {teller, record(strings.Repeat("x", 400))},
		"no words": {nil, let(noon, strings.Repeat("x", 400))},
		"a no":     {no, let(noon, strings.Repeat("x", 400))},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := newWriter(t, dir)
			w.Limit, w.Report = 300, c.report
			w.Append(noon, let(noon, "first"))
			w.Append(noon, c.r)
			w.Append(noon, let(noon, "second"))
			w.Report = teller
			w.Append(noon, let(noon, "third"))
			w.Close()
			if got := readAll(t, dir); len(got.Records) != 3 || got.Dropped != 1 {
				t.Errorf("%d records, %d dropped; want 3, 1", len(got.Records), got.Dropped)
			}
		})
	}
}

// What goes with a segment that is too old has expired. One of its events tells of
// others: these are lost with it.
func TestExpiredSegmentsAreTold(t *testing.T) {
	dir := t.TempDir()
	then := noon.Add(-MaxAge - 2*time.Hour)
	old := &Writer{Dir: dir}
	e := event.Event{ID: event.NewID(then), Timestamp: then, Body: event.Body{
		Type: event.TypeMetric, Data: event.AppendMetric(nil, event.Metric{Name: event.LostUnwritten, Unit: "1", Total: 40}),
	}}
	local := record("local")
	old.Append(then, let(then, "a"), let(then, string(e.AppendJSON(nil))), local, let(then, "b"))
	old.Close()
	w := newWriter(t, dir)
	w.Report = teller
	w.Append(noon, let(noon, "now"))
	w.Close()
	if got := told(t, dir); !slices.Equal(got, []string{"expired 42 24 10:30:00"}) {
		t.Errorf("told %q", got)
	}
}
