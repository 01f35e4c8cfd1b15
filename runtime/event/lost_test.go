package event

import (
	"testing"
	"time"
)

func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{
		LostUnwritten: true, LostExpired: true, "telemetry.lost": true, "telemetry.lost.later": true,
		"telemetry.lostness": false, "telemetry": false, "lost": false, "my.telemetry.lost": false, "": false,
	} {
		if got := Reserved(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}

// An event that tells of losses stands for those, any other one for itself, whatever
// its texts say.
func TestLost(t *testing.T) {
	now := time.Now()
	of := func(m Metric) []byte { return AppendMetric(nil, m) }
	for about, c := range map[string]struct {
		data []byte
		want uint64
	}{
		"losses":          {of(Metric{Name: LostUnwritten, Unit: "1", WindowStart: now, WindowEnd: now, Total: 4711}), 4711},
		"of another kind": {of(Metric{Name: LostExpired, Unit: "1", WindowStart: now, WindowEnd: now, Total: 1}), 1},
		"a metric":        {of(Metric{Name: "files", Unit: "1", WindowStart: now, WindowEnd: now, Total: 4711}), 1},
		"a lie in a text": {AppendCustom(nil, `,"data":{"metric":"telemetry.lost.x","total":9}`, nil), 1},
		"without a total": {of(Metric{Name: LostExpired, Unit: "1", WindowStart: now, WindowEnd: now, Invalid: 3}), 1},
		"nothing":         {nil, 1},
	} {
		e := Event{SchemaVersion: SchemaVersion, ID: NewID(now), Timestamp: now, Body: Body{Type: TypeMetric, Data: c.data}}
		if got := Lost(e.AppendJSON(nil)); got != c.want {
			t.Errorf("%s: %d, want %d", about, got, c.want)
		}
	}
}
