package spool

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// MaxSpool bounds what is held, in bytes of JSON; the oldest go first.
const MaxSpool = 1 << 20

// held is the spool of a folder's name: the records that nobody has taken over.
type held struct {
	id      event.ID // tells it from one of the same name that was cleared
	records []event.Record
	bytes   int64
	before  int64 // how many records there were before the first
	untold  losses
	report  Report // of the last writer
}

// spools are all of the process, by folder. The lock covers what they hold.
var spools struct {
	sync.Mutex
	held map[string]*held
}

// Writer appends records. It may be used by many goroutines.
type Writer struct {
	// Dir names the spool.
	Dir string
	// Limit bounds what is held, in bytes; zero is MaxSpool.
	Limit int64
	// Report makes the events that tell of losses. They are there when somebody reads.
	// Nil: there are none.
	Report Report

	closed bool // under the lock of spools, as lastErr is
	err    error
}

var errClosed = errors.New("the spool is closed")

// Append holds records, in their order, and reports whether it did. Where there is
// no room the oldest go, which whoever reads is told by Reading.Dropped.
func (w *Writer) Append(now time.Time, records ...event.Record) bool {
	spools.Lock()
	defer spools.Unlock()
	if w.closed {
		w.err = errClosed
		return false
	}
	h := spools.held[w.Dir]
	if h == nil {
		h = &held{id: event.NewID(now)}
		if spools.held == nil {
			spools.held = map[string]*held{}
		}
		spools.held[w.Dir] = h
	}
	h.report = w.Report
	for _, r := range records {
		r.JSON = slices.Clone(r.JSON) // the caller's buffer is for the next one
		h.hold(r)
	}
	for h.bytes > cmp.Or(w.Limit, MaxSpool) {
		h.untold.add(expired, h.records[0])
		h.drop(1)
	}
	return true
}

func (h *held) hold(r event.Record) {
	h.records, h.bytes = append(h.records, r), h.bytes+int64(len(r.JSON))
}

// drop forgets the first n records.
func (h *held) drop(n int) {
	for i, r := range h.records[:n] {
		h.bytes -= int64(len(r.JSON))
		h.records[i] = event.Record{} // what is in front of a slice is not collected
	}
	h.records, h.before = h.records[n:], h.before+int64(n)
}

// Rest has nothing to close.
func (w *Writer) Rest() {}

// Close ends the writing. What is held stays.
func (w *Writer) Close() {
	spools.Lock()
	defer spools.Unlock()
	w.closed = true
}

// Err returns the last error, for those who want to know why nothing is kept.
func (w *Writer) Err() error {
	spools.Lock()
	defer spools.Unlock()
	return w.err
}

// Reader reads what Writers wrote in this process.
type Reader struct {
	// Dir names the spool. It need not exist.
	Dir string
	// Describe, if it is not nil, completes the records that were read.
	Describe func([]event.Record)
}

// segmentName is that of the only segment.
const segmentName = "memory"

// Segments returns the name of the only one, if anything was ever written.
func (r Reader) Segments() ([]string, error) {
	spools.Lock()
	defer spools.Unlock()
	if spools.held[r.Dir] == nil {
		return nil, nil
	}
	return []string{segmentName}, nil
}

// Size returns how many bytes are held.
func (r Reader) Size() int64 {
	spools.Lock()
	defer spools.Unlock()
	if h := spools.held[r.Dir]; h != nil {
		return h.bytes
	}
	return 0
}

// Read returns the records from the number next on, or all of them if first is not
// the spool's mark. Dropped counts those from next on that are no longer there.
func (r Reader) Read(name string, first event.ID, next int64) (event.Reading, error) {
	got := event.Reading{First: first, Next: next}
	spools.Lock()
	if h := spools.held[r.Dir]; h != nil && name == segmentName {
		got = h.read(first, next)
	}
	spools.Unlock()
	if r.Describe != nil {
		r.Describe(got.Records)
	}
	return got, nil
}

func (h *held) read(first event.ID, next int64) event.Reading {
	for _, r := range h.untold.reports(h.report) {
		h.hold(r)
	}
	h.untold = losses{}
	if first != h.id {
		next = 0
	}
	skip := min(max(0, next-h.before), int64(len(h.records)))
	got := event.Reading{First: h.id, Next: h.before + int64(len(h.records)), Dropped: max(0, h.before-next)}
	got.Records = append(got.Records, h.records[skip:]...)
	return got
}

// Over is never asked for here: what was taken over is in the same memory.
func (r Reader) Over(string, time.Time) bool { return true }

// Remove forgets the records in front of the number next, which somebody has taken
// over. The spool itself stays.
func (r Reader) Remove(_ string, next int64, _ time.Time) (removed bool, tail int64, err error) {
	spools.Lock()
	defer spools.Unlock()
	if h := spools.held[r.Dir]; h != nil {
		h.drop(int(min(max(0, next-h.before), int64(len(h.records)))))
	}
	return false, 0, nil
}

// Gone reports that the process of a begin cannot write its end any more. Here
// nobody has the begins of another one.
func (r Reader) Gone(uint32, uint32) bool { return false }

// Mark has nothing to tell to others: there are none.
func (r Reader) Mark([]event.Mark) {}

// Clear forgets everything and returns what that was, with the sizes.
func (r Reader) Clear() (sizes map[string]int64, err error) {
	spools.Lock()
	defer spools.Unlock()
	if h := spools.held[r.Dir]; h != nil {
		sizes = map[string]int64{r.Dir: h.bytes}
		delete(spools.held, r.Dir)
	}
	return sizes, nil
}

// Host is a mark of the place in which process ids mean something: nowhere.
func Host() uint32 { return 0 }
