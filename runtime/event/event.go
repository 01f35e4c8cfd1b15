// Package event holds the one noun that travels: an event as a program records
// it, as its outbox keeps it and as the server receives it.
//
// In comes what a program observed about itself; out goes the JSON of event
// schema 1.x. It imports nothing of this module and nothing outside the
// standard library that a program would pay for at start (no net, no crypto).
// The parcel around many events, its signature and the server's answers are in
// package wire.
package event

import (
	"encoding/json"
	"time"
)

// SchemaVersion is the version of the event schema that this package writes.
// Version 1.1.0 adds [TypeSummary], 1.2.0 [TypeMetric], [Marks], error codes
// and more of [Environment] and [Service];
// 1.0.0 is read as it is.
const SchemaVersion = "1.2.0"

// Event is one event of schema 1.x.
type Event struct {
	// SchemaVersion is "1.0.0", "1.1.0" or "1.2.0".
	SchemaVersion string `json:"schema_version"`
	// ID is made once, when the event is recorded; whoever sees it twice has a
	// duplicate.
	ID ID `json:"event_id"`
	// Timestamp is when it happened (RFC 3339, UTC); for calls, when they began.
	Timestamp time.Time `json:"timestamp"`
	Service   Service   `json:"service"`
	// UserID is "client_" and 64 hex digits: a random number, made at the
	// person's yes, different for every program. Empty until the event is sent,
	// and for ever if there are Marks.
	UserID string `json:"user_id,omitempty"`
	// Marks stand in the place of UserID where the author chose to have no id.
	// Until the event is sent they are there, and empty.
	Marks *Marks `json:"marks,omitempty"`
	// SessionID names one run of a program.
	SessionID   string      `json:"session_id,omitempty"`
	Environment Environment `json:"environment"`
	Body        Body        `json:"event"`
	Metadata    Metadata    `json:"metadata"`
}

// Service names the program that the event is about.
type Service struct {
	Name            string `json:"name"`
	Version         string `json:"version"`
	Revision        string `json:"revision,omitempty"` // 7 to 12 hex digits, and "+dirty" if it was changed; since 1.2.0
	Language        string `json:"language"`
	LanguageVersion string `json:"language_version,omitempty"`
}

// Environment holds what is known of the machine, all of it from closed lists. What
// is in none is "other", what is not known is empty.
type Environment struct {
	OS string `json:"os"` // runtime.GOOS
	// OSVersion is digits and dots; on Linux behind the distribution ("debian 12").
	// It is filled in when the event is read from the spool.
	OSVersion string `json:"os_version,omitempty"`
	Arch      string `json:"arch,omitempty"` // runtime.GOARCH
	CI        bool   `json:"ci,omitempty"`
	Shell     string `json:"shell,omitempty"`
	// The rest is of 1.2.0. Container is "docker" (filled in as OSVersion is),
	// "podman", "kubernetes", "lxc", "wsl" or "other"; Terminal the program that the
	// person types into ("vscode"), AIAgent the one that runs this program for them
	// ("codex").
	Container string `json:"container,omitempty"`
	Terminal  string `json:"terminal,omitempty"`
	AIAgent   string `json:"ai_agent,omitempty"`
}

// Metadata is filled in when the event is sent.
type Metadata struct {
	SDKVersion            string    `json:"sdk_version"`
	TransmissionTimestamp time.Time `json:"transmission_timestamp"`
	BatchSize             int       `json:"batch_size"`
	RetryCount            int       `json:"retry_count"`
}

// Body is what happened. Data is one of [Call], [Summary], [Custom] and
// [Metric], according to Type.
type Body struct {
	Type     Type            `json:"type"`
	Category string          `json:"category,omitempty"`
	Data     json.RawMessage `json:"data"`
}

// Type tells what Body.Data holds.
type Type string

// The types of schema 1.2.0.
const (
	TypeCommand Type = "command_execution" // a [Call] with the key "command"
	TypeFeature Type = "feature_used"      // a [Call] with the key "feature"
	TypeCustom  Type = "custom"            // a [Custom]
	TypeSummary Type = "feature_summary"   // a [Summary]; since 1.1.0
	TypeMetric  Type = "metric_summary"    // a [Metric]; since 1.2.0
)

// Outcome tells how a call ended.
type Outcome string

// The ways a call ends.
const (
	OK         Outcome = "ok"         // it returned, and without an error
	Error      Outcome = "error"      // it returned an error
	Canceled   Outcome = "canceled"   // it returned an error that is context.Canceled: somebody wanted no answer any more
	Panic      Outcome = "panic"      // it panicked, recovered further up or not
	Goexit     Outcome = "goexit"     // runtime.Goexit, which t.FailNow calls too
	Unfinished Outcome = "unfinished" // the process went away in the middle: os.Exit, SIGKILL, out of memory
)

// Call is one call of a command or feature.
type Call struct {
	// Command or Feature is the name, according to the event's type.
	Command string `json:"command,omitempty"`
	Feature string `json:"feature,omitempty"`
	// Success is Outcome == OK, for readers of schema 1.0.0.
	Success bool `json:"success"`
	// DurationMS is the wall time in milliseconds, three decimals; absent for
	// unfinished calls.
	DurationMS float64 `json:"duration_ms,omitempty"`
	Outcome    Outcome `json:"outcome,omitempty"`
	// ErrorType is the Go type of the error ("*fs.PathError"), never its text. Of a
	// panic it is "runtime.Error" if Go itself raised it, and else not known.
	ErrorType string `json:"error_type,omitempty"`
	// ErrorCode is what the program declares the error to be, in the alphabet of
	// names ("quota.exceeded"), or "other"; since 1.2.0.
	ErrorCode string `json:"error_code,omitempty"`
	// ExitCode is what the process exited with, where that is known.
	ExitCode   *int           `json:"exit_code,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// Name is the command's or the feature's name.
func (c Call) Name() string {
	if c.Command != "" {
		return c.Command
	}
	return c.Feature
}

// Custom is something that happened, without a duration.
type Custom struct {
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// Summary is what a feature did between two moments: the counts since the
// summary before it (delta temporality in OpenTelemetry's words).
type Summary struct {
	Feature     string    `json:"feature"`
	WindowStart time.Time `json:"window_start"`
	WindowEnd   time.Time `json:"window_end"`
	// Calls counts all; of these Errors returned one, Canceled returned
	// context.Canceled, Panics panicked and Goexits ended in runtime.Goexit.
	Calls    uint64 `json:"calls"`
	Errors   uint64 `json:"errors,omitempty"`
	Canceled uint64 `json:"canceled,omitempty"`
	Panics   uint64 `json:"panics,omitempty"`
	Goexits  uint64 `json:"goexits,omitempty"`
	// Duration is over all calls, in nanoseconds.
	Duration Histogram `json:"duration_ns"`
}

// MaxTotal is the most that a [Metric] counts between two moments: the largest
// number up to which every JSON reader is exact (RFC 8259, section 6).
const MaxTotal = 1 << 53

// Metric is what was counted, or measured, under one name between two moments:
// what came since the metric before it (delta temporality in OpenTelemetry's
// words). It has no attributes.
type Metric struct {
	Name string `json:"metric"`
	// Unit is a code of UCUM's case sensitive variant, as OpenTelemetry uses them
	// ("By", "s", "1"), or "other". Counts have "1".
	Unit        string    `json:"unit"`
	WindowStart time.Time `json:"window_start"`
	WindowEnd   time.Time `json:"window_end"`
	// Total is what was counted, up to MaxTotal; nothing but counts has it.
	Total uint64 `json:"total,omitempty"`
	// Values are what was measured; nil of counts.
	Values *Distribution `json:"values,omitempty"`
	// Invalid counts what could be neither: negative counts, NaN and infinities.
	Invalid uint64 `json:"invalid,omitempty"`
}

// Recorded is how much was counted, or how many values were measured, the invalid
// ones included.
func (m Metric) Recorded() uint64 {
	n := m.Total + m.Invalid
	if m.Values != nil {
		n += m.Values.Count
	}
	return n
}
