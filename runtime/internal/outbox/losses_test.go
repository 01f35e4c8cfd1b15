//go:build !wasm

package outbox

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// real is a record with the JSON of an event.
func real(at time.Time, marks *event.Marks, body event.Body) event.Record {
	e := event.Event{
		SchemaVersion: event.SchemaVersion, ID: event.NewID(at), Timestamp: at, SessionID: "s", Marks: marks,
		Service: event.Service{Name: "prog", Version: "v1", Language: "go"}, Environment: event.Environment{OS: "linux"}, Body: body,
	}
	return event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)}
}

var thing = event.Body{Type: event.TypeCustom, Data: event.AppendCustom(nil, "thing", nil)}

// lossesIn returns the events of the outbox that tell of losses, and the losses.
func lossesIn(t *testing.T, b *Outbox) (events []event.Event, told []event.Metric) {
	t.Helper()
	err := b.Rows(t.Context(), func(r Row) error {
		var e event.Event
		var m event.Metric
		if err := json.Unmarshal(r.JSON, &e); err != nil || e.Body.Type != event.TypeMetric {
			return err
		}
		err := json.Unmarshal(e.Body.Data, &m)
		if m.Name == event.LostExpired {
			events, told = append(events, e), append(told, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, told
}

// What expires unsent is told: what the person had let go since the yes that holds,
// and of an event that tells of losses, those.
func TestExpiredIsTold(t *testing.T) {
	b := open(t, t.TempDir())
	old := noon.Add(-MaxAge - 2*time.Hour)
	lost := event.Body{Type: event.TypeMetric, Data: event.AppendMetric(nil, event.Metric{
		Name: event.LostUnwritten, Unit: "1", WindowStart: old, WindowEnd: old, Total: 40,
	})}
	local := real(old, nil, thing)
	local.Consented = false
	src := &source{}
	src.put("a", real(old.Add(-time.Hour), nil, thing), local, real(old, nil, thing), real(old.Add(time.Minute), nil, lost), real(noon, nil, thing))
	b.TellLosses(old.Add(-time.Minute))
	for range 2 {
		drain(t, b, src, over)
	}
	events, told := lossesIn(t, b)
	if len(told) != 1 || told[0].Total != 41 || !told[0].WindowStart.Equal(old) || told[0].Unit != "1" {
		t.Fatalf("told %+v, want 41 since %s, once", told, old)
	}
	if e := events[0]; !e.Timestamp.Equal(over) || e.ID.Time() != over || e.SessionID != "" || e.Service.Name != "prog" || e.Environment.OS != "linux" {
		t.Errorf("it is told by %+v", e)
	}
	if p := next(t, b, 10, 1<<20); len(p.Records) != 2 {
		t.Errorf("%d events to be sent, want the young one and what is told", len(p.Records))
	}
}

// Nothing is told as long as nobody says that there is a yes.
func TestExpiredWithoutAYes(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	src.put("a", real(noon.Add(-MaxAge-time.Hour), nil, thing))
	drain(t, b, src, noon)
	b.TellLosses(time.Time{})
	drain(t, b, src, noon)
	if _, told := lossesIn(t, b); len(told) > 0 || counts(t, b).Expired != 1 {
		t.Errorf("told %+v, %+v", told, counts(t, b))
	}
}

// A program without an id tells with marks of its own, not with those of an event
// that is gone.
func TestExpiredWithMarks(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	src.put("a", real(noon.Add(-MaxAge-time.Hour), &event.Marks{InstallWeek: "2026-W01", Day: true}, thing))
	b.TellLosses(time.Time{})
	drain(t, b, src, noon)
	events, _ := lossesIn(t, b)
	if len(events) != 1 || events[0].Marks == nil || *events[0].Marks != (event.Marks{}) {
		t.Fatalf("told by %+v, want empty marks", events)
	}
	if p := next(t, b, 10, 1<<20); len(p.Records) != 1 {
		t.Errorf("%d events to be sent, want 1", len(p.Records))
	}
}

// Several processes tell once.
func TestExpiredIsToldOnce(t *testing.T) {
	dir, src := t.TempDir(), crowd(50)
	var all sync.WaitGroup
	for range 4 {
		b := open(t, dir)
		b.TellLosses(time.Time{})
		all.Go(func() {
			err := b.Drain(t.Context(), src, over)
			if err = errors.Join(err, b.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, told := lossesIn(t, open(t, dir)); len(told) != 1 || told[0].Total != 50 {
		t.Errorf("told %+v, want 50 once", told)
	}
}

// An outbox that is made anew right after it has told finds nothing to tell again.
func TestExpiredIsNotToldAgain(t *testing.T) {
	b, src := open(t, t.TempDir()), crowd(50)
	b.TellLosses(time.Time{})
	drain(t, b, src, over)
	if _, told := lossesIn(t, b); len(told) != 1 || told[0].Total != 50 {
		t.Errorf("told %+v, want 50 once", told)
	}
	if err := b.rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	drain(t, b, src, over)
	if _, told := lossesIn(t, b); len(told) > 0 {
		t.Errorf("told again: %+v", told)
	}
}

// crowd holds n events that are too old.
func crowd(n int) *source {
	src := &source{}
	for i := range n {
		src.put("a", real(over.Add(-MaxAge-time.Hour+time.Duration(i)*time.Millisecond), nil, thing))
	}
	return src
}
