package telemetry

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// serviceAgent can send within the program.
type serviceAgent struct {
	fakeAgent
	sent      atomic.Int32 // times, by the service's goroutines
	deletions int
	send      func(context.Context)
}

func (a *serviceAgent) Send(ctx context.Context, _ Place) {
	a.sent.Add(1)
	if a.send != nil {
		a.send(ctx)
	}
}

func (a *serviceAgent) LaunchDeletion(Place) { a.deletions++ }

// A program that runs for long starts a process at its start at most, and sends by
// itself from then on, whatever it records.
func TestService(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TESTPROG_TELEMETRY", "on")
	synctest.Test(t, func(t *testing.T) {
		a := &serviceAgent{}
		s := Start(Config{Service: "testprog", Dir: dir, Agent: a})
		time.Sleep(serveAfter / 2)
		_ = end(&tkFeature, "ok")
		if synctest.Wait(); a.sent.Load() != 0 {
			t.Errorf("sent %d times within half a minute", a.sent.Load())
		}
		time.Sleep(10 * serveEvery)
		if synctest.Wait(); a.sent.Load() != 10 || a.launched != 1 {
			t.Errorf("in ten minutes %d times asked to send and %d to start a process, want 10 and 1", a.sent.Load(), a.launched)
		}
		s.Stop()
		time.Sleep(10 * serveEvery)
		if synctest.Wait(); a.sent.Load() != 10 {
			t.Error("asked after Stop")
		}
	})
}

// Without a yes a service does not send, and from a yes on it does.
func TestServiceWithoutAYes(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		a := &serviceAgent{}
		s := Start(Config{Service: "testprog", Dir: dir, Agent: a})
		defer s.Stop()
		time.Sleep(5 * serveEvery)
		if synctest.Wait(); a.sent.Load() != 0 || a.launched != 0 {
			t.Errorf("asked %d times to send, %d to start a process", a.sent.Load(), a.launched)
		}
		if err := SetMode(On); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * serveEvery)
		if synctest.Wait(); a.sent.Load() != 2 {
			t.Errorf("asked %d times in two minutes after the yes", a.sent.Load())
		}
	})
}

// Stop ends a pass that is under way, and waits for it no longer than a second.
func TestStopOfService(t *testing.T) {
	for name, c := range map[string]struct {
		send func(ctx context.Context, never <-chan struct{})
		want time.Duration
	}{
		"it ends when it is told to": {func(ctx context.Context, _ <-chan struct{}) { <-ctx.Done() }, 0},
		"it hangs":                   {func(_ context.Context, never <-chan struct{}) { <-never }, stopLimit},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TESTPROG_TELEMETRY", "on")
			synctest.Test(t, func(t *testing.T) {
				never := make(chan struct{})
				a := &serviceAgent{send: func(ctx context.Context) { c.send(ctx, never) }}
				s := Start(Config{Service: "testprog", Dir: dir, Agent: a})
				time.Sleep(serveAfter + time.Second)
				synctest.Wait()
				began := time.Now()
				s.Stop()
				if took := time.Since(began); a.sent.Load() != 1 || took != c.want {
					t.Errorf("Stop took %s, want %s", took, c.want)
				}
				close(never)
			})
		})
	}
}

// A deletion that is owed is asked for whatever the answer is now, but on, where
// Launch sees to it.
func TestDeletionIsOwedAfterANo(t *testing.T) {
	for mode, want := range map[string]int{"off": 1, "local": 1, "on": 0} {
		t.Setenv("TESTPROG_TELEMETRY", mode)
		a := &serviceAgent{}
		s, _ := start(t, Config{Agent: a})
		s.Stop()
		if a.deletions != want {
			t.Errorf("%s: asked %d times, want %d", mode, a.deletions, want)
		}
	}
}
