// Package manifest lists every event that a program can send.
//
// In come packages, with the overlay in which marked functions are instrumented;
// out goes a [Manifest]: names, kinds, attributes with their values, and where in
// the source each is recorded. What cannot be known before the program runs (a
// name that is put together, an attribute out of nowhere) is no entry of the list
// but a [directive.Problem], because a list with gaps promises what it cannot keep.
//
// The way of a program:
//
//	Collect: load → find names → find attributes → Manifest → JSON | Markdown | Compare
//
// It reads programs by their types and imports nothing of the runtime: what that
// adds to every event is read off the version that the program is built with.
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Version is the version of the format. It changes when a reader of the old one
// would take something for what it is not.
const Version = "1"

// Manifest is what a program can send, and nothing else.
type Manifest struct {
	ManifestVersion string `json:"manifest_version"`
	// SchemaVersion is that of the events, of package event.
	SchemaVersion string `json:"schema_version"`
	// Module is the path of the main module.
	Module string `json:"module"`
	// Services are the names under which telemetry is started; usually one.
	Services []string `json:"services,omitempty"`
	// Identity is "install_id" or "no_id"; empty if the program decides at run time.
	Identity string `json:"identity,omitempty"`
	// Default is what holds while the person has said nothing: "local" or "off";
	// empty if the program decides at run time.
	Default string `json:"default,omitempty"`
	// Sends says that the program imports runtime/agent; without it nothing leaves
	// the machine, whatever anybody answers.
	Sends bool `json:"sends"`
	// Always are the members that go with every event, "environment.os".
	Always []string `json:"always"`
	// Events are sorted by name, then kind.
	Events []Event `json:"events"`
	// Hash is "sha256:" and 64 hex digits over the manifest without Sources and Hash.
	Hash string `json:"hash"`
}

// Kind says how an event is recorded.
type Kind string

// The kinds of events, by what records them.
const (
	Command Kind = "command" // each call, and its beginning
	Feature Kind = "feature" // counts of calls, or each call
	Track   Kind = "track"   // each time it happens
	Count   Kind = "count"   // a total
	Measure Kind = "measure" // how values spread
)

// Event is one name that the program can record.
type Event struct {
	// Name; "*" in it stands for any text.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Each says of a feature that every call is recorded by itself.
	Each bool `json:"each,omitempty"`
	// Outcomes are the ways in which a call can end, as far as they are recorded.
	Outcomes []string `json:"outcomes,omitempty"`
	// Unit is what is counted or measured in, a code of UCUM.
	Unit       string      `json:"unit,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	// From is the adapter whose library chooses the names, "telemetrycobra".
	From    string   `json:"from,omitempty"`
	Sources []Source `json:"sources,omitempty"`
}

// The types of attributes.
const (
	Boolean  = "boolean"
	Integer  = "integer"
	Number   = "number"
	Duration = "duration" // in milliseconds
	OneOf    = "one_of"   // of Values
	Word     = "word"     // at most 64 of A-Za-z0-9._+-; what looks like data is "other"
	Text     = "text"     // free, with what looks like data replaced
)

// Attribute goes with an event.
type Attribute struct {
	// Key; "*" in it stands for any text.
	Key string `json:"key"`
	// Types are sorted; several where code says several things under one key.
	Types []string `json:"types"`
	// Values are all that a OneOf can be, sorted.
	Values []string `json:"values,omitempty"`
}

// Source is a place that records an event.
type Source struct {
	Package string `json:"package"`
	File    string `json:"file"` // slash-separated, below the module's folder
	Line    int    `json:"line"`
	Func    string `json:"func,omitempty"` // Deploy, Bucket.Put
}

// finish puts everything into its order, and the hash on top.
func (m *Manifest) finish() error {
	for i := range m.Events {
		m.Events[i].sort()
	}
	slices.SortFunc(m.Events, Event.compare)
	slices.Sort(m.Services)
	m.Services = slices.Compact(m.Services)
	text, err := m.canonical()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	m.Hash = "sha256:" + hex.EncodeToString(sum[:])
	return nil
}

func (e Event) compare(other Event) int {
	if c := strings.Compare(e.Name, other.Name); c != 0 {
		return c
	}
	if c := strings.Compare(string(e.Kind), string(other.Kind)); c != 0 {
		return c
	}
	return strings.Compare(e.Unit, other.Unit)
}

func (e *Event) sort() {
	slices.Sort(e.Outcomes)
	e.Outcomes = slices.Compact(e.Outcomes)
	slices.SortFunc(e.Attributes, func(a, b Attribute) int { return strings.Compare(a.Key, b.Key) })
	slices.SortFunc(e.Sources, Source.compare)
	e.Sources = slices.Compact(e.Sources)
}

func (s Source) compare(other Source) int {
	if c := strings.Compare(s.File, other.File); c != 0 {
		return c
	}
	return s.Line - other.Line
}

// canonical is what the hash is over: what is collected, and not where the code
// that does it stands. Code that moves collects nothing new.
func (m Manifest) canonical() ([]byte, error) {
	m.Hash, m.Events = "", slices.Clone(m.Events)
	for i := range m.Events {
		m.Events[i].Sources = nil
	}
	return encode(m, "")
}

// Same reports whether two manifests say that the same is collected.
func (m Manifest) Same(other Manifest) bool { return m.Hash == other.Hash }

// JSON is the manifest as it is kept in a file.
func (m Manifest) JSON() ([]byte, error) { return encode(m, "  ") }

func encode(m Manifest, indent string) ([]byte, error) {
	if m.Events == nil {
		m.Events = []Event{}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", indent)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("writing manifest: %w", err)
	}
	return text.Bytes(), nil
}

// ErrEdited is wrapped where a manifest's hash is not that of its text.
var ErrEdited = errors.New("its hash is another one than that of what it says: somebody edited it; write it anew with `tkgen manifest`")

// Parse reads what [Manifest.JSON] wrote.
func Parse(text []byte) (Manifest, error) {
	var head struct {
		Version string `json:"manifest_version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return Manifest{}, fmt.Errorf("reading manifest: %w", err)
	}
	if head.Version != Version {
		return Manifest{}, fmt.Errorf("reading manifest: manifest_version is %q, and this tkgen reads %q: use the tkgen that wrote it", head.Version, Version)
	}
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("reading manifest: %w", err)
	}
	said := m.Hash
	if err := m.finish(); err != nil {
		return Manifest{}, err
	}
	if said != m.Hash {
		return Manifest{}, fmt.Errorf("reading manifest: %w", ErrEdited)
	}
	return m, nil
}
