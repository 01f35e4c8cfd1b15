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

// Memory of a page, in bytes and records, that is worth keeping.
const (
	keptJSON    = 64 << 10
	keptRecords = 128
)

// clear makes the page one that nothing has been written on yet.
func (p *page) clear() {
	if cap(p.json) > keptJSON || cap(p.records) > keptRecords {
		p.json, p.records = nil, nil // a rare, large one
	}
	p.records, p.json = p.records[:0], p.json[:0]
}

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
	p := &s.page
	defer p.clear()
	for _, f := range s.features() {
		if sum, ok := f.Delta(now, p.counts[:0]); ok {
			p.counts = sum.Duration.BucketCounts
			p.data = event.AppendSummary(slices.Grow(p.data[:0], 512), sum)
			s.window(sum.WindowStart, event.TypeSummary, consented)
		}
	}
	for _, m := range s.metricsNow() {
		if d, ok := m.Delta(now); ok {
			p.data = event.AppendMetric(p.data[:0], d)
			s.window(d.WindowStart, event.TypeMetric, consented)
		}
	}
	if len(p.records) > 0 {
		s.write(now, p.records...)
	}
	return len(p.records) > 0
}

// window adds the record of what was counted since start, the page's data.
func (s *Session) window(start time.Time, kind event.Type, consented bool) {
	p, e := &s.page, s.head
	e.ID, e.Timestamp, e.Body = event.NewID(start), start, event.Body{Type: kind, Data: p.data}
	from := len(p.json)
	p.json = e.AppendJSON(slices.Grow(p.json, 1024))
	p.records = append(p.records, event.Record{ID: e.ID, Consented: consented, JSON: p.json[from:len(p.json):len(p.json)]})
}
