package spool

import (
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Report makes the event that tells of n events which were lost, the first of them
// recorded at since. metric is one of event.LostUnwritten and event.LostExpired. If
// ok is false, nobody is told.
type Report func(metric string, n uint64, since time.Time) (r event.Record, ok bool)

// Why events are lost.
const (
	unwritten = iota
	expired
	reasons
)

var metrics = [reasons]string{unwritten: event.LostUnwritten, expired: event.LostExpired}

// losses are the events that a writer has given up and told nobody of. Only those
// that were recorded with the person's yes count: the others would never have been
// sent, and how many there were is nobody's to know.
type losses [reasons]struct {
	n     uint64
	since time.Time
}

// add counts records. A begin does not count: its end does.
func (l *losses) add(why int, records ...event.Record) {
	of := &l[why]
	for _, r := range records {
		if !r.Consented || r.Begin {
			continue
		}
		if at := r.ID.Time(); of.n == 0 || at.Before(of.since) {
			of.since = at
		}
		of.n += event.Lost(r.JSON)
	}
}

func (l *losses) any() bool { return l[unwritten].n+l[expired].n > 0 }

// told takes those away of which somebody has been told.
func (l *losses) told(of losses) {
	for why := range l {
		l[why].n -= of[why].n
	}
}

// reports are the events that tell of them.
func (l *losses) reports(report Report) (records []event.Record) {
	for why, of := range l {
		if of.n == 0 || report == nil {
			continue
		}
		if r, ok := report(metrics[why], min(of.n, event.MaxTotal), of.since); ok {
			records = append(records, r)
		}
	}
	return records
}
