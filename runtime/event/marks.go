package event

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// Marks let a server count installs that have no id. Of all events of an install,
// one a day, one a week and one a month carry the mark that says so; how many
// marks there are is how many installs were active, and with the install week
// beside them, how many came back. Days, weeks and months are those of the
// event's timestamp in UTC; weeks begin on Monday (ISO 8601).
type Marks struct {
	// InstallWeek is the week of the install's first event: "2026-W48".
	InstallWeek string `json:"install_week,omitempty"`
	Day         bool   `json:"day,omitempty"`   // the first event of its day
	Week        bool   `json:"week,omitempty"`  // the first event of its week
	Month       bool   `json:"month,omitempty"` // the first event of its month
}

func (m *Marks) append(dst []byte) []byte {
	if m == nil {
		return dst
	}
	dst = append(dst, `,"marks":{`...)
	start := len(dst)
	dst = appendMember(dst, "install_week", m.InstallWeek)
	for _, mark := range [...]struct {
		is   bool
		text string
	}{{m.Day, `,"day":true`}, {m.Week, `,"week":true`}, {m.Month, `,"month":true`}} {
		if mark.is {
			dst = append(dst, mark.text...)
		}
	}
	if len(dst) > start { // the first comma is one too many
		dst = append(dst[:start], dst[start+1:]...)
	}
	return append(dst, '}')
}

// Week names the week of t, in UTC, as ISO 8601 does: "2026-W48".
func Week(t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// ParseWeek returns the Monday, 0:00 UTC, with which a week begins.
func ParseWeek(s string) (time.Time, error) {
	if len(s) == 8 && s[4:6] == "-W" {
		year, errYear := strconv.Atoi(s[:4])
		week, errWeek := strconv.Atoi(s[6:])
		// The fourth of January always lies in the first week.
		fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, 7*(week-1)-(int(fourth.Weekday())+6)%7)
		if errYear == nil && errWeek == nil && Week(monday) == s {
			return monday, nil
		}
	}
	return time.Time{}, fmt.Errorf("reading week %.20q: want a week of ISO 8601, such as 2026-W48", s)
}

// Fill returns the JSON of an event as [Event.AppendJSON] wrote it when it was
// recorded, with what is filled in when it is sent: user or, if the event has
// marks, marks, and the metadata. It is for those who want to show an event
// without reading it first.
func Fill(recorded []byte, user string, marks Marks, m Metadata) []byte {
	before, after, _ := bytes.Cut(recorded, []byte(`,"environment":{`)) // the first: quotes within texts are escaped
	dst := make([]byte, 0, len(recorded)+256)
	if noID, empty := bytes.CutSuffix(before, []byte(`,"marks":{}`)); empty {
		dst = marks.append(append(dst, noID...))
	} else if head, session, ok := bytes.Cut(before, []byte(`,"session_id":`)); ok {
		dst = appendMember(append(dst, head...), "user_id", user)
		dst = append(append(dst, `,"session_id":`...), session...)
	} else {
		dst = appendMember(append(dst, before...), "user_id", user)
	}
	dst = append(append(dst, `,"environment":{`...), after...)
	if body, ok := bytes.CutSuffix(dst, append(new(Metadata).append(nil), '}')); ok {
		dst = append(m.append(body), '}')
	}
	return dst
}
