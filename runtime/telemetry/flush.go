package telemetry

import (
	"slices"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// page is what one flush at a time is written down in. It is kept for the next
// one: a flush falls into whatever the program does just then, and a program that
// counts its own allocations, as many tests do, should not find ours.
type page struct {
	records []event.Record
	json    []byte // of the records, one behind the other
	data    []byte
	counts  []uint64
}

// fullPage is how much JSON is written at once, in bytes.
const fullPage = 32 << 10

// flush writes the counts of all features and metrics. It reports whether there were any.
func (s *Session) flush() bool {
	defer s.tell()
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	return s.flushLocked(time.Now())
}

func (s *Session) flushLocked(now time.Time) bool {
	s.refresh()
	consented := s.windows && s.consented()
	s.windows = s.consented()
	p, some := &s.page, false
	for _, f := range s.features() {
		if sum, ok := f.Delta(now, p.counts[:0]); ok {
			p.counts = sum.Duration.BucketCounts
			p.data = event.AppendSummary(slices.Grow(p.data[:0], 512), sum)
			s.window(sum.WindowStart, event.TypeSummary, consented)
			s.turn(now, fullPage)
			some = true
		}
	}
	for _, m := range s.metricsNow() {
		if d, ok := m.Delta(now); ok {
			p.data = event.AppendMetric(p.data[:0], d)
			s.window(d.WindowStart, event.TypeMetric, consented)
			s.turn(now, fullPage)
			some = true
		}
	}
	s.turn(now, 0)
	return some
}

// turn writes the page if it holds more than so many bytes of JSON, and clears it.
func (s *Session) turn(now time.Time, bytes int) {
	p := &s.page
	if len(p.json) <= bytes {
		return
	}
	records := p.records
	p.records, p.json = p.records[:0], p.json[:0] // first: a fault in write must not leave them for later
	s.write(now, records...)
}

// window adds the record of what was counted since start, the page's data.
func (s *Session) window(start time.Time, kind event.Type, consented bool) {
	p, e := &s.page, s.head
	e.ID, e.Timestamp, e.Body = event.NewID(start), start, event.Body{Type: kind, Data: p.data}
	from := len(p.json)
	p.json = e.AppendJSON(slices.Grow(p.json, 1024))
	p.records = append(p.records, event.Record{ID: e.ID, Consented: consented, JSON: p.json[from:len(p.json):len(p.json)]})
}
