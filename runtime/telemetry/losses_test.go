//go:build !wasm

package telemetry

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// toldOf returns what the spool tells of losses, by consent.
func toldOf(tb testing.TB, dir string) map[bool]uint64 {
	tb.Helper()
	told := map[bool]uint64{}
	for _, r := range spooled(tb, dir) {
		e := parse(tb, r)
		if e.Body.Type != event.TypeMetric {
			continue
		}
		m := data[event.Metric](tb, r)
		if m.Name != event.LostUnwritten {
			continue
		}
		told[r.Consented] += m.Total
		if m.Unit != "1" || m.WindowEnd.Before(m.WindowStart) || !e.Timestamp.Equal(m.WindowStart) || e.ID != r.ID || e.ID.Time() != e.Timestamp {
			tb.Errorf("told by %s", r.JSON)
		}
		if e.Service.Name != "testprog" || e.Environment.OS == "" || e.SchemaVersion != event.SchemaVersion {
			tb.Errorf("told by %s", r.JSON)
		}
	}
	return told
}

// lose tracks n events that the spool does not take.
func lose(s *Session, n int) {
	s.spool.Limit = 1
	for range n {
		Track("too.much")
	}
}

// What is lost while there is a yes is told, and nothing else.
func TestLossesAreTold(t *testing.T) {
	s, dir := start(t, Config{})
	lose(s, 7) // kept here, so not missed there
	if err := SetMode(On); err != nil {
		t.Fatal(err)
	}
	lose(s, 100)
	s.spool.Limit = 0
	Track("room.again")
	Track("once.more")
	s.Stop()
	if told := toldOf(t, dir); told[true] != 100 || told[false] != 0 {
		t.Errorf("told %v, want 100 with a yes", told)
	}
}

// After a no nothing is told of what was lost before it. A program that goes on
// recording for itself notes it for itself.
func TestLossesBeforeANo(t *testing.T) {
	for mode, want := range map[Mode]uint64{Off: 0, Local: 99} {
		t.Run(mode.String(), func(t *testing.T) {
			s, dir := start(t, Config{})
			if err := SetMode(On); err != nil {
				t.Fatal(err)
			}
			Track("before")
			s.spool.Limit = 1
			s.spool.Append(time.Now(), event.Record{ID: event.NewID(time.Now()), Consented: true}) // is told
			lose(s, 99)
			before := toldOf(t, dir)[true]
			if err := SetMode(mode); err != nil {
				t.Fatal(err)
			}
			if mode != Off {
				s.spool.Limit = 0
				Track("after")
			}
			s.Stop()
			told := toldOf(t, dir)
			if told[true] != before || told[false] > want || told[true]+told[false] > 100 || mode == Local && told[true]+told[false] != 100 {
				t.Errorf("told %v, %d of it before", told, before)
			}
		})
	}
}

// A program without an id tells without one.
func TestLossesWithoutAnID(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	s, dir := start(t, Config{Identity: NoID})
	lose(s, 3)
	s.Stop()
	all := spooled(t, dir)
	for _, r := range all {
		if e := parse(t, r); e.Marks == nil || *e.Marks != (event.Marks{}) || e.SessionID != "" {
			t.Errorf("told by %s", r.JSON)
		}
	}
	if told := toldOf(t, dir); told[true] != 3 {
		t.Errorf("told %v in %d events, want 3", told, len(all))
	}
}

// The names under which losses are told are nobody else's.
func TestReservedMetrics(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	var log bytes.Buffer
	s, dir := start(t, Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for range 2 {
		Count(event.LostUnwritten, 1000)
		Count("telemetry.lost", 1)
		Measure(event.LostExpired, 5, One)
		Count("telemetry.lostness", 7)
	}
	s.Stop()
	got := metricsOf(t, dir)
	if len(got) != 3 || got["other total"].Total != 2002 || got["other 1"].Values.Count != 2 || got["telemetry.lostness total"].Total != 14 {
		t.Errorf("recorded %+v", got)
	}
	if n := strings.Count(log.String(), "telemetry's own"); n != 3 {
		t.Errorf("said %d times, want once for each name:\n%s", n, log.String())
	}
}
