package ingest

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

const (
	// maxData bounds /event/data, in bytes.
	maxData = 16 << 10
	// maxCount is the largest number that every JSON reader reads exactly
	// (RFC 8259, section 6): what lies above it was not counted.
	maxCount = 1 << 53
	// maxDurationMS is a year.
	maxDurationMS = 366 * 24 * 60 * 60 * 1000
)

// readData reads /event/data according to the type, and says what the rollups
// count it under.
func readData(e *store.Event, schema string, body event.Body) error {
	if len(body.Data) == 0 || string(body.Data) == "null" {
		return invalid("/event/data", "it is missing")
	}
	if len(body.Data) > maxData {
		return invalid("/event/data", "it is larger than %d bytes", maxData)
	}
	switch body.Type {
	case event.TypeCommand:
		return readCall(e, store.KindCommand)
	case event.TypeFeature:
		return readCall(e, store.KindFeature)
	case event.TypeSummary:
		return readSummary(e)
	case event.TypeMetric:
		return readMetric(e)
	case event.TypeCustom:
		return readCustom(e, schema, body.Category)
	case "":
		return invalid("/event/type", "it is missing")
	default:
		return &reason{"unknown_type", "/event/type", fmt.Sprintf("this server does not know %.40q: upgrade it", string(body.Type))}
	}
}

// call is an event.Call as either schema version writes it: 1.0.0 may leave
// out how it ended, 1.1.0 says it in the outcome.
type call struct {
	Command    string        `json:"command"`
	Subcommand string        `json:"subcommand"` // 1.0.0
	Feature    string        `json:"feature"`
	Success    *bool         `json:"success"`
	ExitCode   *int          `json:"exit_code"`
	DurationMS *float64      `json:"duration_ms"`
	Outcome    event.Outcome `json:"outcome"`
	ErrorType  string        `json:"error_type"`
	ErrorCode  string        `json:"error_code"` // 1.2.0
}

func readCall(e *store.Event, kind store.Kind) (err error) {
	var c call
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return misread("/event/data", err)
	}
	e.Kind, e.Name = kind, c.name(kind)
	if err := checkText("/event/data/"+string(kind), e.Name, true, maxName); err != nil {
		return err
	}
	if err := checkText("/event/data/error_type", c.ErrorType, false, maxName); err != nil {
		return err
	}
	if err := checkText("/event/data/error_code", c.ErrorCode, false, maxName); err != nil {
		return err
	}
	if e.Outcome, err = c.outcome(); err != nil {
		return err
	}
	e.Duration, err = c.duration()
	return err
}

// name joins a command and its subcommand, which people type one after the
// other and count apart.
func (c *call) name(kind store.Kind) string {
	switch {
	case kind == store.KindFeature:
		return c.Feature
	case c.Command != "" && c.Subcommand != "":
		return c.Command + " " + c.Subcommand
	default:
		return c.Command
	}
}

// outcome believes the most exact of what was said. Empty: nothing was said.
func (c *call) outcome() (event.Outcome, error) {
	failed := (c.Success != nil && !*c.Success) || (c.Success == nil && c.ExitCode != nil && *c.ExitCode != 0)
	switch {
	case c.Outcome != "":
		return checkOutcome(c.Outcome)
	case failed:
		return event.Error, nil
	case c.Success != nil || c.ExitCode != nil:
		return event.OK, nil
	}
	return "", nil
}

func checkOutcome(o event.Outcome) (event.Outcome, error) {
	switch o {
	case event.OK, event.Error, event.Canceled, event.Panic, event.Goexit, event.Unfinished:
		return o, nil
	}
	return "", invalid("/event/data/outcome", "%.40q is none of ok, error, canceled, panic, goexit and unfinished", string(o))
}

func (c *call) duration() (time.Duration, error) {
	switch ms := c.DurationMS; {
	case ms == nil:
		return store.NoDuration, nil
	case *ms < 0 || *ms > maxDurationMS:
		return 0, invalid("/event/data/duration_ms", "%g is not between 0 and a year", *ms)
	default:
		return time.Duration(math.Round(*ms * float64(time.Millisecond))), nil
	}
}

// readCustom takes any object with a name. Of schema 1.0.0 it need not have
// one; then the category stands for it.
func readCustom(e *store.Event, schema, category string) error {
	var c struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return misread("/event/data", err)
	}
	e.Kind, e.Duration = store.KindCustom, store.NoDuration
	switch {
	case c.Name != "" || schema != "1.0.0":
		e.Name = c.Name
	case category != "":
		e.Name = category
	default:
		e.Name = "custom"
	}
	return checkText("/event/data/name", e.Name, true, maxName)
}

func readSummary(e *store.Event) error {
	s := new(event.Summary)
	if err := json.Unmarshal(e.Data, s); err != nil {
		return misread("/event/data", err)
	}
	e.Kind, e.Name, e.Summary, e.Duration = store.KindFeature, s.Feature, s, store.NoDuration
	switch {
	case s.Calls == 0 || s.Calls > maxCount:
		return invalid("/event/data/calls", "%d is not between 1 and 2^53", s.Calls)
	case !within(s.Calls, s.Errors, s.Canceled, s.Panics, s.Goexits):
		return invalid("/event/data/calls", "%d calls cannot have ended in %d errors, %d canceled, %d panics and %d goexits",
			s.Calls, s.Errors, s.Canceled, s.Panics, s.Goexits)
	case s.WindowEnd.Before(s.WindowStart):
		return invalid("/event/data/window_end", "it is before window_start")
	case s.Duration.Count > maxCount || s.Duration.Sum > maxCount:
		return invalid("/event/data/duration_ns", "count and sum must be at most 2^53")
	}
	if err := s.Duration.Check(); err != nil {
		return invalid("/event/data/duration_ns", "%s", err)
	}
	return checkText("/event/data/feature", s.Feature, true, maxName)
}

func readMetric(e *store.Event) error {
	m := new(event.Metric)
	if err := json.Unmarshal(e.Data, m); err != nil {
		return misread("/event/data", err)
	}
	e.Kind, e.Name, e.Metric, e.Duration = store.KindMetric, m.Name, m, store.NoDuration
	switch {
	case m.Total > event.MaxTotal || m.Invalid > maxCount:
		return invalid("/event/data/total", "total and invalid must be at most 2^53")
	case m.Total > 0 && m.Values != nil:
		return invalid("/event/data/values", "what is counted has a total, what is measured has values: want one of them")
	case m.Values != nil && m.Values.Count > maxCount:
		return invalid("/event/data/values/count", "%d is above 2^53", m.Values.Count)
	case m.Recorded() == 0:
		return invalid("/event/data", "neither was anything counted nor measured")
	case m.WindowEnd.Before(m.WindowStart):
		return invalid("/event/data/window_end", "it is before window_start")
	}
	if m.Values != nil {
		if err := m.Values.Check(); err != nil {
			return invalid("/event/data/values", "%s", err)
		}
	}
	if err := checkText("/event/data/unit", m.Unit, true, maxShort); err != nil {
		return err
	}
	return checkText("/event/data/metric", m.Name, true, maxName)
}

// within reports whether the parts add up to at most the whole.
func within(whole uint64, parts ...uint64) bool {
	for _, n := range parts {
		if n > whole {
			return false
		}
		whole -= n
	}
	return true
}

// jsonKind is what a person calls a Go kind that JSON is read into.
func jsonKind(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	default:
		return "a number that fits"
	}
}
