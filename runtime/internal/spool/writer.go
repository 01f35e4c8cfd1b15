//go:build !wasm

package spool

import (
	"cmp"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Limits of what a spool may take on a disk that nobody drains.
const (
	// MaxSegment is how large a segment may grow, in bytes. What comes after is
	// dropped and counted until the hour is over.
	MaxSegment = 8 << 20
	// MaxSpool bounds all segments together, in bytes; the oldest go first.
	MaxSpool = 32 << 20
	// MaxAge bounds how long a segment may wait.
	MaxAge = 30 * 24 * time.Hour
)

// retryAfter is for how long a writer that could not open its segment does not
// try again: a read-only home should not cost every event a system call.
const retryAfter = time.Second

// Writer appends records. It opens nothing before the first one and keeps the
// segment open until the hour changes. The zero value with a Dir is ready; it
// may be used by many goroutines.
type Writer struct {
	// Dir is the folder of the segments, made with mode 0700 when it is needed.
	Dir string
	// Limit is how large a segment may grow; zero is MaxSegment.
	Limit int64
	// Report makes the events that tell of losses. They are written together with the
	// next record that gets through, and when the writer closes. Nil: there are none.
	Report Report

	mu      sync.Mutex
	file    segment
	open    bool
	hour    int64
	buf     []byte
	first   [1 << 10]byte // the first buf: one allocation less in a short program
	dropped uint64
	say     uint64 // so many are said even if nothing else can be written
	untold  losses // of dropped, those that Report is to tell of
	retry   time.Time
	lastErr error
	closed  bool
	frames  int // that were checksummed, up to patient
}

// patient is after how many frames the table has paid that makes checksums fast:
// making it takes 120 µs, and it saves 1.5 µs an event.
const patient = 100

func (w *Writer) table() *crc32.Table {
	if w.frames < patient {
		w.frames++
		return &castagnoli
	}
	return table()
}

// Append writes records, in their order and with one write, and reports
// whether they are on the disk. If not they are counted, and the next frame
// that gets through says how many were lost.
func (w *Writer) Append(now time.Time, records ...event.Record) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buf == nil {
		w.buf = w.first[:0]
	}
	buf, kept := w.buf[:0], uint64(0)
	said := saturate(w.dropped)
	for _, r := range records {
		if payloadLen(r) > MaxPayload {
			w.dropped++
			w.untold.add(unwritten, r)
			continue
		}
		first := said
		if kept > 0 {
			first = 0
		}
		buf = appendFrame(w.table(), buf, r, first)
		kept++
	}
	if w.buf = buf[:0]; cap(buf) > 4*MaxPayload {
		w.buf = nil // a rare, large one; do not keep its memory
	}
	if kept == 0 {
		return len(records) == 0
	}
	// The segment is opened here and not in write, which calls deeper: the stack
	// of a short program would have to grow, which costs it 30 µs.
	err := w.ready(now)
	untold := w.untold
	if err == nil {
		if untold.any() {
			buf = w.tell(buf)
		}
		err = w.write(now, buf)
	}
	if err != nil {
		w.lastErr = err
		w.giveUp(records)
		if err == errFull && w.dropped >= w.say { //nolint:errorlint // it is this package's own, and errors.Is costs a short program
			w.say = 2 * max(1, w.say)
			w.confess()
		}
		return false
	}
	w.dropped -= uint64(said)
	w.untold.told(untold)
	return kept == uint64(len(records))
}

// tell appends the frames of the events that tell of losses.
func (w *Writer) tell(buf []byte) []byte {
	for _, r := range w.untold.reports(w.Report) {
		buf = appendFrame(&castagnoli, buf, r, 0)
	}
	return buf
}

// giveUp counts records that could not be written. Those that were too large have
// been counted.
func (w *Writer) giveUp(records []event.Record) {
	for _, r := range records {
		if payloadLen(r) <= MaxPayload {
			w.dropped++
			w.untold.add(unwritten, r)
		}
	}
}

var (
	errWaiting = errors.New("waiting before the next attempt to open the spool")
	errFull    = errors.New("the spool's segment is full")
	errClosed  = errors.New("the spool is closed")
	errNoFile  = errors.New("the spool's segment is no file")
)

// confess writes a frame that says nothing but how many events were dropped, and the
// events that tell of it, in front of the limit or behind it: the process may end
// before another event gets through. Inv: the segment is open.
func (w *Writer) confess() {
	said, untold := saturate(w.dropped), w.untold
	if said == 0 {
		return
	}
	if w.file.write(w.tell(appendLoss(w.buf[:0], event.NewID(time.Now()), said))) == nil {
		w.dropped -= uint64(said)
		w.untold.told(untold)
	}
}

// write writes once. Inv: the segment is open.
func (w *Writer) write(now time.Time, buf []byte) error {
	size, linked, err := w.file.stat()
	if err == nil && !linked { // somebody cleaned up: go on in a new file
		w.drop()
		if err = w.ready(now); err == nil {
			size, _, err = w.file.stat()
		}
	}
	if err != nil {
		return err
	}
	if limit := cmp.Or(w.Limit, MaxSegment); size+int64(len(buf)) > limit {
		return errFull
	}
	return w.file.write(buf)
}

// ready makes sure that the segment of now's hour is open.
func (w *Writer) ready(now time.Time) error {
	if w.closed {
		return errClosed
	}
	hour := now.Unix() / 3600
	if w.open && w.hour == hour {
		return nil
	}
	if wait := w.retry.Sub(now); wait > 0 && wait <= retryAfter {
		return errWaiting
	}
	w.drop()
	file, err := openOrMake(w.Dir, now)
	if err != nil {
		w.retry = now.Add(retryAfter)
		return err
	}
	w.file, w.open, w.hour, w.retry = file, true, hour, time.Time{}
	if size, _, err := file.stat(); err == nil && size == 0 {
		// Whoever begins an hour tidies up, once an hour and for all: the program
		// may be one whose spool nobody ever drains.
		prune(w.Dir, now, func(lost []event.Record) {
			w.dropped += uint64(len(lost))
			w.untold.add(expired, lost...)
		})
	}
	return nil
}

func openOrMake(dir string, now time.Time) (segment, error) {
	path := segmentPath(dir, now)
	file, err := openSegment(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeDir(dir); err == nil {
			file, err = openSegment(path)
		}
	}
	return file, err
}

func (w *Writer) drop() {
	if w.open {
		w.file.close()
		w.open = false
	}
}

// Rest closes the segment until something is appended: where the system does not
// remove a file that is open, whoever removes everything would be in vain.
func (w *Writer) Rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop()
}

// Close closes the segment. What is appended later is dropped.
func (w *Writer) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open {
		w.confess()
	}
	w.drop()
	w.closed = true
}

// Err returns the last error, for those who want to know why nothing is kept.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lastErr
}

const (
	namePrefix = "ev1-"
	nameSuffix = ".tks"
	nameHour   = "2006010215"
)

// segmentPath is made with one allocation and little stack: time's Format needs
// so much that a short program's stack would have to grow here, which costs it
// 30 µs.
func segmentPath(dir string, now time.Time) string {
	var path strings.Builder
	path.Grow(len(dir) + len("/"+namePrefix+nameHour+nameSuffix))
	path.WriteString(dir)
	path.WriteByte(filepath.Separator)
	path.WriteString(namePrefix)
	year, month, day := now.UTC().Date()
	digits := ((year*100+int(month))*100+day)*100 + now.UTC().Hour()
	for unit := 1_000_000_000; unit > 0; unit /= 10 {
		path.WriteByte('0' + byte(digits/unit%10))
	}
	path.WriteString(nameSuffix)
	return path.String()
}

// hourOf reads the hour out of a segment's name.
func hourOf(name string) (time.Time, bool) {
	middle, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return time.Time{}, false
	}
	middle, ok = strings.CutSuffix(middle, nameSuffix)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(nameHour, middle)
	return t, err == nil
}

// prune removes segments that are too old, and the oldest while all together
// are too large. lost is called with what is lost by that: the records that nobody
// has taken over.
func prune(dir string, now time.Time, lost func([]event.Record)) {
	names, err := Reader{Dir: dir}.Segments()
	if err != nil {
		return
	}
	total := int64(0)
	for _, name := range slices.Backward(names) { // newest first
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		if err != nil {
			continue
		}
		total += info.Size()
		hour, _ := hourOf(name)
		if total <= MaxSpool && now.Sub(hour) <= MaxAge {
			continue
		}
		taken := Reader{Dir: dir}.marked(name)
		reading, _ := Reader{Dir: dir}.Read(name, taken.First, taken.Next)
		if os.Remove(path) == nil {
			lost(reading.Records)
		}
	}
}
