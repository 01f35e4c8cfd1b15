package spool

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

func record(at time.Time, text string) event.Record {
	return event.Record{ID: event.NewID(at), JSON: []byte(text)}
}

func texts(records []event.Record) string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.JSON))
	}
	return strings.Join(all, " ")
}

func TestHeld(t *testing.T) {
	now := time.Now()
	w, r := Writer{Dir: t.Name()}, Reader{Dir: t.Name()}
	if names, err := r.Segments(); len(names) != 0 || err != nil {
		t.Errorf("before anything was written: %v, %v", names, err)
	}
	a := record(now, "a")
	w.Append(now, a, record(now, "b"))
	a.JSON[0] = 'x' // writers use their buffers again
	got, err := r.Read(segmentName, event.ID{}, 0)
	if texts(got.Records) != "a b" || got.Next != 2 || got.Dropped != 0 || err != nil {
		t.Errorf("read %+v, %v", got, err)
	}
	w.Append(now, record(now, "c"))
	if again, _ := r.Read(segmentName, got.First, got.Next); texts(again.Records) != "c" || again.Next != 3 {
		t.Errorf("read from 2 on: %+v", again)
	}
	if _, _, err := r.Remove(segmentName, 2, now); err != nil || r.Size() != 1 {
		t.Errorf("after two were taken over %d bytes are held (%v)", r.Size(), err)
	}
	if again, _ := r.Read(segmentName, got.First, 2); texts(again.Records) != "c" || again.Dropped != 0 {
		t.Errorf("what was taken over counts as lost: %+v", again)
	}
	w.Close()
	if w.Append(now, record(now, "d")) || w.Err() == nil {
		t.Error("a closed writer took a record")
	}
}

func TestOldestGo(t *testing.T) {
	now := time.Now()
	w, r := Writer{Dir: t.Name(), Limit: 4}, Reader{Dir: t.Name()}
	for _, text := range []string{"aa", "bb", "cc"} {
		w.Append(now, record(now, text))
	}
	got, _ := r.Read(segmentName, event.ID{}, 0)
	if texts(got.Records) != "bb cc" || got.Dropped != 1 {
		t.Errorf("read %s, %d dropped; want bb cc, 1", texts(got.Records), got.Dropped)
	}
	w.Append(now, record(now, "dddddd"))
	if got, _ = r.Read(segmentName, got.First, got.Next); len(got.Records) != 0 || got.Dropped != 1 || r.Size() != 0 {
		t.Errorf("of one larger than the spool: %+v", got)
	}
}

func TestCleared(t *testing.T) {
	now := time.Now()
	w, r := Writer{Dir: t.Name()}, Reader{Dir: t.Name()}
	w.Append(now, record(now, "aa"), record(now, "bb"))
	before, _ := r.Read(segmentName, event.ID{}, 0)
	if sizes, err := r.Clear(); sizes[t.Name()] != 4 || err != nil {
		t.Errorf("cleared %v, %v", sizes, err)
	}
	w.Append(now, record(now, "cc"))
	if got, _ := r.Read(segmentName, before.First, before.Next); texts(got.Records) != "cc" || got.Dropped != 0 {
		t.Errorf("a reader who stood in the cleared one got %+v", got)
	}
}

// What had to go and was recorded with a yes is told when somebody reads, once.
func TestHeldLossesAreTold(t *testing.T) {
	now := time.Now()
	tell := func(metric string, n uint64, since time.Time) (event.Record, bool) {
		if metric != event.LostExpired || since.After(now) {
			t.Errorf("asked for %s since %s", metric, since)
		}
		return event.Record{ID: event.NewID(since), Consented: true, JSON: fmt.Appendf(nil, "lost %d", n)}, true
	}
	w, r := Writer{Dir: t.Name(), Limit: 5, Report: tell}, Reader{Dir: t.Name()}
	for _, text := range []string{"1", "22", "3", "44", "5"} { // of which 1, 22 and 3 stay, and then 3, 44 and 5
		one := record(now, text)
		one.Consented = text != "1"
		w.Append(now, one)
	}
	got, _ := r.Read(segmentName, event.ID{}, 0)
	if texts(got.Records) != "3 44 5 lost 1" || got.Dropped != 2 {
		t.Errorf("read %s, %d dropped", texts(got.Records), got.Dropped)
	}
	if again, _ := r.Read(segmentName, got.First, got.Next); len(again.Records) != 0 {
		t.Errorf("told again: %s", texts(again.Records))
	}
}
