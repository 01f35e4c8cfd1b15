package store

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

func TestDay(t *testing.T) {
	for _, test := range []struct {
		at   string
		day  Day
		text string
	}{
		{"1970-01-01T00:00:00Z", 0, "1970-01-01"},
		{"1969-12-31T23:59:59Z", -1, "1969-12-31"},
		{"1970-01-01T23:59:59.999Z", 0, "1970-01-01"},
		{"2026-03-15T00:30:00+01:00", 20526, "2026-03-14"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(at); got != test.day || got.String() != test.text {
			t.Errorf("DayOf(%s) = %d %s, want %d %s", test.at, got, got, test.day, test.text)
		}
		if back, err := ParseDay(test.text); err != nil || back != test.day {
			t.Errorf("ParseDay(%s) = %d, %v; want %d", test.text, back, err, test.day)
		}
	}
	for _, bad := range []string{"", "2026-13-01", "14.3.2026", "2026-03-14T00:00:00Z"} {
		if day, err := ParseDay(bad); err == nil {
			t.Errorf("ParseDay(%q) = %d, want an error", bad, day)
		}
	}
}

func TestCounts(t *testing.T) {
	var sum Counts
	for _, o := range []event.Outcome{event.OK, event.Error, event.Canceled, event.Panic, event.Goexit, event.Unfinished, ""} {
		if err := sum.AddEvent(&Event{Outcome: o, Duration: NoDuration}); err != nil {
			t.Fatal(err)
		}
	}
	want := Counts{Events: 7, Calls: 7, Successes: 1, Errors: 1, Canceled: 1, Panics: 1, Goexits: 1, Unfinished: 1}
	if diff := cmp.Diff(want, sum); diff != "" || sum.Judged() != 5 {
		t.Errorf("one of each outcome: %d judged, want 5 (-want +got):\n%s", sum.Judged(), diff)
	}
	if err := sum.AddEvent(&Event{Outcome: event.OK, Duration: 0}); err != nil || sum.Durations.Count != 1 {
		t.Errorf("a duration of zero is one too: %+v, %v", sum, err)
	}
	summary := &event.Summary{Calls: 10, Errors: 2, Canceled: 1, Panics: 1, Goexits: 1}
	if err := sum.AddEvent(&Event{Summary: summary}); err != nil || sum.Events != 9 || sum.Calls != 18 || sum.Successes != 7 || sum.Errors != 3 || sum.Canceled != 2 {
		t.Errorf("with a summary: %+v, %v; want 9 events, 18 calls, 7 successes, 3 errors, 2 canceled", sum, err)
	}
}

func TestCountsDoNotOverflow(t *testing.T) {
	sum := Counts{Calls: math.MaxInt64 - 1, Successes: math.MaxUint64}
	if err := sum.Merge(Counts{Calls: math.MaxUint64, Successes: math.MaxUint64}); err != nil || sum.Calls != math.MaxInt64 || sum.Successes != math.MaxInt64 {
		t.Errorf("sum %+v, %v; want it to stop at MaxInt64", sum, err)
	}
	if got := sum.Judged(); got != math.MaxInt64 {
		t.Errorf("Judged = %d, want MaxInt64", got)
	}
}

func TestMergeRefusesAnotherScale(t *testing.T) {
	var sum Counts
	if err := sum.Merge(Counts{Durations: event.Histogram{Scale: 5, Count: 1, BucketCounts: []uint64{1}}}); err == nil {
		t.Error("a histogram of another scale was merged")
	}
}
