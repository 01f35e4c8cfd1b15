// Package storetest is the suite that every driver of package store passes.
//
// In comes a function that opens a store; the suite fails the test where the
// driver means something else than the others. What rollups must hold is
// computed here once more, naively, from single calls.
package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Open opens the store that lives at dir, a folder of the test's own; opened
// again, it holds what it held. The suite closes it.
type Open func(t *testing.T, dir string) store.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Run("directory", func(t *testing.T) { testDirectory(t, fresh(t, open)) })
	t.Run("logins", func(t *testing.T) { testLogins(t, fresh(t, open)) })
	t.Run("events come back", func(t *testing.T) { testEvents(t, fresh(t, open)) })
	t.Run("duplicates", func(t *testing.T) { testDuplicates(t, fresh(t, open)) })
	t.Run("span", func(t *testing.T) { testSpan(t, fresh(t, open)) })
	t.Run("huge counts", func(t *testing.T) { testHuge(t, fresh(t, open)) })
	t.Run("reopened", func(t *testing.T) { testReopened(t, open) })
	t.Run("closed", func(t *testing.T) { testClosed(t, fresh(t, open)) })
	t.Run("rollups equal a naive pass", func(t *testing.T) { testRollups(t, fresh(t, open)) })
	t.Run("forgotten", func(t *testing.T) { testForget(t, fresh(t, open)) })
	t.Run("forgotten while others write", func(t *testing.T) { testForgetUnderLoad(t, fresh(t, open)) })
	t.Run("forgotten and reopened", func(t *testing.T) { testForgetReopened(t, open) })
}

func fresh(t *testing.T, open Open) store.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// now is the suite's clock.
var now = time.Date(2026, 3, 14, 15, 9, 26, 535e6, time.UTC)

func newApp(t *testing.T, s store.Store, org, name string) store.App {
	t.Helper()
	app, err := s.CreateApp(t.Context(), org, name, store.Credential{
		TokenHash: [32]byte([]byte(fmt.Sprintf("%32s", org+"/"+name))), SealedSecret: []byte("sealed " + name), Created: now,
	})
	if err != nil {
		t.Fatalf("creating %s/%s: %v", org, name, err)
	}
	return app
}

func testDirectory(t *testing.T, s store.Store) {
	b, a := newApp(t, s, "org", "b"), newApp(t, s, "org", "a")
	other := newApp(t, s, "another", "z")
	if _, err := s.CreateApp(t.Context(), "org", "a", store.Credential{TokenHash: [32]byte{9}, Created: now}); !errors.Is(err, store.ErrExists) {
		t.Errorf("creating an application twice: got %v, want ErrExists", err)
	}
	if _, _, err := s.Credential(t.Context(), [32]byte{9}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the credential of the refused application: got %v, want ErrNotFound", err)
	}
	apps, err := s.Apps(t.Context())
	if diff := cmp.Diff([]store.App{other, a, b}, apps); diff != "" || err != nil {
		t.Errorf("applications (-want +got), %v:\n%s", err, diff)
	}
	if got, err := s.App(t.Context(), "org", "b"); err != nil || got != b {
		t.Errorf("App = %v, %v; want %v", got, err, b)
	}
	if _, err := s.App(t.Context(), "another", "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown application: got %v, want ErrNotFound", err)
	}
	hash := [32]byte([]byte(fmt.Sprintf("%32s", "org/a")))
	c, app, err := s.Credential(t.Context(), hash)
	if want := (store.Credential{TokenHash: hash, SealedSecret: []byte("sealed a"), Created: now}); err != nil || app != a || !cmp.Equal(c, want) {
		t.Errorf("Credential = %v, %v, %v; want %v of %v", c, app, err, want, a)
	}
}

func testLogins(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i, expires := range []time.Time{now.Add(time.Hour), now.Add(-time.Second)} {
		if err := s.AddLogin(ctx, [32]byte{byte(i)}, expires); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.TakeLogin(ctx, [32]byte{0}, now); err != nil {
		t.Errorf("first use: %v", err)
	}
	for what, hash := range map[string][32]byte{"second use": {0}, "expired": {1}, "never given out": {2}} {
		if err := s.TakeLogin(ctx, hash, now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", what, err)
		}
	}
}

func testEvents(t *testing.T, s store.Store) {
	app := newApp(t, s, "org", "app")
	made := NewMaker(1)
	var want []store.Event
	for range 200 {
		want = append(want, made.Event())
	}
	write(t, s, app, want)
	var got []store.Event
	err := s.Events(t.Context(), app.ID, func(e store.Event) error {
		got = append(got, e)
		return nil
	})
	if diff := cmp.Diff(ByID(want), got); diff != "" || err != nil {
		t.Errorf("events (-want +got), %v:\n%s", err, diff)
	}
	stop := errors.New("enough")
	if err := s.Events(t.Context(), app.ID, func(store.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("yield's error: got %v, want it passed on", err)
	}
}

func testDuplicates(t *testing.T, s store.Store) {
	app, other := newApp(t, s, "org", "app"), newApp(t, s, "org", "other")
	e := NewMaker(2).Event()
	for _, step := range []struct {
		app    store.App
		events []store.Event
		want   int
	}{
		{app, []store.Event{e, e, e}, 2}, // within a batch
		{app, []store.Event{e}, 1},       // across batches
		{other, []store.Event{e}, 0},     // the same id of another application is another event
	} {
		got, err := s.Write(t.Context(), step.app.ID, step.events)
		if err != nil || got.Duplicates != step.want {
			t.Errorf("writing %d times to %s: %d duplicates, %v; want %d", len(step.events), step.app.Name, got.Duplicates, err, step.want)
		}
	}
	for _, a := range []store.App{app, other} {
		CheckRollups(t, s, a.ID, []store.Event{e})
	}
}

func testSpan(t *testing.T, s store.Store) {
	app := newApp(t, s, "org", "app")
	first := store.DayOf(now)
	for day := range 5 {
		e := NewMaker(uint64(10 + day)).Event()
		e.Time = now.AddDate(0, 0, day)
		write(t, s, app, []store.Event{e})
	}
	cells, err := s.Cells(t.Context(), app.ID, first+1, first+3)
	if err != nil {
		t.Fatal(err)
	}
	var got []store.Day
	for _, c := range cells {
		got = append(got, c.Day)
	}
	if want := []store.Day{first + 1, first + 2, first + 3}; !cmp.Equal(got, want) {
		t.Errorf("days of the cells: got %v, want %v", got, want)
	}
}

// testHuge: a sender that lies about its counts gets nonsense and spoils
// nothing else.
func testHuge(t *testing.T, s store.Store) {
	app := newApp(t, s, "org", "app")
	for i := range 3 {
		liar := NewMaker(uint64(20+i)).Summary("hot", "v1", now, []Call{{OK: true, Duration: 1}})
		liar.Summary.Calls = 1 << 63
		liar.Summary.Duration.Count, liar.Summary.Duration.BucketCounts[0] = 1<<62, 1<<62
		liar.Data = marshal(liar.Summary)
		write(t, s, app, []store.Event{liar})
	}
	cells, err := s.Cells(t.Context(), app.ID, store.DayOf(now), store.DayOf(now))
	if err != nil || len(cells) != 1 || cells[0].Calls != 1<<63-1 {
		t.Errorf("cells = %+v, %v; want one with the largest number of calls", cells, err)
	}
}

func testReopened(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	app := newApp(t, s, "org", "app")
	made := NewMaker(3)
	events := []store.Event{made.Event(), made.Event(), made.Event()}
	write(t, s, app, events)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close()
	if again, err := s.App(t.Context(), "org", "app"); err != nil || again != app {
		t.Errorf("App after opening again = %v, %v; want %v", again, err, app)
	}
	if got, err := s.Write(t.Context(), app.ID, events); err != nil || got.Duplicates != len(events) {
		t.Errorf("redelivery after opening again: %d duplicates, %v; want %d", got.Duplicates, err, len(events))
	}
	CheckRollups(t, s, app.ID, events)
}

func testClosed(t *testing.T, s store.Store) {
	app := newApp(t, s, "org", "app")
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), app.ID, []store.Event{NewMaker(4).Event()}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("writing after Close: got %v, want ErrUnavailable", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Ping after Close: got %v, want ErrUnavailable", err)
	}
}

// testRollups has several senders deliver random batches, some of them twice
// and some events in two batches.
func testRollups(t *testing.T, s store.Store) {
	app := newApp(t, s, "org", "app")
	const senders, batches = 4, 20
	sent := make([][]store.Event, senders)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			made := NewMaker(uint64(100 + i))
			for range batches {
				batch := made.Batch(sent[i])
				if _, err := s.Write(t.Context(), app.ID, batch); err != nil {
					t.Errorf("writing: %v", err)
				}
				sent[i] = append(sent[i], batch...)
			}
		})
	}
	wg.Wait()
	var all []store.Event
	for _, events := range sent {
		all = append(all, events...)
	}
	CheckRollups(t, s, app.ID, all)
}

func write(t *testing.T, s store.Store, app store.App, events []store.Event) {
	t.Helper()
	if got, err := s.Write(t.Context(), app.ID, events); err != nil || got.Duplicates != 0 || got.Forgotten != nil {
		t.Fatalf("writing %d events: %+v, %v; want no duplicates", len(events), got, err)
	}
}

// everything is a span that holds all days of the suite.
func everything() (from, to store.Day) {
	return store.DayOf(now) - 10000, store.DayOf(now) + 10000
}
