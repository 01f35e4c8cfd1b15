package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/telemetry-kit/telemetry-kit-go/internal/soak/writer"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// key names an event by who recorded it and as which: an event that was given a
// second id on its way is found twice under it.
type key struct{ writer, n int }

// ledger holds what writers said to be recorded against what was found. It may
// be used by many goroutines.
type ledger struct {
	mu    sync.Mutex
	acked map[key]int64 // when the recording began, in Unix nanoseconds
	found map[key]int
	last  map[int]int // the last number that was acknowledged, by writer
	safe  map[int]int // calls of a feature that were acknowledged, by writer
	calls map[int]int // and that were found
	yes   map[int]int // the first number after the person's yes, by writer
	bad   []string    // what nobody should have said

	forgiven map[key]bool // events that may be missing
	expired  int          // how many more may be, because they were counted as that
}

func newLedger() *ledger {
	return &ledger{
		acked: map[key]int64{}, found: map[key]int{}, last: map[int]int{}, safe: map[int]int{}, calls: map[int]int{}, yes: map[int]int{},
		forgiven: map[key]bool{},
	}
}

// say takes a line of a writer.
func (l *ledger) say(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	word := strings.Fields(line)
	if len(word) != 4 {
		if strings.HasPrefix(line, "error") {
			l.bad = append(l.bad, line)
		}
		return // cut off by a kill
	}
	var number [3]int
	for i := range number {
		n, err := strconv.Atoi(word[i+1])
		if err != nil {
			return
		}
		number[i] = n
	}
	id, n := number[0], number[1]
	switch word[0] {
	case "t", "c":
		l.acked[key{id, n}] = int64(number[2])
		l.last[id] = max(l.last[id], n)
	case "f":
		l.safe[id] = max(l.safe[id], n)
	case "yes":
		l.yes[id] = n
	}
}

func (l *ledger) ackedCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// saw notes an event that was found; data is what its body holds.
func (l *ledger) saw(kind event.Type, data json.RawMessage) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch kind {
	case event.TypeSummary:
		var s event.Summary
		if err := json.Unmarshal(data, &s); err != nil {
			return fmt.Errorf("reading a summary that was found: %w", err)
		}
		id, err := strconv.Atoi(strings.TrimPrefix(s.Feature, writer.Feature))
		if err != nil {
			return fmt.Errorf("finding the feature %q, which nobody recorded", s.Feature)
		}
		l.calls[id] += int(s.Calls)
	case event.TypeMetric:
		var m event.Metric
		if err := json.Unmarshal(data, &m); err != nil {
			return fmt.Errorf("reading a metric that was found: %w", err)
		}
		if !event.Reserved(m.Name) { // that a disk was full may be told; what was acknowledged is there all the same
			return fmt.Errorf("finding the metric %q, which nobody recorded", m.Name)
		}
	case event.TypeCustom, event.TypeCommand:
		var call struct {
			Outcome    event.Outcome
			Attributes struct{ W, N *int }
		}
		if err := json.Unmarshal(data, &call); err != nil {
			return fmt.Errorf("reading an event that was found: %w", err)
		}
		if call.Outcome == event.Unfinished {
			return nil // a command whose writer was killed in it
		}
		if call.Attributes.W == nil || call.Attributes.N == nil {
			return fmt.Errorf("finding an event without its number: %s", data)
		}
		l.found[key{*call.Attributes.W, *call.Attributes.N}]++
	}
	return nil
}

// forgive says that what was recorded until then may be missing.
func (l *ledger) forgive(until int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, at := range l.acked {
		if at <= until {
			l.forgiven[k] = true
		}
	}
}

// everything returns what was acknowledged until now.
func (l *ledger) everything() map[key]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acked)
}

// forgiveExcept says that what was acknowledged may be missing, but for some.
func (l *ledger) forgiveExcept(some map[key]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range l.acked {
		if _, kept := some[k]; !kept {
			l.forgiven[k] = true
		}
	}
}

// balance compares.
func (l *ledger) balance() (b tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	strict := l.expired == 0
	for k := range l.acked {
		b.Acked++
		switch {
		case l.found[k] > 0:
			b.Recovered++
		case l.forgiven[k]:
			b.Excused++
		case l.expired > 0:
			l.expired--
			b.Excused++
		default:
			b.Lost++
			l.note("lost: event %d of writer %d", k.n, k.writer)
		}
	}
	for k, n := range l.found {
		if n > 1 {
			b.Doubled += n - 1
			l.note("doubled: event %d of writer %d is there %d times", k.n, k.writer, n)
		}
	}
	if strict {
		l.balanceCalls(&b)
	}
	b.Notes = l.bad
	return b
}

// balanceCalls: of a killed writer the calls since its last command may be
// missing, and those of one more event may be there. Writers of which events may
// be missing are left out.
func (l *ledger) balanceCalls(b *tally) {
	loose := map[int]bool{}
	for k := range l.forgiven {
		loose[k.writer] = true
	}
	for id, safe := range l.safe {
		if loose[id] {
			continue
		}
		b.Calls += safe
		if found := l.calls[id]; found < safe {
			b.Lost += safe - found
			l.note("lost: %d calls of writer %d", safe-found, id)
		}
	}
	for id, found := range l.calls {
		if most := (l.last[id] + 2) * writer.CallsEach; found > most {
			b.Doubled += found - most
			l.note("doubled: %d calls of writer %d", found-most, id)
		}
	}
}

func (l *ledger) note(format string, args ...any) {
	const most = 5
	if len(l.bad) < most {
		l.bad = append(l.bad, fmt.Sprintf(format, args...))
	}
}

// tally is what a scenario found out.
type tally struct {
	Rounds    int `json:"rounds"`
	Kills     int `json:"kills"`
	Acked     int `json:"acked"`
	Calls     int `json:"calls"` // of features, acknowledged with the command after them
	Recovered int `json:"recovered"`
	// Kept counts events that are on this machine and not on the server, those of
	// features included: they may not be sent, or the scenario has no server.
	Kept    int `json:"kept_here"`
	Lost    int `json:"lost"`
	Doubled int `json:"doubled"`
	Torn    int `json:"torn"`
	// Excused counts events that were to go: a person removed them, or they were
	// past their time and counted as that.
	Excused int      `json:"excused"`
	Notes   []string `json:"notes,omitempty"`
}

func (t *tally) add(o tally) {
	t.Rounds += o.Rounds
	t.Kills += o.Kills
	t.Acked += o.Acked
	t.Calls += o.Calls
	t.Recovered += o.Recovered
	t.Kept += o.Kept
	t.Lost += o.Lost
	t.Doubled += o.Doubled
	t.Torn += o.Torn
	t.Excused += o.Excused
	if room := 20 - len(t.Notes); room > 0 {
		t.Notes = append(t.Notes, o.Notes[:min(room, len(o.Notes))]...)
	}
}
