package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// naive is what a cell must hold, as plainly as it can be said. The buckets are
// a map from index to count.
type naive struct {
	Events, Calls, Successes, Errors, Canceled, Panics, Goexits, Unfinished uint64
	Timed, Sum, Max                                                         uint64
	Buckets                                                                 map[int]uint64
}

// CheckRollups reports whether the rollups, those of active installs among them, are what a pass over these events,
// each id once, counts.
func CheckRollups(t *testing.T, r store.Reader, app store.AppID, events []store.Event) {
	t.Helper()
	checkActives(t, r, app, events)
	want := map[store.CellKey]*naive{}
	for _, e := range ByID(events) {
		key := store.CellKey{Day: store.DayOf(e.Time), Version: e.Service.Version, Kind: e.Kind, Name: e.Name}
		if want[key] == nil {
			want[key] = &naive{Buckets: map[int]uint64{}}
		}
		want[key].count(e)
	}
	from, to := everything()
	cells, err := r.Cells(t.Context(), app, from, to)
	if err != nil {
		t.Fatalf("reading cells: %v", err)
	}
	got := map[store.CellKey]*naive{}
	for _, c := range cells {
		got[c.CellKey] = plain(c)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rollups (-naive +stored):\n%s", diff)
	}
	if !slices.IsSortedFunc(cells, func(a, b store.Cell) int { return compareKeys(a.CellKey, b.CellKey) }) {
		t.Errorf("cells are not ordered by day, version, kind and name: %v", slices.Collect(maps.Keys(got)))
	}
}

func (n *naive) count(e store.Event) {
	n.Events++
	if s := e.Summary; s != nil {
		n.Calls += s.Calls
		n.Errors += s.Errors
		n.Canceled += s.Canceled
		n.Panics += s.Panics
		n.Goexits += s.Goexits
		n.Successes += s.Calls - s.Errors - s.Canceled - s.Panics - s.Goexits
		n.Timed += s.Duration.Count
		n.Sum += s.Duration.Sum
		n.Max = max(n.Max, s.Duration.Max)
		for i, count := range s.Duration.BucketCounts {
			if count > 0 {
				n.Buckets[s.Duration.Offset+i] += count
			}
		}
		return
	}
	if d := e.Metric; d != nil {
		n.Calls += d.Total + d.Invalid
		if d.Values != nil {
			n.Calls += d.Values.Count
		}
		return
	}
	n.Calls++
	outcomes := map[event.Outcome]*uint64{
		event.OK: &n.Successes, event.Error: &n.Errors, event.Canceled: &n.Canceled,
		event.Panic: &n.Panics, event.Goexit: &n.Goexits, event.Unfinished: &n.Unfinished,
	}
	if counter := outcomes[e.Outcome]; counter != nil {
		*counter++
	}
	if e.Duration >= 0 {
		n.Timed++
		n.Sum += uint64(e.Duration)
		n.Max = max(n.Max, uint64(e.Duration))
		n.Buckets[event.BucketIndex(uint64(e.Duration))]++
	}
}

func plain(c store.Cell) *naive {
	n := &naive{
		Events: c.Events, Calls: c.Calls, Successes: c.Successes, Errors: c.Errors, Canceled: c.Canceled,
		Panics: c.Panics, Goexits: c.Goexits, Unfinished: c.Unfinished,
		Timed: c.Durations.Count, Sum: c.Durations.Sum, Max: c.Durations.Max, Buckets: map[int]uint64{},
	}
	for i, count := range c.Durations.BucketCounts {
		if count > 0 {
			n.Buckets[c.Durations.Offset+i] = count
		}
	}
	return n
}

func compareKeys(a, b store.CellKey) int {
	switch {
	case a.Day != b.Day:
		return int(a.Day - b.Day)
	case a.Version != b.Version:
		return compareText(a.Version, b.Version)
	case a.Kind != b.Kind:
		return compareText(string(a.Kind), string(b.Kind))
	}
	return compareText(a.Name, b.Name)
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}
