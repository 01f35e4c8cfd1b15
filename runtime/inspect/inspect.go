// Package inspect shows what a program has recorded on this machine, and sends
// or removes it when somebody asks for that.
//
// In comes the name of a program; out come its statistics, its events, its
// consent and its state, as structs that carry their JSON names. It is the door
// for `tkgen stats`, `events`, `sync` and `clean`, and for a program's own
// `telemetry` commands. Opening drains the spool first, so that what was
// recorded a moment ago is seen.
package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/machine"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

var (
	// ErrNothing says that nothing of this program is kept on this machine.
	ErrNothing = errors.New("nothing is recorded")
	// ErrNewer says that a later version of telemetry-kit has made the outbox. What
	// is recorded waits in the spool for that one.
	ErrNewer = outbox.ErrNewer
)

// Data is what is kept of one program.
type Data struct {
	service, dir string
	folders      consent.Folders
	box          *outbox.Outbox
	now          func() time.Time
}

// Open opens the data of a service. dir is telemetry.Config.Dir, usually empty.
// The error wraps [ErrNothing] if there is none; then nothing is made. It wraps
// [ErrNewer] if the data are of a later version.
func Open(ctx context.Context, service, dir string) (*Data, error) {
	d := &Data{service: service, dir: dir, now: time.Now}
	var err error
	if d.folders, err = consent.Locate(service, dir); err != nil {
		return nil, err
	}
	if empty(d.folders.State) {
		return nil, fmt.Errorf("%w of %q in %s: has it run with telemetry local or on, and is this the name in telemetry.Config?", ErrNothing, service, d.folders.State)
	}
	if d.box, err = outbox.Open(ctx, d.folders.State); err != nil {
		return nil, err
	}
	if c, err := ConsentOf(service, dir); err == nil && c.Mode == consent.On.String() {
		d.box.TellLosses(c.Since)
	}
	if err := d.box.Drain(ctx, d.spool(), d.now()); err != nil {
		d.box.Close()
		return nil, err
	}
	return d, nil
}

// empty reports that there is nothing, neither in the spool nor in an outbox.
func empty(state string) bool {
	names, err := spoolIn(state).Segments()
	return len(names) == 0 && err == nil && !outbox.Exists(state)
}

func (d *Data) spool() spool.Reader { return spoolIn(d.folders.State) }

func spoolIn(state string) spool.Reader {
	return spool.Reader{Dir: filepath.Join(state, "spool"), Describe: machine.Describe}
}

// Close closes the outbox.
func (d *Data) Close() error { return d.box.Close() }

// Event is one event and where it is on its way.
type Event struct {
	ID   event.ID  `json:"id"`
	Time time.Time `json:"time"`
	// State is "open" (a command that runs now), "local" (recorded without
	// consent, never sent), "pending", "sent" or "rejected".
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"` // why it was rejected
	// JSON is the event as it is sent, but for what is filled in on the way:
	// user_id and metadata.
	JSON json.RawMessage `json:"event"`
}

// Parse reads the JSON.
func (e Event) Parse() (event.Event, error) {
	var parsed event.Event
	if err := json.Unmarshal(e.JSON, &parsed); err != nil {
		return parsed, fmt.Errorf("reading event %s: %w", e.ID, err)
	}
	return parsed, nil
}

// Events returns all events from the oldest on. The last pair may be an error.
// The loop's body must not call other methods of d.
func (d *Data) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		stop := errors.New("the loop ended")
		err := d.box.Rows(ctx, func(r outbox.Row) error {
			if !yield(eventOf(r), nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(Event{}, err)
		}
	}
}

func eventOf(r outbox.Row) Event {
	state := r.State
	if state == "pending" && !r.Consented {
		state = "local"
	}
	return Event{ID: r.ID, Time: r.ID.Time(), State: state, Reason: r.Reason, JSON: r.JSON}
}

// Sync sends everything to which the person has said yes, now, whatever was
// planned. See [agent.Sync] for its errors.
func (d *Data) Sync(ctx context.Context, dsn string) (agent.Result, error) {
	return agent.Sync(ctx, agent.Options{Service: d.service, Dir: d.dir, DSN: dsn, Force: true, Now: d.now})
}
