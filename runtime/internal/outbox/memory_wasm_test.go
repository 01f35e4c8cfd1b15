package outbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// source is a spool of one segment.
type source struct {
	records []event.Record
	dropped int64
	taken   int64
}

func (s *source) Segments() ([]string, error) { return []string{"memory"}, nil }

func (s *source) Read(_ string, first event.ID, next int64) (event.Reading, error) {
	got := event.Reading{Records: s.records[next:], First: first, Next: int64(len(s.records)), Dropped: s.dropped}
	s.dropped = 0
	return got, nil
}

func (s *source) Over(string, time.Time) bool { return true }

func (s *source) Remove(_ string, next int64, _ time.Time) (bool, int64, error) {
	s.taken = next
	return false, 0, nil
}

func (s *source) Gone(uint32, uint32) bool { return false }

func (s *source) Mark([]event.Mark) {}

func record(at time.Time, json string, consented bool) event.Record {
	return event.Record{ID: event.NewID(at), Consented: consented, JSON: []byte(json)}
}

func open(t *testing.T, records ...event.Record) (*Outbox, *source) {
	t.Helper()
	b, err := Open(t.Context(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	src := &source{records: records}
	drain(t, b, src)
	return b, src
}

func drain(t *testing.T, b *Outbox, src *source) {
	t.Helper()
	if err := b.Drain(t.Context(), src, time.Now()); err != nil {
		t.Fatal(err)
	}
	if src.taken != int64(len(src.records)) {
		t.Errorf("%d of %d records were given back", src.taken, len(src.records))
	}
}

func next(t *testing.T, b *Outbox, since time.Time, events, size int) (event.Parcel, string) {
	t.Helper()
	p, err := b.Next(t.Context(), since, events, size, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, r := range p.Records {
		texts = append(texts, string(r.JSON))
	}
	return p, strings.Join(texts, " ")
}

func counts(t *testing.T, b *Outbox) Counts {
	t.Helper()
	c, err := b.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestQueue(t *testing.T) {
	now := time.Now()
	b, src := open(t, record(now, "a", true), record(now.Add(time.Second), "b", false), record(now.Add(2*time.Second), "c", true), record(now.Add(3*time.Second), "d", true))
	p, text := next(t, b, time.Time{}, 2, 100)
	if text != "a c" || p.Attempt != 1 {
		t.Errorf("packed %q, attempt %d; want a c, 1", text, p.Attempt)
	}
	again, text := next(t, b, time.Time{}, 2, 100)
	if text != "a c" || again.ID != p.ID || again.Attempt != 2 {
		t.Errorf("an unsettled parcel came again as %q, attempt %d", text, again.Attempt)
	}
	if err := b.Settle(t.Context(), p.ID, map[event.ID]string{src.records[0].ID: "no good"}, now); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Counts{Local: 1, Pending: 1, Sent: 1, Rejected: 1}, counts(t, b)); diff != "" {
		t.Errorf("after one was refused (-want +got):\n%s", diff)
	}
	if p, text = next(t, b, time.Time{}, 2, 0); text != "d" {
		t.Errorf("packed %q; one is packed whatever its size", text)
	}
	if err := b.Release(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if _, text = next(t, b, now.Add(time.Hour), 2, 100); text != "" {
		t.Errorf("recorded before the yes, and packed: %q", text)
	}
	if p, text = next(t, b, time.Time{}, 2, 100); text != "d" {
		t.Errorf("a released event came again as %q", text)
	}
	if _, text = next(t, b, now.Add(time.Hour), 2, 100); text != "" {
		t.Errorf("a parcel from before a new yes came again: %q", text)
	}
}

func TestEndsReplaceBegins(t *testing.T) {
	now := time.Now()
	begin := record(now, "begin", true)
	begin.Begin = true
	b, src := open(t, begin)
	if c := counts(t, b); c != (Counts{Open: 1}) {
		t.Errorf("begun: %+v", c)
	}
	end := begin
	end.Begin, end.JSON = false, []byte("end")
	src.records = append(src.records, end, begin, end) // twice, and out of order
	src.dropped = 3
	drain(t, b, src)
	if c := counts(t, b); c != (Counts{Pending: 1, Dropped: 3}) {
		t.Errorf("ended: %+v", c)
	}
	if _, text := next(t, b, time.Time{}, 10, 100); text != "end" {
		t.Errorf("packed %q", text)
	}
}

func TestRetention(t *testing.T) {
	now := time.Now()
	large := strings.Repeat("x", 1<<20)
	b, _ := open(t, record(now.Add(-MaxAge-time.Hour), "old", true), record(now, large, true), record(now.Add(1*time.Second), large, false),
		record(now.Add(2*time.Second), large, true), record(now.Add(3*time.Second), large, true), record(now.Add(4*time.Second), "last", true))
	if c := counts(t, b); c != (Counts{Local: 1, Pending: 3, Expired: 2}) {
		t.Errorf("kept %+v", c)
	}
}

// What expires is told: what was recorded with a yes, since the one that holds.
func TestExpiredIsTold(t *testing.T) {
	now := time.Now()
	yes := now.Add(-MaxAge - 2*time.Hour)
	b, _ := open(t)
	b.TellLosses(yes)
	for _, at := range []time.Time{yes.Add(-time.Minute), yes.Add(time.Minute), yes.Add(time.Hour), now.Add(-time.Minute)} {
		e := event.Event{ID: event.NewID(at), Timestamp: at, Service: event.Service{Name: "prog"}}
		b.take(event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)})
	}
	b.take(record(yes.Add(time.Minute), "local", false))
	for range 2 {
		b.retain(now)
	}
	if c := counts(t, b); c != (Counts{Pending: 2, Expired: 3}) {
		t.Errorf("kept %+v", c)
	}
	last := b.rows[len(b.rows)-1]
	if text := string(last.JSON); event.Lost(last.JSON) != 2 || !strings.Contains(text, `"`+event.LostExpired+`"`) || !strings.Contains(text, `"prog"`) {
		t.Errorf("told by %s", text)
	}
}

func TestMarks(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	e := event.Event{Timestamp: now, Marks: new(event.Marks)}
	var all []event.Record
	for range 2 {
		e.ID = event.NewID(now)
		all = append(all, event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)})
	}
	b, _ := open(t)
	b.take(all[0])
	b.take(all[1])
	p, text := next(t, b, time.Time{}, 1, 1<<20)
	if !strings.Contains(text, `"install_week":"2026-W48"`) || !strings.Contains(text, `"day":true`) {
		t.Errorf("the first event of a day is %s", text)
	}
	if err := b.Settle(t.Context(), p.ID, map[event.ID]string{p.Records[0].ID: "no good"}, now); err != nil {
		t.Fatal(err)
	}
	if _, text = next(t, b, time.Time{}, 1, 1<<20); !strings.Contains(text, `"day":true`) {
		t.Errorf("behind a refused one the first of a day is %s", text)
	}
}

func TestCleared(t *testing.T) {
	b, _ := open(t, record(time.Now(), "a", true))
	if err := b.Intact(); err != nil || !Exists(t.Name()) {
		t.Errorf("an outbox in use: %v", err)
	}
	if sizes, err := Clear(t.Name()); len(sizes) != 1 || err != nil {
		t.Errorf("cleared %v, %v", sizes, err)
	}
	if err := b.Intact(); !errors.Is(err, ErrRemoved) || Exists(t.Name()) {
		t.Errorf("a cleared outbox: %v", err)
	}
	if anew, _ := open(t); counts(t, anew) != (Counts{}) {
		t.Errorf("the new one holds %s", fmt.Sprint(counts(t, anew)))
	}
}
