package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// checkActives reports whether the counts of active installs are what a pass over
// these events, each id once, counts: of installs with an id the different ids,
// of others the marks.
func checkActives(t *testing.T, r store.Reader, app store.AppID, events []store.Event) {
	t.Helper()
	first := map[string]time.Time{}
	for _, e := range events {
		if at, seen := first[e.User]; e.User != "" && (!seen || e.Time.Before(at)) {
			first[e.User] = e.Time
		}
	}
	from, to := everything()
	for span, name := range map[store.Span]func(time.Time) string{
		store.SpanDay:   func(t time.Time) string { return t.Format(time.DateOnly) },
		store.SpanWeek:  event.Week,
		store.SpanMonth: func(t time.Time) string { return t.Format("2006-01") },
	} {
		want, counted := map[[2]string]uint64{}, map[[2]string]bool{}
		for _, e := range ByID(events) {
			period := name(e.Time)
			switch who := [2]string{e.User, period}; {
			case e.User == "" && map[store.Span]bool{store.SpanDay: e.Marks.Day, store.SpanWeek: e.Marks.Week, store.SpanMonth: e.Marks.Month}[span]:
				want[[2]string{period, e.Marks.InstallWeek}]++
			case e.User != "" && !counted[who]:
				counted[who] = true
				want[[2]string{period, event.Week(first[e.User])}]++
			}
		}
		found, err := r.Actives(t.Context(), app, span, from, to)
		if err != nil {
			t.Fatalf("reading actives: %v", err)
		}
		got := map[[2]string]uint64{}
		for _, a := range found {
			got[[2]string{name(a.Start.Time()), a.Cohort.Week()}] += a.Installs
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("active installs by %s and first week (-naive +stored):\n%s", span, diff)
		}
	}
}
