package outbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// WeekFile is the name of the file that holds the install week, beside the
// database: a damaged database does not make one install look like two.
const WeekFile = "install-week"

// maxPeriods is how many days, weeks and months each are remembered as marked:
// more than events are kept for.
const maxPeriods = 100

// marked is what has been marked so far. Every period is remembered and not only
// the last one, so that neither a clock that jumps, in either direction, nor
// events that come late are marked twice, and none is forgotten.
type marked struct {
	InstallWeek string   `json:"install_week"`
	Days        []string `json:"days"`   // "2026-11-23"
	Weeks       []string `json:"weeks"`  // "2026-W48"
	Months      []string `json:"months"` // "2026-11"
	// After is the day until which all of it counts as marked, if the database
	// that knew better is gone.
	After string `json:"after,omitempty"`
}

const markedKey = "marks"

// unmarked reads an event that is to get marks. ok is false of one with an id, one
// that has its marks, and one that cannot be read: whoever sends it says so.
func unmarked(text []byte) (e event.Event, ok bool) {
	if !strings.Contains(string(text), `,"marks":{}`) {
		return e, false
	}
	err := json.Unmarshal(text, &e)
	return e, err == nil && e.Marks != nil
}

// mark marks one event. Its periods are marked from then on.
func (m *marked) mark(at time.Time) event.Marks {
	at = at.UTC()
	if m.InstallWeek == "" {
		m.InstallWeek = event.Week(at)
	}
	marks := event.Marks{InstallWeek: m.InstallWeek}
	for _, period := range m.periods(&marks, at) {
		_, known := slices.BinarySearch(*period.of, period.name)
		*period.is = !known && (m.After == "" || period.name > period.after)
		if !known {
			*period.of = inserted(*period.of, period.name)
		}
	}
	return marks
}

type period struct {
	is    *bool
	of    *[]string
	name  string
	after string // the name of the period that m.After lies in
}

func (m *marked) periods(marks *event.Marks, at time.Time) [3]period {
	after, _ := time.Parse(time.DateOnly, m.After)
	return [3]period{
		{&marks.Day, &m.Days, at.Format(time.DateOnly), m.After},
		{&marks.Week, &m.Weeks, event.Week(at), event.Week(after)},
		{&marks.Month, &m.Months, at.Format("2006-01"), after.Format("2006-01")},
	}
}

// inserted keeps the names sorted, and the latest of them.
func inserted(names []string, name string) []string {
	i, _ := slices.BinarySearch(names, name)
	names = slices.Insert(names, i, name)
	return names[max(0, len(names)-maxPeriods):]
}

// undo takes back the marks of an event.
func (m *marked) undo(e event.Event) {
	for _, period := range m.periods(e.Marks, e.Timestamp.UTC()) {
		if *period.is {
			*period.of = slices.DeleteFunc(*period.of, func(name string) bool { return name == period.name })
		}
	}
}
