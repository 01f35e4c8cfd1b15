package telemetry

import (
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// lossRecord makes the record that tells of n events which the spool had to give up.
// Like counts, it is of the time in which they began, so that what the person has said
// since holds for it. ok is false if nothing is recorded any more.
func (s *Session) lossRecord(metric string, n uint64, since time.Time) (r event.Record, ok bool) {
	if s.Mode() == Off {
		return r, false
	}
	until := time.Now()
	if until.Before(since) { // the clock was set back
		until = since
	}
	m := event.Metric{Name: metric, Unit: One.String(), WindowStart: since, WindowEnd: until, Total: n}
	e := s.head
	e.ID, e.Timestamp = event.NewID(since), since
	e.Body = event.Body{Type: event.TypeMetric, Data: event.AppendMetric(nil, m)}
	return event.Record{ID: e.ID, Consented: s.consented(), JSON: e.AppendJSON(nil)}, true
}
