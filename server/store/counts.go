package store

import (
	"math"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// CellKey names a rollup cell of an application.
type CellKey struct {
	Day     Day
	Version string // of the program that sent
	Kind    Kind
	Name    string
}

// Cell is one rollup cell: what one name did on one day in one version.
type Cell struct {
	CellKey
	Counts
}

// CellKey names the cell that counts the event.
func (e *Event) CellKey() CellKey {
	return CellKey{Day: DayOf(e.Time), Version: e.Service.Version, Kind: e.Kind, Name: e.Name}
}

// Counts is what a cell counts. Calls whose end the sender did not tell are
// among Calls and nowhere else, so the others need not add up to it.
type Counts struct {
	Events     uint64 // whatever they count
	Calls      uint64 // of a metric, what was counted or how many values were measured
	Successes  uint64
	Errors     uint64
	Canceled   uint64
	Panics     uint64
	Goexits    uint64
	Unfinished uint64
	// Durations is over the calls that have one, in nanoseconds.
	Durations event.Histogram
}

// Judged is how many calls told whether they succeeded. Those that were canceled
// did not: somebody wanted no answer any more.
func (c *Counts) Judged() uint64 {
	return Add(c.Successes, c.Errors, c.Panics, c.Goexits, c.Unfinished)
}

// AddEvent counts one event. Its Summary or Metric, if any, has been checked.
func (c *Counts) AddEvent(e *Event) error {
	c.Events = Add(c.Events, 1)
	switch {
	case e.Summary != nil:
		return c.addSummary(e.Summary)
	case e.Metric != nil:
		c.Calls = Add(c.Calls, e.Metric.Recorded())
		return nil
	}
	c.Calls = Add(c.Calls, 1)
	switch e.Outcome {
	case event.OK:
		c.Successes = Add(c.Successes, 1)
	case event.Error:
		c.Errors = Add(c.Errors, 1)
	case event.Canceled:
		c.Canceled = Add(c.Canceled, 1)
	case event.Panic:
		c.Panics = Add(c.Panics, 1)
	case event.Goexit:
		c.Goexits = Add(c.Goexits, 1)
	case event.Unfinished:
		c.Unfinished = Add(c.Unfinished, 1)
	}
	if e.Duration >= 0 {
		c.Durations.Add(uint64(e.Duration))
	}
	return nil
}

func (c *Counts) addSummary(s *event.Summary) error {
	others := Add(s.Errors, s.Canceled, s.Panics, s.Goexits)
	return c.Merge(Counts{
		Calls: s.Calls, Successes: s.Calls - min(others, s.Calls), Errors: s.Errors, Canceled: s.Canceled,
		Panics: s.Panics, Goexits: s.Goexits, Durations: s.Duration,
	})
}

// Merge adds what other counted.
func (c *Counts) Merge(other Counts) error {
	c.Events = Add(c.Events, other.Events)
	c.Calls = Add(c.Calls, other.Calls)
	c.Successes = Add(c.Successes, other.Successes)
	c.Errors = Add(c.Errors, other.Errors)
	c.Canceled = Add(c.Canceled, other.Canceled)
	c.Panics = Add(c.Panics, other.Panics)
	c.Goexits = Add(c.Goexits, other.Goexits)
	c.Unfinished = Add(c.Unfinished, other.Unfinished)
	if other.Durations.Count == 0 || other.Durations.Count > math.MaxInt64-min(c.Durations.Count, math.MaxInt64) {
		return nil // nothing to add, or so much that a liar must have sent it
	}
	return c.Durations.Merge(other.Durations)
}

// Add stops at the largest number that every database can hold: a sender that
// lies about its counts must not turn a sum negative.
func Add(terms ...uint64) uint64 {
	sum := uint64(0)
	for _, n := range terms {
		if sum += min(n, math.MaxInt64); sum > math.MaxInt64 {
			sum = math.MaxInt64
		}
	}
	return sum
}
