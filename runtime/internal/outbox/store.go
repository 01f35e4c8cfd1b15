// Package outbox keeps events in a database until the server has them, and for
// a while after that, so that the person can see what was sent.
//
// In come the records of a [Source], each exactly once whatever dies in
// between; out go parcels for the uploader and rows for those who look. The
// place in the source moves on in the transaction that inserts, and an id can
// be inserted once: a crash anywhere repeats work, and neither loses nor doubles
// an event.
//
// Programs of WebAssembly hold them in memory instead, see memory_wasm.go.
package outbox

import (
	"errors"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// File is the name of the database in the state folder.
const File = "events.db"

// ErrNewer says that the file was made by a later version. It is left alone:
// this version goes on recording, and whoever understands the file drains.
var ErrNewer = errors.New("the outbox was made by a newer version of telemetry-kit")

// ErrRemoved says that somebody has removed the file, or put another in its place,
// since it was opened: the person deleted everything, or another process set a
// damaged file aside. What this process still sees of it counts no more.
var ErrRemoved = errors.New("the outbox was removed or replaced: open it again")

// Source is where records come from: the spool.
type Source interface {
	// Segments names what there is, oldest first.
	Segments() ([]string, error)
	// Read returns the records of a segment from next on, or all of them if the
	// segment does not begin with the record first.
	Read(name string, first event.ID, next int64) (event.Reading, error)
	// Over reports that nobody begins to write to a segment any more.
	Over(name string, now time.Time) bool
	// Remove removes a segment that nobody writes to any more and that has been
	// read up to next. tail is how many torn bytes lay behind it.
	Remove(name string, next int64, now time.Time) (removed bool, tail int64, err error)
	// Gone reports that a process can write no more records.
	Gone(pid, host uint32) bool
	// Mark tells the source how far it has been read, for those of its segments that
	// stay: what it may have to give up of them is not lost.
	Mark(taken []event.Mark)
}

// MaxAge is how long an event is kept, sent or not.
const MaxAge = 30 * 24 * time.Hour

// Row is an event as it lies in the outbox.
type Row struct {
	ID        event.ID
	State     string // "open", "pending", "sent" or "rejected"
	Consented bool
	Reason    string // why it was rejected
	JSON      []byte
}

// Counts are how many events are where, and what was lost on the way.
type Counts struct {
	Open     int `json:"open"`     // commands that run now
	Local    int `json:"local"`    // recorded without consent: they stay here
	Pending  int `json:"pending"`  // to be sent
	Sent     int `json:"sent"`     // the server has them
	Rejected int `json:"rejected"` // the server will not take them

	Torn      int `json:"torn"`       // records that a crash cut short
	TornBytes int `json:"torn_bytes"` // bytes of the spool that were no records
	Dropped   int `json:"dropped"`    // events that could not be written: disk full, spool full
	Expired   int `json:"expired"`    // events that were removed before they could be sent
	Rebuilt   int `json:"rebuilt"`    // how often a damaged outbox was set aside
}

// floor is below the id of every event of t's millisecond and later.
func floor(t time.Time) event.ID {
	var id event.ID
	if ms := t.UnixMilli(); ms > 0 {
		for i := range 6 {
			id[i] = byte(ms >> (40 - 8*i))
		}
	}
	return id
}
