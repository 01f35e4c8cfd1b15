package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// unreliable loses some requests before the server has them, and some answers
// when it has.
type unreliable struct{ r *rand.Rand }

func (u unreliable) RoundTrip(req *http.Request) (*http.Response, error) {
	luck := u.r.IntN(10)
	if luck == 0 {
		return nil, errors.New("the request is lost")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && luck < 3 {
		resp.Body.Close()
		return nil, errors.New("the answer is lost")
	}
	return resp, err
}

// install is one installation of the program in a simulated population.
type install struct {
	dir, dsn string
	marks    *event.Marks // those of a program without an id, else nil
}

// use records n events at a time.
func (i install) use(t *testing.T, at time.Time, n int) {
	t.Helper()
	w := spool.Writer{Dir: filepath.Join(i.dir, "spool")}
	defer w.Close()
	for range n {
		e := event.Event{
			SchemaVersion: event.SchemaVersion, ID: event.NewID(at), Timestamp: at, Marks: i.marks,
			Service:     event.Service{Name: "testprog", Version: "v1", Language: "go"},
			Environment: event.Environment{OS: "linux"},
			Body:        event.Body{Type: event.TypeCustom, Data: event.AppendCustom(nil, "thing", nil)},
		}
		if !w.Append(at, event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)}) {
			t.Fatal(w.Err())
		}
		at = at.Add(time.Second)
	}
}

// A population of installs whose days are known: the numbers of a program with
// install ids, of one without any and the truth are the same, whatever the network
// does on the way.
func TestPopulation(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	r := rand.New(rand.NewPCG(17, 4))
	now := time.Date(2026, 9, 21, 8, 0, 0, 0, time.UTC)
	srv, err := server.Open(server.Config{Data: t.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	web := httptest.NewServer(srv.Handler())
	defer web.Close()
	apps := map[string]string{}
	for _, app := range []string{"ids", "marks"} {
		dsn, err := srv.CreateApp(t.Context(), "acme", app, web.URL)
		if err != nil {
			t.Fatal(err)
		}
		apps[app] = dsn.String()
	}
	const installs, days = 14, 50
	active := map[int]map[store.Day]bool{}
	first := store.DayOf(now)
	for n := range installs {
		active[n] = map[store.Day]bool{}
		born, habit := r.IntN(days-10), 1+r.IntN(6) // of seven days
		for d := born; d < days; d++ {
			active[n][first+store.Day(d)] = d == born || r.IntN(7) < habit
		}
	}
	for _, app := range []string{"ids", "marks"} {
		for n := range installs {
			i := install{dir: t.TempDir(), dsn: apps[app]}
			if app == "marks" {
				i.marks = new(event.Marks)
			}
			i.live(t, r, &now, first, days, active[n])
		}
	}
	now = (first + days).Time()
	want := expected(active, first, first+days)
	for _, app := range []string{"ids", "marks"} {
		u, err := srv.Usage(t.Context(), analytics.Query{Org: "acme", App: app, From: first, To: first + days})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, u.Actives); diff != "" {
			t.Errorf("%s (-truth +counted):\n%s", app, diff)
		}
	}
	t.Logf("%d installs, %d days: %d daily, %d weekly, %d monthly counts and %d cohorts agree", installs, days, len(want.Days), len(want.Weeks), len(want.Months), len(want.Retention))
}

// live goes through the days of one install. It sends now and then, gives up when
// the network fails, and tries again another day.
func (i install) live(t *testing.T, r *rand.Rand, now *time.Time, first store.Day, days int, active map[store.Day]bool) {
	t.Helper()
	client := &http.Client{Transport: unreliable{r}}
	sync := func() error {
		_, err := Sync(context.WithoutCancel(t.Context()), Options{Service: "testprog", Dir: i.dir, DSN: i.dsn, Force: true, Client: client, Now: func() time.Time { return *now }})
		if err != nil && !errors.Is(err, ErrLater) {
			t.Fatal(err)
		}
		return err
	}
	for d := first; d < first+store.Day(days); d++ {
		*now = d.Time().Add(time.Duration(r.IntN(20)) * time.Hour)
		if active[d] {
			i.use(t, *now, 1+r.IntN(3))
		}
		if active[d] && r.IntN(3) == 0 {
			_ = sync()
		}
	}
	for sync() != nil {
		continue
	}
	if id, err := filepath.Glob(filepath.Join(i.dir, "install-id*")); err != nil || (len(id) > 0) != (i.marks == nil) {
		t.Errorf("files of an install id: %v (%v)", id, err)
	}
}

// expected counts plainly.
func expected(active map[int]map[store.Day]bool, from, to store.Day) (a analytics.Actives) {
	born := map[int]store.Day{}
	spans := map[store.Span]map[store.Day]map[int]bool{}
	for _, span := range store.Spans {
		spans[span] = map[store.Day]map[int]bool{}
	}
	for d := from; d <= to; d++ {
		for n := range len(active) {
			if !active[n][d] {
				continue
			}
			if _, was := born[n]; !was {
				born[n] = d.StartOf(store.SpanWeek)
			}
			for _, span := range store.Spans {
				start := d.StartOf(span)
				if spans[span][start] == nil {
					spans[span][start] = map[int]bool{}
				}
				spans[span][start][n] = true
			}
		}
	}
	for d := from - 40; d <= to; d++ {
		for span, out := range map[store.Span]*[]analytics.Active{store.SpanDay: &a.Days, store.SpanWeek: &a.Weeks, store.SpanMonth: &a.Months} {
			if who := spans[span][d]; who != nil {
				*out = append(*out, analytics.Active{Start: d.String(), Installs: uint64(len(who))})
			}
		}
	}
	for monday := from.StartOf(store.SpanWeek); monday <= to; monday += 7 {
		row := analytics.Cohort{Week: monday.Week()}
		for week := monday; week <= to.StartOf(store.SpanWeek); week += 7 {
			count := uint64(0)
			for n := range spans[store.SpanWeek][week] {
				if born[n] == monday {
					count++
				}
			}
			row.Active = append(row.Active, count)
		}
		if row.Active[0] > 0 {
			a.Retention = append(a.Retention, row)
		}
	}
	return a
}
