package manifest

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// base is a program with one of each.
func base() Manifest {
	return Manifest{
		ManifestVersion: Version, SchemaVersion: "1.2.0", Module: "example.com/app", Services: []string{"app"}, Identity: "no_id", Default: "off",
		Always: []string{"environment.os"},
		Events: []Event{
			{Name: "deploy", Kind: Command, Outcomes: []string{"ok"}, Attributes: []Attribute{
				{Key: "flag_*", Types: []string{Boolean}},
				{Key: "format", Types: []string{OneOf}, Values: []string{"json", "other"}},
			}},
			{Name: "http.get.*", Kind: Feature, Outcomes: []string{"error", "ok"}},
			{Name: "note", Kind: Track, Attributes: []Attribute{{Key: "text", Types: []string{Text}}}},
			{Name: "size", Kind: Measure, Unit: "By"},
			{Name: "warm", Kind: Feature, Outcomes: []string{"ok"}},
		},
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Manifest)
		want   []string // the first sign tells whether it is more
	}{
		{"nothing", func(*Manifest) {}, nil},
		{"places", func(m *Manifest) { m.Events[0].Sources = []Source{{File: "a.go", Line: 3}} }, nil},
		{"sending", func(m *Manifest) { m.Sends = true }, []string{"+ the program can send now, after a yes: before, nothing left the machine"}},
		{"an id", func(m *Manifest) { m.Identity = "install_id" }, []string{"+ installs are told apart by a random number, and were by nothing"}},
		{"before the yes", func(m *Manifest) { m.Default = "local" }, []string{
			"+ before anybody is asked, events are recorded on the machine and stay there; it was: nothing is recorded",
		}},
		{"every event", func(m *Manifest) { m.Always = []string{"environment.arch"} }, []string{
			"+ every event newly holds environment.arch", "- no event holds environment.os any more",
		}},
		{"schema and service", func(m *Manifest) { m.SchemaVersion, m.Services = "1.3.0", nil }, []string{
			"- events have schema version 1.3.0, and had 1.2.0",
			"- events are recorded as those of no name that is known, and were as those of app",
		}},
		{"a new event", func(m *Manifest) {
			m.Events = append(m.Events, Event{Name: "migrate", Kind: Track, Attributes: []Attribute{{Key: "from", Types: []string{Integer}}}})
		}, []string{"+ the event migrate is new, with from (a number)"}},
		{"an event of a pattern", func(m *Manifest) {
			m.Events = append(m.Events, Event{Name: "http.get.users", Kind: Feature, Outcomes: []string{"ok"}})
		}, nil},
		{"a pattern of patterns", func(m *Manifest) { m.Events[1].Name = "http.*" }, []string{"+ the feature http.* is new"}},
		{"an event less", func(m *Manifest) { m.Events = m.Events[1:] }, []string{"- the command deploy is no longer collected"}},
		{"a feature becomes a command", func(m *Manifest) { m.Events[4].Kind = Command }, []string{
			"+ warm was counted, and now each call is recorded, its beginning too",
		}},
		{"a command becomes a feature", func(m *Manifest) { m.Events[0].Kind, m.Events[0].Attributes = Feature, nil }, []string{
			"- each call of deploy was recorded, and now calls are counted", "- deploy no longer has flag_*", "- deploy no longer has format",
		}},
		{"each", func(m *Manifest) { m.Events[4].Each = true }, []string{"+ calls of warm were counted, and now each one is recorded"}},
		{"another unit", func(m *Manifest) { m.Events[3].Unit = "s" }, []string{
			"+ the measure size in s is new", "- the measure size in By is no longer collected",
		}},
		{"a way to end", func(m *Manifest) { m.Events[4].Outcomes = []string{"error"} }, []string{
			"+ of warm it is newly recorded whether it ended with: error", "- warm no longer ends with: ok",
		}},
		{"a value more, one less", func(m *Manifest) { m.Events[0].Attributes[1].Values = []string{"other", "yaml"} }, []string{
			"+ format of deploy can newly be yaml", "- format of deploy can no longer be json",
		}},
		{"a list becomes a word", func(m *Manifest) { m.Events[0].Attributes[1] = Attribute{Key: "format", Types: []string{Word}} }, []string{
			"+ format of deploy was one of json, other, and can now be a word",
		}},
		{"text becomes a list", func(m *Manifest) {
			m.Events[2].Attributes[0] = Attribute{Key: "text", Types: []string{OneOf}, Values: []string{"a"}}
		}, []string{"- text of note was free text, and is only one of a now"}},
		{"text and a list", func(m *Manifest) {
			m.Events[2].Attributes[0] = Attribute{Key: "text", Types: []string{OneOf, Text}, Values: []string{"a"}}
		}, nil},
		{"a flag of a pattern", func(m *Manifest) {
			m.Events[0].Attributes = append(m.Events[0].Attributes, Attribute{Key: "flag_force", Types: []string{Boolean}})
		}, nil},
		{"an attribute", func(m *Manifest) {
			m.Events[0].Attributes = append(m.Events[0].Attributes, Attribute{Key: "took", Types: []string{Duration}})
		}, []string{"+ deploy newly has took (a duration)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			after := base()
			c.change(&after)
			var got []string
			list := Compare(base(), after)
			more := false
			for _, d := range list {
				sign := "- "
				if d.More {
					sign, more = "+ ", true
				}
				got = append(got, sign+d.Text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if More(list) != more {
				t.Errorf("More: got %v", More(list))
			}
		})
	}
}

func TestParse(t *testing.T) {
	m := base()
	if err := m.finish(); err != nil {
		t.Fatal(err)
	}
	text, err := m.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(text)
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for _, c := range []struct{ from, to string }{
		{`"manifest_version": "1"`, `"manifest_version": "2"`}, // of a later tkgen
		{`"deploy"`, `"destroy"`},                              // edited
		{`"sends"`, `"sent"`},                                  // a field that there is not
		{`{`, ``},
	} {
		edited := bytes.Replace(text, []byte(c.from), []byte(c.to), 1)
		if _, err := Parse(edited); err == nil {
			t.Errorf("with %s instead of %s it is read", c.to, c.from)
		}
	}
}

// TestHash holds the hash to what is collected.
func TestHash(t *testing.T) {
	m, moved, more := base(), base(), base()
	moved.Events[0].Sources = []Source{{Package: "p", File: "a.go", Line: 3}}
	slices.Reverse(moved.Events)
	more.Events[0].Attributes[1].Values = append(more.Events[0].Attributes[1].Values, "yaml")
	for _, m := range []*Manifest{&m, &moved, &more} {
		if err := m.finish(); err != nil {
			t.Fatal(err)
		}
	}
	if !m.Same(moved) {
		t.Error("code that moves, or another order, changes the hash")
	}
	if m.Same(more) {
		t.Error("a value more does not change the hash")
	}
}
