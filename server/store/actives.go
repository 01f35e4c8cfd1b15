package store

import (
	"fmt"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Span is a kind of period that installs are counted over.
type Span string

// The spans. Weeks begin on Monday, as those of ISO 8601.
const (
	SpanDay   Span = "day"
	SpanWeek  Span = "week"
	SpanMonth Span = "month"
)

// Spans are all of them.
var Spans = [...]Span{SpanDay, SpanWeek, SpanMonth}

// Active counts the installs that sent an event in one period and whose first
// event was in one week. An install that has an id counts once by that; one that
// has none counts by the mark that one event of each period carries.
type Active struct {
	Start    Day // the first day of the period
	Cohort   Day // the Monday of the week of the first event
	Installs uint64
}

// StartOf is the first day of the span that d lies in.
func (d Day) StartOf(s Span) Day {
	switch s {
	case SpanWeek:
		return d - (d+3+7*1e6)%7 // day 0 was a Thursday
	case SpanMonth:
		t := d.Time()
		return DayOf(t.AddDate(0, 0, 1-t.Day()))
	}
	return d
}

// Week names the ISO week that d lies in: "2026-W48".
func (d Day) Week() string { return event.Week(d.Time()) }

// Marked reports whether the event marks the first one of its install in a span.
func (e *Event) Marked(s Span) bool {
	switch s {
	case SpanDay:
		return e.Marks.Day
	case SpanWeek:
		return e.Marks.Week
	default:
		return e.Marks.Month
	}
}

// Cohort is the week that the marks name. The error is one of a store that holds
// what nobody checked.
func (e *Event) Cohort() (Day, error) {
	monday, err := event.ParseWeek(e.Marks.InstallWeek)
	if err != nil {
		return 0, fmt.Errorf("event %s: %w", e.ID, err)
	}
	return DayOf(monday), nil
}

// CheckWeek reads an install week: one of ISO 8601 that has begun by latest.
func CheckWeek(s string, earliest, latest time.Time) error {
	monday, err := event.ParseWeek(s)
	if err != nil {
		return err
	}
	if monday.Before(earliest) || monday.After(latest) {
		return fmt.Errorf("week %s is not between %s and now", s, event.Week(earliest))
	}
	return nil
}
