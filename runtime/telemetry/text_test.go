package telemetry

import (
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Free text reaches the spool on one line, cut, and without what detectors know;
// off, it costs nothing.
func TestText(t *testing.T) {
	quiet := func() { _ = Text("text", "off") }
	if n := testing.AllocsPerRun(100, quiet); n != 0 || Text("text", "off").Key != "" {
		t.Errorf("off: %v allocations, %v", n, Text("text", "off"))
	}
	s, dir := start(t, Config{})
	point := Point{Name: "a.command", Kind: Command}
	point.Begin().End(nil, Text("said", "mail bob@example.com\nor 192.0.2.7 ☎"))
	Track("long", Text("said", strings.Repeat("word ", 1000)))
	s.Stop()
	var got []any
	for _, r := range spooled(t, dir) {
		if parse(t, r).Body.Type == event.TypeCustom {
			got = append(got, data[event.Custom](t, r).Attributes["said"])
		} else if !r.Begin {
			got = append(got, data[event.Call](t, r).Attributes["said"])
		}
	}
	want := strings.Repeat("word ", 51)[:253] + "…"
	if len(got) != 2 || got[0] != "mail <email> or <ip> ☎" || got[1] != want {
		t.Errorf("%q", got)
	}
}
