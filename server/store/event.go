package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Event is a received event, checked and laid flat: what every driver keeps.
// The sender's address is not among it.
type Event struct {
	ID   event.ID
	Time time.Time // when it happened, in milliseconds, UTC
	Type event.Type
	// Kind and Name are what the rollups count it under.
	Kind Kind
	Name string

	Service     event.Service
	Environment event.Environment
	// User is empty where the program has no install id; then there are Marks,
	// with a week in them.
	User    string
	Marks   event.Marks
	Session string
	SDK     string

	// Outcome is empty where the sender did not say how it ended.
	Outcome event.Outcome
	// Duration is negative where there is none.
	Duration time.Duration
	// Summary is what Data holds if the type is [event.TypeSummary], else nil.
	Summary *event.Summary
	// Metric is what Data holds if the type is [event.TypeMetric], else nil.
	Metric *event.Metric
	// Data is the event's own object, as it came.
	Data json.RawMessage
}

// NoDuration is the Duration of an event that has none.
const NoDuration time.Duration = -1

// Kind is what a rollup counts: one name may be a command's and a feature's.
type Kind string

// The kinds. Features counted one by one and in summaries are of one kind.
const (
	KindCommand Kind = "command"
	KindFeature Kind = "feature"
	KindCustom  Kind = "custom"
	KindMetric  Kind = "metric"
)

// Day is a day in UTC, counted from 1970-01-01.
type Day int32

const secondsADay = 24 * 60 * 60

// DayOf returns the day, in UTC, that t lies in.
func DayOf(t time.Time) Day {
	sec := t.Unix()
	if sec < 0 { // round down, not towards zero
		sec -= secondsADay - 1
	}
	return Day(sec / secondsADay)
}

// ParseDay reads "2006-01-02".
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("reading day %.20q: want YYYY-MM-DD", s)
	}
	return DayOf(t), nil
}

// Time is the day's first moment.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// String is "2006-01-02".
func (d Day) String() string { return d.Time().Format(time.DateOnly) }
