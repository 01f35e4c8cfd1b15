package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// MaxBytes is how much is held, in bytes of JSON; the oldest events go first.
const MaxBytes = 4 << 20

// held are the outboxes of the process, by folder.
var held struct {
	sync.Mutex
	boxes map[string]*Outbox
}

// Outbox holds events. The same one serves all who open it.
type Outbox struct {
	mu      sync.Mutex
	removed bool
	rows    []*row // by id
	bytes   int
	places  map[string]event.Mark // how far the source has been read, by segment
	parcel  event.ID              // what was handed out and not settled; zero if nothing is
	attempt int
	marks   marked
	notes   map[string]string
	lost    Counts // what is counted and not looked up
	tells   bool   // see TellLosses
	since   time.Time
}

type row struct {
	Row
	parcel event.ID // zero if it is in none
}

// Open opens the outbox of dir, which is made if it is not there.
func Open(_ context.Context, dir string) (*Outbox, error) {
	held.Lock()
	defer held.Unlock()
	b := held.boxes[dir]
	if b == nil {
		b = &Outbox{places: map[string]event.Mark{}, notes: map[string]string{}}
		if held.boxes == nil {
			held.boxes = map[string]*Outbox{}
		}
		held.boxes[dir] = b
	}
	return b, nil
}

// Exists reports whether there is one.
func Exists(dir string) bool {
	held.Lock()
	defer held.Unlock()
	return held.boxes[dir] != nil
}

// Clear removes the outbox and returns what that was, with the size.
func Clear(dir string) (sizes map[string]int64, err error) {
	held.Lock()
	defer held.Unlock()
	if b := held.boxes[dir]; b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.removed = true
		sizes = map[string]int64{dir + "/" + File: int64(b.bytes)}
		delete(held.boxes, dir)
	}
	return sizes, nil
}

// Close leaves everything as it is: nothing is open.
func (b *Outbox) Close() error { return nil }

// Intact is ErrRemoved if somebody has removed it.
func (b *Outbox) Intact() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.removed {
		return ErrRemoved
	}
	return nil
}

// Drain takes over everything that the source holds.
func (b *Outbox) Drain(_ context.Context, src Source, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	names, err := src.Segments()
	if err != nil {
		return fmt.Errorf("draining spool: %w", err)
	}
	for _, name := range names {
		place := b.places[name]
		got, err := src.Read(name, place.First, place.Next)
		if err != nil {
			return fmt.Errorf("draining spool: %w", err)
		}
		for _, r := range got.Records {
			b.take(r)
		}
		b.lost.Dropped += int(got.Dropped)
		b.places[name] = event.Mark{Name: name, First: got.First, Next: got.Next}
		if _, _, err := src.Remove(name, got.Next, now); err != nil {
			return fmt.Errorf("draining spool: %w", err)
		}
	}
	b.retain(now)
	return nil
}

// Tidy has nothing to do: what Drain has taken over is in this memory, and is gone
// when the spool is.
func (b *Outbox) Tidy(context.Context, Source, time.Time) error { return nil }

// take inserts a record. An end takes the place of its begin; everything else that
// is there already stays as it is. Nothing is presumed to be unfinished: whoever
// could look at that ends with the program.
func (b *Outbox) take(r event.Record) {
	i, known := b.find(r.ID)
	if !known {
		b.rows = slices.Insert(b.rows, i, &row{Row: Row{ID: r.ID, State: "open"}})
	}
	if at := b.rows[i]; at.State == "open" {
		if !r.Begin {
			at.State = "pending"
		}
		b.bytes += len(r.JSON) - len(at.JSON)
		at.Consented, at.JSON = r.Consented, r.JSON
	}
}

func (b *Outbox) find(id event.ID) (int, bool) {
	return slices.BinarySearchFunc(b.rows, id, func(r *row, id event.ID) int { return slices.Compare(r.ID[:], id[:]) })
}

// TellLosses says that the person's yes holds, since then: of what Drain has to give
// up of that time it makes an event, which tells the server. Without it, it makes none.
func (b *Outbox) TellLosses(since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tells, b.since = true, since
}

// retain removes what is too old, and the oldest while all is too large. Events
// that were still to be sent are counted as expired.
func (b *Outbox) retain(now time.Time) {
	limit, since, n := floor(now.Add(-MaxAge)), floor(b.since), 0
	var lost expiry
	for _, r := range b.rows {
		if b.bytes <= MaxBytes && slices.Compare(r.ID[:], limit[:]) >= 0 {
			break
		}
		if r.State == "pending" && r.Consented {
			b.lost.Expired++
			if b.tells && slices.Compare(r.ID[:], since[:]) >= 0 {
				lost.add(r.ID, r.JSON)
			}
		}
		b.bytes -= len(r.JSON)
		n++
	}
	b.rows = slices.Delete(b.rows, 0, n)
	if r, ok := lost.report(now); ok {
		b.take(r)
	}
}

// Next returns the parcel that was handed out before and not settled, or a new
// one: at most events events and, beyond the first, size bytes; pending, with
// consent, recorded since. It is empty if there is nothing to send.
func (b *Outbox) Next(_ context.Context, since time.Time, events, size int, now time.Time) (event.Parcel, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := floor(since)
	if b.parcel != (event.ID{}) {
		b.attempt++
	} else if b.parcel = event.NewID(now); b.pack(limit, events, size) {
		b.attempt = 1
	}
	p := event.Parcel{ID: b.parcel, Attempt: b.attempt}
	for r := range b.packed() {
		if slices.Compare(r.ID[:], limit[:]) < 0 {
			// A no and a new yes since it was packed: what lies before that yes stays.
			r.parcel = event.ID{}
			continue
		}
		p.Records = append(p.Records, event.Record{ID: r.ID, Consented: true, JSON: r.JSON})
	}
	if len(p.Records) == 0 {
		b.parcel = event.ID{}
		return event.Parcel{}, nil
	}
	return p, nil
}

// pack puts events into b.parcel and reports whether there are any.
func (b *Outbox) pack(limit event.ID, events, size int) bool {
	n := 0
	for _, r := range b.rows {
		if r.State != "pending" || !r.Consented || slices.Compare(r.ID[:], limit[:]) < 0 {
			continue
		}
		if size -= len(r.JSON); n == events || size < 0 && n > 0 {
			break
		}
		if e, ok := unmarked(r.JSON); ok {
			*e.Marks = b.marks.mark(e.Timestamp)
			text := e.AppendJSON(nil)
			b.bytes += len(text) - len(r.JSON)
			r.JSON = text
		}
		r.parcel = b.parcel
		n++
	}
	return n > 0
}

// packed yields the events of the parcel that was handed out.
func (b *Outbox) packed() iter.Seq[*row] {
	return func(yield func(*row) bool) {
		for _, r := range b.rows {
			if r.parcel == b.parcel && b.parcel != (event.ID{}) && !yield(r) {
				return
			}
		}
	}
}

// Settle ends a parcel: its events are sent, but for the refused ones, which
// are kept with the reason and never sent again.
func (b *Outbox) Settle(_ context.Context, parcel event.ID, refused map[event.ID]string, _ time.Time) error {
	return b.end(parcel, func(r *row) {
		r.State = "sent"
		if why, ok := refused[r.ID]; ok {
			r.State, r.Reason = "rejected", why
			b.unmark(r)
		}
	})
}

// unmark takes back the marks of an event that the server will never take: the
// next event of the same day carries them.
func (b *Outbox) unmark(r *row) {
	var e event.Event
	if json.Unmarshal(r.JSON, &e) == nil && e.Marks != nil {
		b.marks.undo(e)
	}
}

// Release undoes a parcel: its events wait again.
func (b *Outbox) Release(_ context.Context, parcel event.ID) error {
	return b.end(parcel, func(*row) {})
}

func (b *Outbox) end(parcel event.ID, each func(*row)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if parcel != b.parcel {
		return nil
	}
	for r := range b.packed() {
		each(r)
		r.parcel = event.ID{}
	}
	b.parcel = event.ID{}
	return nil
}

// Note keeps a text under a key.
func (b *Outbox) Note(_ context.Context, key, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes[key] = text
	return nil
}

// Noted returns the text under a key, "" if there is none.
func (b *Outbox) Noted(_ context.Context, key string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.notes[key], nil
}

// Rows calls f with each event from the oldest on, until it returns an error,
// which Rows returns. f must not use the outbox.
func (b *Outbox) Rows(_ context.Context, f func(Row) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rows {
		if err := f(r.Row); err != nil {
			return err
		}
	}
	return nil
}

// Counts counts.
func (b *Outbox) Counts(context.Context) (Counts, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.lost
	places := map[string]*int{"open": &c.Open, "pending": &c.Pending, "sent": &c.Sent, "rejected": &c.Rejected}
	for _, r := range b.rows {
		if r.State == "pending" && !r.Consented {
			c.Local++
		} else {
			*places[r.State]++
		}
	}
	return c, nil
}
