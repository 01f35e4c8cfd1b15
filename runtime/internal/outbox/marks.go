package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// mark gives the events of a parcel that have no install id what stands in its
// place. It runs in the transaction that packs them: a parcel is sent as often as
// it takes, and its marks with it.
func (b *Outbox) mark(ctx context.Context, tx *sql.Tx, records []event.Record, now time.Time) error {
	var done *marked
	for i, r := range records {
		if !strings.Contains(string(r.JSON), `,"marks":{}`) {
			continue // with an id, or marked before
		}
		var e event.Event
		if json.Unmarshal(r.JSON, &e) != nil || e.Marks == nil {
			continue // whoever sends it says what is wrong with it
		}
		if done == nil {
			var err error
			if done, err = b.marked(ctx, tx, now); err != nil {
				return err
			}
		}
		*e.Marks = done.mark(e.Timestamp)
		records[i].JSON = e.AppendJSON(nil)
		if _, err := tx.ExecContext(ctx, "UPDATE event SET json = ?, sum = ? WHERE id = ?", string(records[i].JSON), sum(r.ID, r.Consented, records[i].JSON), r.ID[:]); err != nil {
			return err
		}
	}
	if done == nil {
		return nil
	}
	return done.keep(ctx, tx)
}

// marked reads what has been marked.
func (b *Outbox) marked(ctx context.Context, tx *sql.Tx, now time.Time) (*marked, error) {
	done := new(marked)
	var text string
	err := tx.QueryRowContext(ctx, "SELECT text FROM note WHERE key = ?", markedKey).Scan(&text)
	if err == nil {
		err = json.Unmarshal([]byte(text), done)
	} else if errors.Is(err, sql.ErrNoRows) {
		if done.InstallWeek, err = b.weekFile(); done.InstallWeek != "" {
			done.After = now.UTC().Format(time.DateOnly)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading marks: %w", err)
	}
	return done, nil
}

func (m *marked) keep(ctx context.Context, tx *sql.Tx) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keeping marks: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO note (key, text) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text", markedKey, string(text))
	return err
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

// unmark takes back the marks of an event that the server will never take: the
// next event of the same day carries them.
func unmark(ctx context.Context, tx *sql.Tx, id event.ID) error {
	var text, noted string
	err := tx.QueryRowContext(ctx, "SELECT e.json, n.text FROM event AS e, note AS n WHERE e.id = ? AND n.key = ?", id[:], markedKey).Scan(&text, &noted)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // no marks at all
	}
	if err != nil {
		return err
	}
	var e event.Event
	done := new(marked)
	if json.Unmarshal([]byte(text), &e) != nil || e.Marks == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(noted), done); err != nil {
		return fmt.Errorf("reading marks: %w", err)
	}
	for _, period := range done.periods(e.Marks, e.Timestamp.UTC()) {
		if *period.is {
			*period.of = slices.DeleteFunc(*period.of, func(name string) bool { return name == period.name })
		}
	}
	return done.keep(ctx, tx)
}

// weekFile reads the install week, "" if there is none.
func (b *Outbox) weekFile() (string, error) {
	text, err := os.ReadFile(b.weekPath())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	week := strings.TrimSpace(string(text))
	if err == nil {
		_, err = event.ParseWeek(week)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: remove it, and a new one is made", b.weekPath(), err)
	}
	return week, nil
}

func (b *Outbox) weekPath() string { return filepath.Join(filepath.Dir(b.path), WeekFile) }

// keepWeek writes the install week beside the database that has it, if it is not
// there yet. It comes behind the transaction: a file without the note would say
// that the note is lost.
func (b *Outbox) keepWeek(ctx context.Context) error {
	if _, err := os.Stat(b.weekPath()); err == nil {
		return nil
	}
	text, err := b.Noted(ctx, markedKey)
	if err != nil || text == "" {
		return err
	}
	var done marked
	if err := json.Unmarshal([]byte(text), &done); err != nil {
		return fmt.Errorf("reading marks: %w", err)
	}
	if err := os.WriteFile(b.weekPath(), []byte(done.InstallWeek+"\n"), 0o600); err != nil {
		return fmt.Errorf("keeping the install week: %w", err)
	}
	return nil
}
