package telemetry

import (
	"maps"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/counters"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// Unit is what a number of [Measure] is counted in. Its String is a code of UCUM's
// case sensitive variant (https://ucum.org/ucum), as OpenTelemetry's metrics use
// them. Prefer units without a prefix: Seconds to Milliseconds.
type Unit uint8

// The units. Any other is recorded as "other".
const (
	One            Unit = iota // "1": numbers of things, ratios
	Percent                    // "%"
	Bytes                      // "By"
	BytesPerSecond             // "By/s"
	Bits                       // "bit"
	Nanoseconds                // "ns"
	Microseconds               // "us"
	Milliseconds               // "ms"
	Seconds                    // "s"
	Minutes                    // "min"
	Hours                      // "h"
	Days                       // "d"
	Hertz                      // "Hz"
)

var units = [...]string{"1", "%", "By", "By/s", "bit", "ns", "us", "ms", "s", "min", "h", "d", "Hz"}

func (u Unit) String() string {
	if int(u) < len(units) {
		return units[u]
	}
	return sanitize.Other
}

// Count adds n to the total of what is counted under name:
//
//	telemetry.Count("index.files", int64(len(files)))
//
// Totals only grow. Of a negative n, which would let one shrink, it is only
// recorded that there was one; zero says nothing. Totals are written like the
// counts of a feature, as what came since the time before: at first use, then at
// intervals that double from 0.1 s to a minute, with each command that ends, and
// by [Session.Stop]. One such total stops at 2^53.
//
// The name follows the rules of [Begin], and beyond 1000 names what is counted is
// "other", too; so is telemetry.lost and what begins with telemetry.lost., under which
// telemetry itself counts what it had to give up. There are no attributes: say what is
// counted in the name.
func Count(name string, n int64) {
	if s := recording.Load(); s != nil {
		s.count(name, n)
	}
}

// Measure records one of the values that are measured under name, of which the
// count, the sum, the smallest, the largest and percentiles are kept:
//
//	telemetry.Measure("upload.size", float64(info.Size()), telemetry.Bytes)
//
// Any finite value is recorded, fractions, zero and what is below it too.
// Percentiles are within 4.5 % of the exact value for values from 2^-32 to 2^64 and
// their negatives; what is nearer to zero counts there as zero, and what is farther
// away as 2^64. Of NaN and infinities it is only recorded that there were some.
//
// The first unit that a name is measured in does not bind it: each unit has values
// of its own, and Config.Logger is told of the second. Values are written when
// totals are, and names follow the same rules; see [Count].
func Measure(name string, value float64, unit Unit) {
	if s := recording.Load(); s != nil {
		s.measure(name, value, unit)
	}
}

// metrics are the metrics of a session. They are never changed, but replaced by
// others that know one more name: to look one up takes no lock.
type metrics struct {
	known map[metricKey]metric
	all   []metric // each once, whatever names it goes by
}

type metricKey struct {
	name string
	unit Unit // one of units, otherUnit or noUnit
}

const (
	otherUnit = Unit(len(units))
	noUnit    = otherUnit + 1 // not measured, but counted
)

// metric is what is written of a Sum or of Values.
type metric interface {
	Pending() bool
	Delta(now time.Time) (event.Metric, bool)
}

func (s *Session) count(name string, n int64) {
	if n == 0 || s.stopped.Load() {
		return
	}
	if sum, ok := s.metric(metricKey{name, noUnit}).(*counters.Sum); ok {
		s.added(sum.Add(n))
	}
}

func (s *Session) measure(name string, value float64, unit Unit) {
	if s.stopped.Load() {
		return
	}
	if values, ok := s.metric(metricKey{name, min(unit, otherUnit)}).(*counters.Values); ok {
		s.added(values.Measure(value))
	}
}

// added is called after a metric was added to. It needs no clock: while the timer
// runs, that looks after what is due.
func (s *Session) added(first bool) {
	if first || !s.armed.Load() {
		s.counted(first, 0)
	}
}

func (s *Session) metric(key metricKey) metric {
	if m := s.metrics.Load(); m != nil {
		if found := m.known[key]; found != nil {
			return found
		}
	}
	found, oddity := s.newMetric(key)
	if oddity != "" { // not under the lock: who logs may want to count that
		s.debug(oddity, "metric", key.name, "unit", key.unit.String())
	}
	return found
}

// newMetric returns the metric that a key which was not known a moment ago stands
// for, and what has to be said about it.
func (s *Session) newMetric(key metricKey) (found metric, oddity string) {
	defer s.contain()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.metrics.Load()
	if old == nil {
		old = &metrics{known: map[metricKey]metric{}}
	}
	kept, oddity := old.keep(key)
	found = old.known[kept]
	if found != nil && (kept == key || old.full()) {
		return found, "" // somebody was faster, or it has been said
	}
	next := &metrics{known: maps.Clone(old.known), all: old.all}
	if found == nil {
		found = newCounters(kept)
		next.known[kept], next.all = found, append(next.all, found)
	}
	if !old.full() {
		next.known[key] = found
	}
	s.metrics.Store(next)
	return found, oddity
}

func newCounters(key metricKey) metric {
	if key.unit == noUnit {
		return counters.NewSum(key.name, One.String(), time.Now())
	}
	return counters.NewValues(key.name, key.unit.String(), time.Now())
}

func (m *metrics) full() bool { return len(m.known) >= maxNames }

// keep returns what a new key is recorded as, and what is odd about it.
func (m *metrics) keep(key metricKey) (kept metricKey, oddity string) {
	kept = metricKey{sanitize.Name(key.name), key.unit}
	switch {
	case event.Reserved(kept.name):
		kept.name = sanitize.Other
		oddity = `a metric's name is one of telemetry's own: it is recorded as "other"`
	case m.full():
		kept.name = sanitize.Other
		oddity = `there are too many metrics: this one is recorded as "other"`
	case kept != key:
		oddity = `a metric's name has other characters than a-z, 0-9, dot, hyphen and underscore, or looks like data: it is recorded as "other"`
	case key.unit == otherUnit:
		oddity = `a metric's unit is none of this package's: it is recorded as "other"`
	case m.measured(key.name) && key.unit != noUnit:
		oddity = "a metric is measured in a second unit: its values are recorded apart"
	}
	return kept, oddity
}

// measured reports whether the name has been measured, in whatever unit.
func (m *metrics) measured(name string) bool {
	for unit := range otherUnit + 1 {
		if m.known[metricKey{name, unit}] != nil {
			return true
		}
	}
	return false
}

// metricsNow returns the metrics that there are.
func (s *Session) metricsNow() []metric {
	if m := s.metrics.Load(); m != nil {
		return m.all
	}
	return nil
}
