package analytics

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// lossCell tells, in so many events, of losses under a metric's name.
func lossCell(name string, daysAgo int, totals ...uint64) store.Cell {
	c := cell(daysAgo, "v1.10.0", store.KindMetric, name, 0, 0, 0)
	for _, n := range totals {
		if err := c.AddEvent(&store.Event{Metric: &event.Metric{Name: name, Total: n}}); err != nil {
			panic(err)
		}
	}
	return c
}

// Losses are told beside the rows and not among them, whatever the question leaves
// out but the days.
func TestLosses(t *testing.T) {
	source := append(cells{}, some...)
	for _, c := range []store.Cell{
		lossCell(event.LostUnwritten, 1, 1, 1, 8), lossCell(event.LostExpired, 0, 20), lossCell(event.LostExpired, 40, 1000),
		lossCell("files", 1, 500),
	} {
		source = append(source, c)
	}
	// 4, 5, 2, 9 and, of custom ones that nobody sent, 0; and the one that counts files.
	want := Losses{Events: 30, Unwritten: 10, Expired: 20, Arrived: 21, ArrivedRate: new(21.0 / 51)}
	for _, q := range []Query{{}, {Kind: store.KindCommand}, {Kind: store.KindMetric}, {By: ByDay}, {By: ByVersion}} {
		q.Org, q.App = "acme", "tool"
		u, err := ReadUsage(t.Context(), source, q, today)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, u.Lost); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", q, diff)
		}
		for _, row := range u.Rows {
			if strings.Contains(row.Name, "lost") {
				t.Errorf("%+v: a row %+v", q, row)
			}
		}
	}
	const words = "41.1 % of the events arrived; lost on people's machines: 10 could not be written (disk or spool full), 20 were too old or too many before they could be sent"
	if got := want.Words(); got != words {
		t.Errorf("in words:\n%s\nwant\n%s", got, words)
	}
}

// Where nothing was lost there is nothing to say, and a name counts for a metric
// alone.
func TestNoLosses(t *testing.T) {
	u := read(t, Query{})
	if u.Lost.Events != 0 || u.Lost.Arrived == 0 || FormatRate(u.Lost.ArrivedRate) != "100.0 %" || u.Lost.Words() != "" {
		t.Errorf("%+v, %q", u.Lost, u.Lost.Words())
	}
	u, err := ReadUsage(t.Context(), cells{cell(0, "v1", store.KindCustom, event.LostExpired, 1, 0, 0)}, Query{Org: "acme", App: "tool"}, today)
	if err != nil || u.Lost.Events != 0 || len(u.Rows) != 1 {
		t.Errorf("an event of that name: %+v, %d rows (%v)", u.Lost, len(u.Rows), err)
	}
	if u, err = ReadUsage(t.Context(), cells{}, Query{Org: "acme", App: "tool"}, today); err != nil || u.Lost != (Losses{}) {
		t.Errorf("of nobody: %+v (%v)", u.Lost, err)
	}
	one := cells{cell(0, "v1", store.KindCommand, "a", 9999, 0, 0), lossCell(event.LostUnwritten, 0, 1)}
	if u, err = ReadUsage(t.Context(), one, Query{Org: "acme", App: "tool"}, today); err != nil || !strings.HasPrefix(u.Lost.Words(), "99.9 % ") {
		t.Errorf("one in ten thousand does not show: %q (%v)", u.Lost.Words(), err)
	}
}
