package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// lost is what the server says of losses, over all that there ever was.
func (r *real) lost() analytics.Losses {
	r.t.Helper()
	u, err := r.Usage(r.t.Context(), analytics.Query{Org: "acme", App: "prog", From: 1, To: store.DayOf(r.now()) + 1})
	if err != nil {
		r.t.Fatal(err)
	}
	return u.Lost
}

// overfill tracks more events than the spool has room for, which damage fills nearly
// to its end.
func overfill(t *testing.T, dir string) (events int) {
	t.Helper()
	const room, most = 64 << 10, 500 // each takes more than 200 bytes
	path := filepath.Join(dir, "spool")
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for hour := range 2 { // it may be over in a moment
		name := "ev1-" + time.Now().UTC().Add(time.Duration(hour)*time.Hour).Format("2006010215") + ".tks"
		if err := os.WriteFile(filepath.Join(path, name), make([]byte, spool.MaxSegment-room), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := telemetry.Start(telemetry.Config{Service: "testprog", Dir: dir})
	defer s.Stop()
	for range most {
		telemetry.Track("much")
	}
	return most
}

// A program records more than the spool takes. The server knows afterwards of every
// event: it has it, or knows that it was lost. That is said once, through lost
// answers, by two processes at once, and after the outbox was destroyed.
func TestLossesArrive(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	srv, dir := realServer(t), t.TempDir()
	events := overfill(t, dir)
	send := func(client *http.Client) error {
		_, err := Sync(context.WithoutCancel(t.Context()), Options{Service: "testprog", Dir: dir, DSN: srv.dsn.String(), Force: true, Client: client})
		return err
	}
	atOnce(t, func() error { return send(nil) })
	first := srv.whole(events)
	if err := os.WriteFile(filepath.Join(dir, outbox.File), []byte("no database any more"), 0o600); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: unreliable{rand.New(rand.NewPCG(1, 2))}}
	for err := ErrLater; err != nil; {
		if err = send(client); err != nil && !errors.Is(err, ErrLater) {
			t.Fatal(err)
		}
	}
	atOnce(t, func() error { return send(nil) })
	if again := srv.whole(events); again.Events != first.Events {
		t.Errorf("lost %+v, and after the outbox was made anew %+v", first, again)
	}
	t.Logf("%d events: %s", events, first.Words())
}

// atOnce runs f twice at the same time.
func atOnce(t *testing.T, f func() error) {
	t.Helper()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := f(); err != nil && !errors.Is(err, ErrLater) {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

// whole fails unless what the server has and what it knows to be lost are so many
// events, some of each.
func (r *real) whole(events int) analytics.Losses {
	r.t.Helper()
	u, err := r.Usage(r.t.Context(), analytics.Query{Org: "acme", App: "prog"})
	if err != nil {
		r.t.Fatal(err)
	}
	lost := u.Lost
	if got := u.Total.Calls + lost.Unwritten; got != uint64(events) || lost.Unwritten == 0 || lost.Arrived != u.Total.Calls || lost.Expired != 0 {
		r.t.Errorf("%d events arrived and %+v is lost, of %d", u.Total.Calls, lost, events)
	}
	return lost
}

// Without a yes nothing is told, not even after a yes that comes later.
func TestLossesStayWithoutAYes(t *testing.T) {
	srv, dir := realServer(t), t.TempDir()
	overfill(t, dir)
	t.Setenv("TESTPROG_TELEMETRY", "on")
	recordSome(t, dir)
	if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: srv.dsn.String(), Now: srv.now}); err != nil {
		t.Fatal(err)
	}
	// Of what was recorded under the yes, only what found no room is told.
	if lost := srv.lost(); lost.Unwritten > 3 || lost.Expired > 0 {
		t.Errorf("lost %+v, want at most the three that were recorded with a yes", lost)
	}
}

// What could not be sent for a month is told when it can: what was recorded since
// the yes that holds, and by a program with and without an id.
func TestExpiredArrives(t *testing.T) {
	for name, marks := range map[string]*event.Marks{"id": nil, "no id": new(event.Marks)} {
		t.Run(name, func(t *testing.T) {
			srv, dir := realServer(t), t.TempDir()
			then := srv.now().Add(-outbox.MaxAge - 48*time.Hour)
			yes := then.Add(time.Hour)
			answer := "on " + yes.UTC().Format(time.RFC3339) + "\n"
			if err := os.WriteFile(filepath.Join(dir, "mode"), []byte(answer), 0o600); err != nil {
				t.Fatal(err)
			}
			i := install{dir: dir, marks: marks}
			i.use(t, then, 5) // under a yes that was taken back
			i.use(t, yes.Add(time.Hour), 70)
			o := Options{Service: "testprog", Dir: dir, DSN: srv.dsn.String(), Now: func() time.Time { return yes.Add(3 * time.Hour) }}
			srv.behind(status(http.StatusServiceUnavailable, "", ""))
			if _, err := Sync(t.Context(), o); !errors.Is(err, ErrLater) {
				t.Fatal(err)
			}
			i.use(t, srv.now().Add(-time.Hour), 2)
			srv.behind(nil)
			o.Now = srv.now
			for range 2 {
				if _, err := Sync(t.Context(), o); err != nil {
					t.Fatal(err)
				}
			}
			want := analytics.Losses{Events: 70, Expired: 70, Arrived: 2, ArrivedRate: new(2.0 / 72)}
			if got := srv.lost(); got.Events != want.Events || got.Expired != want.Expired || got.Arrived != want.Arrived || *got.ArrivedRate != *want.ArrivedRate {
				t.Errorf("want %+v, got %+v", want, got)
			}
		})
	}
}
