package outbox

import (
	"encoding/json"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// expiry is what retain gives up of what the person had let go: events that the
// server does not have, recorded since the yes that holds now.
type expiry struct {
	n      uint64
	oldest event.ID
	like   []byte // the JSON of the last of them
}

// add counts an event. They come from the oldest on.
func (x *expiry) add(id event.ID, text []byte) {
	if x.n == 0 {
		x.oldest = id
	}
	x.n += event.Lost(text)
	x.like = text
}

// report makes the event that tells of them. It says of program and machine what the
// last of them did, and it is of now: they were given up now, and by a yes that
// holds now.
func (x *expiry) report(now time.Time) (r event.Record, ok bool) {
	var e event.Event
	if x.n == 0 || json.Unmarshal(x.like, &e) != nil {
		return r, false
	}
	e.SchemaVersion, e.ID, e.Timestamp, e.SessionID = event.SchemaVersion, event.NewID(now), now, ""
	if e.Marks != nil { // those of another event
		e.Marks = new(event.Marks)
	}
	m := event.Metric{Name: event.LostExpired, Unit: "1", WindowStart: x.oldest.Time(), WindowEnd: now, Total: min(x.n, event.MaxTotal)}
	if now.Before(m.WindowStart) { // a clock was ahead
		m.WindowStart = now
	}
	e.Body = event.Body{Type: event.TypeMetric, Data: event.AppendMetric(nil, m)}
	return event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)}, true
}
