package analytics

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

var today = time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)

// cells is a source with one application.
type cells []store.Cell

func (cells) App(_ context.Context, org, name string) (store.App, error) {
	if org != "acme" || name != "tool" {
		return store.App{}, store.ErrNotFound
	}
	return store.App{ID: 1, Org: org, Name: name}, nil
}

func (cells) Actives(context.Context, store.AppID, store.Span, store.Day, store.Day) ([]store.Active, error) {
	return nil, nil
}

func (c cells) Cells(_ context.Context, _ store.AppID, from, to store.Day) (found []store.Cell, _ error) {
	for _, cell := range c {
		if cell.Day >= from && cell.Day <= to {
			found = append(found, cell)
		}
	}
	return found, nil
}

// cell counts ok and failed calls, each of them taking d.
func cell(daysAgo int, version string, kind store.Kind, name string, ok, failed int, d time.Duration) store.Cell {
	c := store.Cell{CellKey: store.CellKey{Day: store.DayOf(today) - store.Day(daysAgo), Version: version, Kind: kind, Name: name}}
	for i := range ok + failed {
		e := store.Event{Outcome: event.OK, Duration: d}
		if i >= ok {
			e.Outcome = event.Error
		}
		if err := c.AddEvent(&e); err != nil {
			panic(err)
		}
	}
	return c
}

var some = cells{
	cell(40, "v0.9.0", "command", "old", 1, 0, time.Second),
	cell(2, "v1.9.0", "command", "deploy", 3, 1, 100*time.Millisecond),
	cell(2, "v1.9.0", "feature", "cache", 5, 0, time.Microsecond),
	cell(1, "v1.10.0", "command", "deploy", 1, 1, 100*time.Millisecond),
	cell(1, "v1.10.0", "command", "status", 9, 0, time.Millisecond),
	cell(0, "v1.10.0", "custom", "seen", 0, 0, 0),
}

func read(t *testing.T, q Query) Usage {
	t.Helper()
	q.Org, q.App = "acme", "tool"
	u, err := ReadUsage(t.Context(), some, q, today)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// short is what the tests look at of a row.
type line struct {
	Day, Version string
	Kind         store.Kind
	Name         string
	Calls        uint64
	Success      string
}

func lines(u Usage) (got []line) {
	for _, r := range u.Rows {
		got = append(got, line{r.Day, r.Version, r.Kind, r.Name, r.Calls, FormatRate(r.SuccessRate)})
	}
	return got
}

func TestUsageByName(t *testing.T) {
	u := read(t, Query{})
	want := []line{ // commands first, the most called first
		{"", "", "command", "status", 9, "100.0 %"},
		{"", "", "command", "deploy", 6, "66.6 %"},
		{"", "", "feature", "cache", 5, "100.0 %"},
		{"", "", "custom", "seen", 0, "–"},
	}
	if diff := cmp.Diff(want, lines(u)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if u.From != "2026-02-13" || u.To != "2026-03-14" || u.Groups != nil || u.Total.Calls != 20 {
		t.Errorf("%s to %s, %d calls, %v; want the 30 days to today, 20 calls and no groups", u.From, u.To, u.Total.Calls, u.Groups)
	}
	if got := *u.Rows[1].P50MS; math.Abs(got/100-1) > 0.045 {
		t.Errorf("p50 = %v ms, want 100 within 4.5 %%", got)
	}
}

func TestUsageByDay(t *testing.T) {
	u := read(t, Query{By: ByDay, Kind: store.KindCommand})
	want := []line{
		{"2026-03-12", "", "command", "deploy", 4, "75.0 %"},
		{"2026-03-13", "", "command", "status", 9, "100.0 %"},
		{"2026-03-13", "", "command", "deploy", 2, "50.0 %"},
	}
	if diff := cmp.Diff(want, lines(u)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(u.Groups) != 2 || u.Groups[0].Day != "2026-03-12" || u.Groups[1].Calls != 11 {
		t.Errorf("groups %+v, want the two days forward", u.Groups)
	}
}

func TestUsageByVersion(t *testing.T) {
	u := read(t, Query{By: ByVersion, From: store.DayOf(today) - 100, To: store.DayOf(today) - 1})
	want := []line{
		{"", "v1.10.0", "command", "status", 9, "100.0 %"},
		{"", "v1.10.0", "command", "deploy", 2, "50.0 %"},
		{"", "v1.9.0", "command", "deploy", 4, "75.0 %"},
		{"", "v0.9.0", "command", "old", 1, "100.0 %"},
		{"", "v1.9.0", "feature", "cache", 5, "100.0 %"},
	}
	if diff := cmp.Diff(want, lines(u)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	var versions []string
	for _, g := range u.Groups {
		versions = append(versions, g.Version)
	}
	if diff := cmp.Diff([]string{"v1.10.0", "v1.9.0", "v0.9.0"}, versions); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

// Canceled calls are calls, and say nothing about success: half of those that
// were judged is half, and of nothing but canceled ones nothing is known.
func TestCanceledIsNotJudged(t *testing.T) {
	count := func(name string, outcomes ...event.Outcome) store.Cell {
		c := store.Cell{CellKey: store.CellKey{Day: store.DayOf(today), Version: "v1", Kind: store.KindCommand, Name: name}}
		for _, o := range outcomes {
			if err := c.AddEvent(&store.Event{Outcome: o, Duration: store.NoDuration}); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	src := cells{
		count("half", event.OK, event.Error, event.Canceled, event.Canceled, event.Canceled),
		count("none", event.Canceled),
	}
	u, err := ReadUsage(t.Context(), src, Query{Org: "acme", App: "tool"}, today)
	if err != nil {
		t.Fatal(err)
	}
	want := []line{
		{"", "", "command", "half", 5, "50.0 %"},
		{"", "", "command", "none", 1, Unknown},
	}
	if diff := cmp.Diff(want, lines(u)); diff != "" || u.Total.Canceled != 4 {
		t.Errorf("%d canceled, want 4; rows (-want +got):\n%s", u.Total.Canceled, diff)
	}
}

func TestUsageOfNobody(t *testing.T) {
	if _, err := ReadUsage(t.Context(), some, Query{Org: "acme", App: "x"}, today); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// The stated error holds: percentiles of merged cells against the exact ones.
func TestPercentileError(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var all []float64
		var c cells
		for day := range 5 {
			for range 1 + r.IntN(40) {
				d := time.Duration(1 + r.Int64N(int64(1)<<(1+r.IntN(40))))
				all = append(all, float64(d)/1e6)
				c = append(c, cell(day, "v1", "command", "a", 1, 0, d))
			}
		}
		slices.Sort(all)
		u, err := ReadUsage(t.Context(), c, Query{Org: "acme", App: "tool"}, today)
		if err != nil {
			t.Fatal(err)
		}
		for q, got := range map[float64]*float64{0.50: u.Total.P50MS, 0.95: u.Total.P95MS} {
			want := all[int(math.Ceil(q*float64(len(all))))-1]
			if math.Abs(*got/want-1) > 0.0453 {
				t.Errorf("p%v of %d values = %v, exactly %v: off by %.1f %%", q*100, len(all), *got, want, 100*math.Abs(*got/want-1))
			}
		}
	}
}

func TestCompareVersions(t *testing.T) {
	ordered := []string{"(devel)", "abc", "v0.9", "v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta.2", "v1.0.0-beta.11", "1.0.0-rc.1", "v1.0.0", "1.2", "v1.9.0", "v1.10.0", "v10.0.0"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			if i != j {
				want = (i - j) / max(i-j, j-i)
			}
			if got := compareVersions(a, b); got != want {
				t.Errorf("compareVersions(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	for rate, want := range map[float64]string{1: "100.0 %", 0: "0.0 %", 0.99999: "99.9 %", 0.5: "50.0 %", 0.29: "29.0 %"} {
		if got := FormatRate(&rate); got != want {
			t.Errorf("FormatRate(%v) = %q, want %q", rate, got, want)
		}
	}
	for ms, want := range map[float64]string{
		0.0000011: "1.1 ns", 0.0021: "2.1 µs", 0.9: "900 µs", 1: "1.0 ms", 9.96: "10 ms", 943: "943 ms", 3200: "3.2 s", 111e3: "111 s", 180e3: "3.0 min", 7200e3: "2.0 h",
	} {
		if got := FormatMS(&ms); got != want {
			t.Errorf("FormatMS(%v) = %q, want %q", ms, got, want)
		}
	}
	if FormatRate(nil) != Unknown || FormatMS(nil) != Unknown {
		t.Error("what is not known is not written as unknown")
	}
}

func TestParseBy(t *testing.T) {
	for _, s := range []string{"", "day", "version"} {
		if by, err := ParseBy(s); err != nil || string(by) != s {
			t.Errorf("ParseBy(%q) = %q, %v", s, by, err)
		}
	}
	if _, err := ParseBy("hour"); err == nil {
		t.Error("ParseBy takes hour")
	}
}

// What a metric counts (bytes, say) is told in its row and added to no total of
// calls, unless metrics alone were asked for.
func TestMetricsAreNoCalls(t *testing.T) {
	source := append(cells{}, some...)
	without, err := ReadUsage(t.Context(), source, Query{Org: "acme", App: "tool", By: ByDay}, today)
	if err != nil {
		t.Fatal(err)
	}
	metric := cell(1, "v1.10.0", store.KindMetric, "size", 0, 0, 0)
	if err := metric.AddEvent(&store.Event{Metric: &event.Metric{Total: 1e9}}); err != nil {
		t.Fatal(err)
	}
	source = append(source, metric)
	with, err := ReadUsage(t.Context(), source, Query{Org: "acme", App: "tool", By: ByDay}, today)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(without.Groups, with.Groups); diff != "" || without.Total.Calls != with.Total.Calls {
		t.Errorf("total %d, want %d; groups (-without +with):\n%s", with.Total.Calls, without.Total.Calls, diff)
	}
	if last := with.Rows[len(with.Rows)-1]; last.Name != "size" || last.Kind != store.KindMetric || last.Calls != 1e9 {
		t.Errorf("the last row is %+v, want the metric", last)
	}
	alone, err := ReadUsage(t.Context(), source, Query{Org: "acme", App: "tool", Kind: store.KindMetric}, today)
	if err != nil || alone.Total.Calls != 1e9 || len(alone.Rows) != 1 {
		t.Errorf("metrics alone: %+v, %v", alone, err)
	}
}
