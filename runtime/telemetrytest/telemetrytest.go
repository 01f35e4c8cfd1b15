// Package telemetrytest tells a test what the code under test has recorded.
//
// In comes a test; out go the events that the program would have sent, typed. All
// of it lies in a temporary folder, consent is given, and nothing is ever sent:
//
//	func TestDeploy(t *testing.T) {
//		recorded := telemetrytest.Start(t)
//		deploy("production")
//		if got := recorded.Call("cluster.deploy"); got.Outcome != event.OK {
//			t.Errorf("recorded %+v", got)
//		}
//	}
//
// Telemetry is one for a process, so a test that uses this package cannot run
// beside others: with t.Parallel it fails.
package telemetrytest

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Service is the name of the program in events of [Start].
const Service = "telemetrytest"

// Recorder is what was recorded since it was made.
type Recorder struct {
	// Config is for code that starts telemetry itself.
	Config telemetry.Config

	tb      testing.TB
	session *telemetry.Session
}

// Event is a call of a command, a call of a feature that is recorded each, or
// something that was tracked.
type Event struct {
	Name string
	Type event.Type
	// Outcome is event.Unfinished while a command runs, and empty of what was
	// tracked.
	Outcome   event.Outcome
	ErrorType string // "*fs.PathError"
	ErrorCode string // "quota.exceeded"
	ExitCode  *int   // nil if it is not known
	// Attributes are what is left of them: booleans, strings and, for all
	// numbers, float64; durations are milliseconds.
	Attributes map[string]any
	Time       time.Time // when it began
	Took       time.Duration
	// JSON is the whole event, as it would be sent.
	JSON string
}

// Count is how often a feature was called, and how that went.
type Count struct {
	Calls, Errors, Canceled, Panics, Goexits uint64
}

// Start records until the test ends.
func Start(tb testing.TB) *Recorder {
	tb.Helper()
	r := New(tb, Service)
	r.session = telemetry.Start(r.Config)
	tb.Cleanup(r.session.Stop)
	return r
}

// New is for code that starts telemetry itself, with r.Config or a copy of it.
// What that counts of features is seen once its session has stopped.
func New(tb testing.TB, service string) *Recorder {
	tb.Helper()
	tb.Setenv("DO_NOT_TRACK", "") // refuses tests that run in parallel
	tb.Setenv(consent.Variable(service), "on")
	return &Recorder{tb: tb, Config: telemetry.Config{Service: service, Version: "v0.0.0-test", Dir: tb.TempDir()}}
}

// Events returns all events in the order in which they began.
func (r *Recorder) Events() []Event {
	r.tb.Helper()
	var events []Event
	at := map[event.ID]int{}
	r.records(func(id event.ID, e event.Event, text []byte) {
		if e.Body.Type == event.TypeSummary || e.Body.Type == event.TypeMetric {
			return
		}
		i, begun := at[id] // then this is the end of it
		if !begun {
			i = len(events)
			at[id], events = i, append(events, Event{})
		}
		events[i] = r.event(e, text)
	})
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return events
}

// Call returns the only event of a name. The test fails if there is none, or more.
func (r *Recorder) Call(name string) Event {
	r.tb.Helper()
	var names []string
	var found []Event
	for _, e := range r.Events() {
		names = append(names, e.Name)
		if e.Name == name {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		r.tb.Fatalf("want one event of %s, got %d; recorded are %v, and counted %v", name, len(found), names, r.Features())
	}
	return found[0]
}

// Features returns the counts of the features whose calls are counted.
func (r *Recorder) Features() map[string]Count {
	r.tb.Helper()
	counts := map[string]Count{}
	r.records(func(_ event.ID, e event.Event, _ []byte) {
		if e.Body.Type != event.TypeSummary {
			return
		}
		sum := decode[event.Summary](r.tb, e.Body.Data)
		c := counts[sum.Feature]
		c.Calls, c.Errors, c.Canceled = c.Calls+sum.Calls, c.Errors+sum.Errors, c.Canceled+sum.Canceled
		c.Panics, c.Goexits = c.Panics+sum.Panics, c.Goexits+sum.Goexits
		counts[sum.Feature] = c
	})
	return counts
}

// Metric is what was counted under a name, or measured under it in one unit.
type Metric struct {
	Total   uint64 // of what was counted
	Invalid uint64 // see [event.Metric]
	Values  event.Distribution
}

// Metrics returns what was counted, by name, and what was measured, by name, a space
// and the unit: "upload.size By".
func (r *Recorder) Metrics() map[string]Metric {
	r.tb.Helper()
	metrics := map[string]Metric{}
	r.records(func(_ event.ID, e event.Event, _ []byte) {
		if e.Body.Type != event.TypeMetric {
			return
		}
		d := decode[event.Metric](r.tb, e.Body.Data)
		key := d.Name
		if d.Values != nil {
			key += " " + d.Unit
		}
		m := metrics[key]
		m.Total, m.Invalid = m.Total+d.Total, m.Invalid+d.Invalid
		if d.Values != nil {
			if err := m.Values.Merge(*d.Values); err != nil {
				r.tb.Fatal(err)
			}
		}
		metrics[key] = m
	})
	return metrics
}

// records reads the spool, as whoever sends would.
func (r *Recorder) records(use func(id event.ID, e event.Event, text []byte)) {
	r.tb.Helper()
	r.session.Flush()
	folders, err := consent.Locate(r.Config.Service, r.Config.Dir)
	if err != nil {
		r.tb.Fatal(err)
	}
	reader := spool.Reader{Dir: filepath.Join(folders.State, "spool")}
	names, err := reader.Segments()
	if err != nil {
		r.tb.Fatal(err)
	}
	for _, name := range names {
		got, err := reader.Read(name, event.ID{}, 0)
		if err != nil {
			r.tb.Fatal(err)
		}
		for _, record := range got.Records {
			use(record.ID, decode[event.Event](r.tb, record.JSON), record.JSON)
		}
	}
}

func (r *Recorder) event(e event.Event, text []byte) Event {
	r.tb.Helper()
	out := Event{Type: e.Body.Type, Time: e.Timestamp, JSON: string(text)}
	if e.Body.Type == event.TypeCustom {
		c := decode[event.Custom](r.tb, e.Body.Data)
		out.Name, out.Attributes = c.Name, c.Attributes
		return out
	}
	c := decode[event.Call](r.tb, e.Body.Data)
	out.Name, out.Outcome, out.ErrorType, out.Attributes = c.Name(), c.Outcome, c.ErrorType, c.Attributes
	out.ErrorCode, out.ExitCode = c.ErrorCode, c.ExitCode
	out.Took = time.Duration(c.DurationMS * float64(time.Millisecond))
	return out
}

func decode[T any](tb testing.TB, text []byte) T {
	tb.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		tb.Fatalf("reading what was recorded: %v in %s", err, text)
	}
	return v
}
