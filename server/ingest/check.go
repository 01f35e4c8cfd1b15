package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Limits of an event's strings, in bytes.
const (
	maxName  = 200 // what the pages list
	maxShort = 100 // versions, systems, sessions
	// maxMessage keeps the longest answer, a thousand refusals, within what
	// clients read (wire.MaxAnswer).
	maxMessage = 200
)

// Events happen between the first release of any kit and, clocks being what
// they are, a day from now. What lies outside would give the pages years of
// empty days.
var earliest = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

const latest = 24 * time.Hour

// reason is why an event is refused.
type reason struct {
	code    string // "invalid_event", "unknown_type" or "unsupported_schema"
	pointer string // RFC 6901, within the event
	text    string
}

func (r *reason) Error() string { return r.pointer + ": " + r.text }

func invalid(pointer, format string, args ...any) error {
	return &reason{code: "invalid_event", pointer: pointer, text: fmt.Sprintf(format, args...)}
}

// incoming is an event as it arrives, of schema 1.x. What event.Event reads into
// types of its own is text here, so that a refusal can name its place.
type incoming struct {
	SchemaVersion string            `json:"schema_version"`
	ID            string            `json:"event_id"`
	Timestamp     string            `json:"timestamp"`
	Service       event.Service     `json:"service"`
	UserID        string            `json:"user_id"`
	Marks         *event.Marks      `json:"marks"`
	SessionID     string            `json:"session_id"`
	Environment   event.Environment `json:"environment"`
	Body          event.Body        `json:"event"`
	Metadata      struct {
		SDKVersion string `json:"sdk_version"`
	} `json:"metadata"`
}

// checkAll sorts a batch's events into those that are right and those that are
// refused, with the reasons.
func checkAll(raws []json.RawMessage, limit int, now time.Time) (events []store.Event, refused []wire.EventRefuse) {
	events = make([]store.Event, 0, len(raws))
	for i, raw := range raws {
		e, id, err := checkRaw(raw, limit, now)
		if err == nil {
			events = append(events, e)
			continue
		}
		code := "invalid_event"
		if why := (*reason)(nil); errors.As(err, &why) {
			code = why.code
		}
		refused = append(refused, wire.EventRefuse{Index: i, EventID: cut(id, 36), Error: code, Message: cut(err.Error(), maxMessage)})
	}
	return events, refused
}

// checkRaw reads and checks one event. The id is returned as far as it could be
// read, whatever else is wrong.
func checkRaw(raw json.RawMessage, limit int, now time.Time) (e store.Event, id string, err error) {
	if len(raw) > limit {
		return e, "", invalid("", "it is larger than %d bytes", limit)
	}
	if !utf8.Valid(raw) {
		return e, "", invalid("", "it is not UTF-8")
	}
	var in incoming
	if err := json.Unmarshal(raw, &in); err != nil {
		return e, in.ID, misread("", err)
	}
	e, err = in.check(now)
	return e, in.ID, err
}

// check is the list of what holds for every event.
func (in *incoming) check(now time.Time) (e store.Event, err error) {
	if in.SchemaVersion == "" {
		return e, invalid("/schema_version", "it is missing")
	}
	if !readableSchema(in.SchemaVersion) {
		return e, &reason{"unsupported_schema", "/schema_version", fmt.Sprintf("%.20q is not 1.x: upgrade the server", in.SchemaVersion)}
	}
	if e.ID, err = event.ParseID(in.ID); err != nil || e.ID.IsZero() {
		return e, invalid("/event_id", "want a UUID of 36 characters")
	}
	if e.Time, err = checkTime(in.Timestamp, now); err != nil {
		return e, err
	}
	if err := in.checkTexts(); err != nil {
		return e, err
	}
	if err := in.checkIdentity(now); err != nil {
		return e, err
	}
	if in.Marks != nil {
		e.Marks = *in.Marks
	}
	e.Type, e.Service, e.Environment = in.Body.Type, in.Service, in.Environment
	e.User, e.Session, e.SDK, e.Data = in.UserID, in.SessionID, in.Metadata.SDKVersion, in.Body.Data
	return e, readData(&e, in.SchemaVersion, in.Body)
}

// checkTime reads RFC 3339, to the millisecond: finer is not kept.
func checkTime(s string, now time.Time) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		return t, invalid("/timestamp", "%.40q is not a time of RFC 3339", s)
	case t.Before(earliest):
		return t, invalid("/timestamp", "%s is before %s: was the clock set?", s, earliest.Format(time.DateOnly))
	case t.Sub(now) > latest:
		return t, invalid("/timestamp", "%s is %s ahead of the server's clock", s, t.Sub(now).Round(time.Second))
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

func (in *incoming) checkTexts() error {
	for _, field := range [...]struct {
		pointer, text string
		required      bool
		limit         int
	}{
		{"/service/name", in.Service.Name, true, maxName},
		{"/service/version", in.Service.Version, true, maxShort},
		{"/service/revision", in.Service.Revision, false, maxShort},
		{"/service/language", in.Service.Language, true, maxShort},
		{"/service/language_version", in.Service.LanguageVersion, false, maxShort},
		{"/session_id", in.SessionID, false, maxShort},
		{"/environment/os", in.Environment.OS, true, maxShort},
		{"/environment/os_version", in.Environment.OSVersion, false, maxShort},
		{"/environment/arch", in.Environment.Arch, false, maxShort},
		{"/environment/shell", in.Environment.Shell, false, maxShort},
		{"/environment/container", in.Environment.Container, false, maxShort},
		{"/environment/terminal", in.Environment.Terminal, false, maxShort},
		{"/environment/ai_agent", in.Environment.AIAgent, false, maxShort},
		{"/event/category", in.Body.Category, false, maxName},
		{"/metadata/sdk_version", in.Metadata.SDKVersion, true, maxShort},
	} {
		if err := checkText(field.pointer, field.text, field.required, field.limit); err != nil {
			return err
		}
	}
	return nil
}

func checkText(pointer, text string, required bool, limit int) error {
	switch {
	case text == "" && required:
		return invalid(pointer, "it is missing")
	case len(text) > limit:
		return invalid(pointer, "it is longer than %d bytes", limit)
	case strings.ContainsFunc(text, unicode.IsControl):
		return invalid(pointer, "it holds control characters")
	}
	return nil
}

// checkIdentity wants an install id or the marks in the place of one. Both
// together would be the worse of two: an install that is counted twice, and marks
// that name somebody.
func (in *incoming) checkIdentity(now time.Time) error {
	switch {
	case in.Marks == nil && !wire.ValidUserID(in.UserID):
		return invalid("/user_id", `want "client_" and 64 lower-case hex digits, or marks in its place`)
	case in.Marks == nil:
		return nil
	case in.UserID != "":
		return invalid("/marks", "they stand in the place of user_id, and both are there")
	}
	if err := store.CheckWeek(in.Marks.InstallWeek, earliest, now.Add(latest)); err != nil {
		return invalid("/marks/install_week", "%s", err)
	}
	return nil
}

// misread turns an error of encoding/json into a reason. pointer is where the
// value stands that was read.
func misread(pointer string, err error) error {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return invalid(pointer, "%.100s", err)
	}
	if mismatch.Field != "" {
		pointer += "/" + strings.ReplaceAll(mismatch.Field, ".", "/")
	}
	return invalid(pointer, "want %s, got %s", jsonKind(mismatch.Type.Kind()), mismatch.Value)
}

// cut shortens s to at most limit bytes, and never within a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
