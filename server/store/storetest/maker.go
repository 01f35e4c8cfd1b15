package storetest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Maker makes random events, the same for the same seed.
type Maker struct{ r *rand.Rand }

// NewMaker returns a maker. Makers of different seeds make different ids.
func NewMaker(seed uint64) *Maker {
	return &Maker{rand.New(rand.NewPCG(seed, 0x7e1e))} //nolint:gosec // test data that can be made again
}

// Call is one call that a summary sums up.
type Call struct {
	OK       bool
	Duration time.Duration
}

// Event makes an event of any type, most of them on one of five days.
func (m *Maker) Event() store.Event {
	at := now.Add(-time.Duration(m.r.IntN(5*24*3600)) * time.Second)
	if m.r.IntN(4) == 0 { // for spans longer than a day
		at = at.AddDate(0, 0, -m.r.IntN(50))
	}
	version := fmt.Sprintf("v1.%d.0", m.r.IntN(3))
	name := fmt.Sprintf("name%d", m.r.IntN(4))
	switch m.r.IntN(5) {
	case 0:
		return m.custom(name, version, at)
	case 4:
		return m.metric(name, version, at)
	case 1:
		var calls []Call
		for range 1 + m.r.IntN(20) {
			calls = append(calls, Call{OK: m.r.IntN(4) > 0, Duration: m.duration()})
		}
		return m.Summary(name, version, at, calls)
	case 2:
		return m.call(event.TypeFeature, store.KindFeature, name, version, at)
	default:
		return m.call(event.TypeCommand, store.KindCommand, name, version, at)
	}
}

// Batch makes a batch of new events and, now and then, some of those before.
func (m *Maker) Batch(before []store.Event) []store.Event {
	var batch []store.Event
	for range 1 + m.r.IntN(30) {
		batch = append(batch, m.Event())
	}
	for range m.r.IntN(10) {
		known := slices.Concat(before, batch)
		batch = append(batch, known[m.r.IntN(len(known))])
	}
	return batch
}

// Summary makes a summary of calls.
func (m *Maker) Summary(name, version string, at time.Time, calls []Call) store.Event {
	s := &event.Summary{Feature: name, WindowStart: at, WindowEnd: at.Add(time.Minute)}
	for _, c := range calls {
		s.Calls++
		switch {
		case c.OK:
		case c.Duration%3 == 0:
			s.Canceled++
		default:
			s.Errors++
		}
		s.Duration.Add(uint64(c.Duration))
	}
	e := m.event(event.TypeSummary, store.KindFeature, name, version, at)
	e.Summary, e.Data = s, marshal(s)
	return e
}

func (m *Maker) call(t event.Type, kind store.Kind, name, version string, at time.Time) store.Event {
	e := m.event(t, kind, name, version, at)
	outcomes := []event.Outcome{event.OK, event.OK, event.OK, event.Error, event.Canceled, event.Panic, event.Goexit, event.Unfinished, ""}
	e.Outcome = outcomes[m.r.IntN(len(outcomes))]
	if e.Outcome != event.Unfinished && m.r.IntN(5) > 0 {
		e.Duration = m.duration()
	}
	return e
}

// metric is a count or some values.
func (m *Maker) metric(name, version string, at time.Time) store.Event {
	d := &event.Metric{Name: name, Unit: "1", WindowStart: at, WindowEnd: at.Add(time.Minute), Invalid: m.r.Uint64N(2)}
	if m.r.IntN(2) == 0 {
		d.Total = 1 + m.r.Uint64N(1000)
	} else {
		d.Values = new(event.Distribution)
		for range 1 + m.r.IntN(20) {
			d.Values.Add(m.r.NormFloat64())
		}
	}
	e := m.event(event.TypeMetric, store.KindMetric, name, version, at)
	e.Metric, e.Data = d, marshal(d)
	return e
}

func (m *Maker) custom(name, version string, at time.Time) store.Event {
	return m.event(event.TypeCustom, store.KindCustom, name, version, at)
}

func (m *Maker) event(t event.Type, kind store.Kind, name, version string, at time.Time) store.Event {
	e := store.Event{
		ID: m.id(at), Time: at.Truncate(time.Millisecond), Type: t, Kind: kind, Name: name,
		Service:     event.Service{Name: "tool", Version: version, Revision: "0123456789ab+dirty", Language: "go", LanguageVersion: "1.26"},
		Environment: event.Environment{OS: "linux", OSVersion: "12", Arch: "amd64", CI: m.r.IntN(2) == 0, Shell: "bash", Container: "podman", Terminal: "vscode", AIAgent: "codex"},
		User:        fmt.Sprintf("client_%064x", m.r.IntN(20)), Session: fmt.Sprint("session", m.r.IntN(50)), SDK: "0.1.0",
		Duration: store.NoDuration, Data: json.RawMessage(`{"name":"` + name + `","attributes":{"é":"\u0000\"ü"}}`),
	}
	if m.r.IntN(3) == 0 { // of an install without an id
		week := event.Week(at.Add(-time.Duration(m.r.IntN(20*24)) * time.Hour))
		e.User, e.Session = "", ""
		e.Marks = event.Marks{InstallWeek: week, Day: m.r.IntN(2) == 0, Week: m.r.IntN(4) == 0, Month: m.r.IntN(9) == 0}
	}
	return e
}

// id is of version 7, but reproducible.
func (m *Maker) id(at time.Time) event.ID {
	var id event.ID
	binary.BigEndian.PutUint64(id[0:], uint64(at.UnixMilli())<<16|m.r.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(id[8:], m.r.Uint64()&0x3fff_ffff_ffff_ffff|0x8000_0000_0000_0000)
	return id
}

// duration is anything from zero to an hour, each order of magnitude alike.
func (m *Maker) duration() time.Duration {
	return time.Duration(m.r.Int64N(int64(1) << m.r.IntN(42)))
}

// ByID returns the events in the order of their ids, each id once.
func ByID(events []store.Event) []store.Event {
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(a, b store.Event) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return slices.CompactFunc(sorted, func(a, b store.Event) bool { return a.ID == b.ID })
}

func marshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
