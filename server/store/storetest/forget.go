package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// testForget forgets one person after the other. Each time the store must be as
// if it had never had anything of theirs.
func testForget(t *testing.T, s store.Store) {
	app, other := newApp(t, s, "org", "app"), newApp(t, s, "org", "other")
	made := NewMaker(30)
	var all []store.Event
	for range 600 {
		all = append(all, made.Event())
	}
	write(t, s, app, all)
	write(t, s, other, all) // the same people elsewhere: another application's business
	rest := all
	for _, user := range users(all) {
		theirs := of(user, rest)
		rest = without(user, rest)
		forget(t, s, app, user, len(theirs))
		CheckRollups(t, s, app.ID, rest)
		checkEvents(t, s, app, rest)
		forget(t, s, app, user, 0) // once more
		late := []store.Event{rest[0], theirs[0], rest[0], theirs[len(theirs)-1]}
		got, err := s.Write(t.Context(), app.ID, late)
		if diff := cmp.Diff(store.Written{Duplicates: 2, Forgotten: []int{1, 3}}, got); diff != "" || err != nil {
			t.Fatalf("what arrives late of somebody forgotten, %v (-want +got):\n%s", err, diff)
		}
		CheckRollups(t, s, app.ID, rest)
		if len(rest) < 200 {
			break
		}
	}
	CheckRollups(t, s, other.ID, all)
	forget(t, s, app, "client_nobody", 0)
}

// testForgetUnderLoad: whoever is forgotten while their events and those of
// others arrive is gone in the end, and everybody else is not.
func testForgetUnderLoad(t *testing.T, s store.Store) {
	app := newApp(t, s, "org", "app")
	const senders, batches = 4, 15
	sent := make([][]store.Event, senders)
	gone := fmt.Sprintf("client_%064x", 7)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			made := NewMaker(uint64(200 + i))
			for range batches {
				batch := made.Batch(sent[i])
				if _, err := s.Write(t.Context(), app.ID, batch); err != nil {
					t.Errorf("writing: %v", err)
				}
				sent[i] = append(sent[i], batch...)
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			if _, err := s.Forget(t.Context(), app.ID, gone); err != nil {
				t.Errorf("forgetting: %v", err)
			}
		}
	})
	wg.Wait()
	rest := without(gone, slices.Concat(sent...))
	CheckRollups(t, s, app.ID, rest)
	checkEvents(t, s, app, rest)
}

// testForgetReopened: what was forgotten stays so.
func testForgetReopened(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	app := newApp(t, s, "org", "app")
	e := NewMaker(50).Event()
	e.User, e.Marks = fmt.Sprintf("client_%064x", 7), event.Marks{}
	write(t, s, app, []store.Event{e})
	forget(t, s, app, e.User, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forget(t.Context(), app.ID, e.User); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("forgetting after Close: got %v, want ErrUnavailable", err)
	}
	s = open(t, dir)
	defer s.Close()
	if got, err := s.Write(t.Context(), app.ID, []store.Event{e}); err != nil || len(got.Forgotten) != 1 {
		t.Errorf("after opening again: %+v, %v; want it left out", got, err)
	}
	CheckRollups(t, s, app.ID, nil)
}

func forget(t *testing.T, s store.Store, app store.App, user string, want int) {
	t.Helper()
	if got, err := s.Forget(t.Context(), app.ID, user); err != nil || got != want {
		t.Fatalf("forgetting %s: %d events removed, %v; want %d", user, got, err, want)
	}
}

func checkEvents(t *testing.T, s store.Store, app store.App, want []store.Event) {
	t.Helper()
	var got []store.Event
	err := s.Events(t.Context(), app.ID, func(e store.Event) error {
		got = append(got, e)
		return nil
	})
	if diff := cmp.Diff(ByID(want), got); diff != "" || err != nil {
		t.Errorf("events (-want +got), %v:\n%s", err, diff)
	}
}

// users are the people of the events, in some order.
func users(events []store.Event) (all []string) {
	for _, e := range events {
		if e.User != "" && !slices.Contains(all, e.User) {
			all = append(all, e.User)
		}
	}
	return all
}

func of(user string, events []store.Event) []store.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e store.Event) bool { return e.User != user })
}

func without(user string, events []store.Event) []store.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e store.Event) bool { return e.User == user })
}
