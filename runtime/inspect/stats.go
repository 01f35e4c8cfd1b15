package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Stat is what is known of one command, feature or custom event.
type Stat struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "command", "feature" or "custom"
	// Calls counts those that have ended or never will: OK, Errors, Canceled,
	// Panics, Goexits and Unfinished add up to it. Of custom events all are OK.
	Calls      uint64 `json:"calls"`
	OK         uint64 `json:"ok"`
	Errors     uint64 `json:"errors"`
	Canceled   uint64 `json:"canceled"` // ended in context.Canceled: neither a success nor an error
	Panics     uint64 `json:"panics"`
	Goexits    uint64 `json:"goexits"`
	Unfinished uint64 `json:"unfinished"`
	Running    uint64 `json:"running"` // commands that run now
	// P50MS and P95MS are milliseconds, within 4.5 %; zero without durations.
	P50MS float64   `json:"p50_ms"`
	P95MS float64   `json:"p95_ms"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`

	durations event.Histogram
}

// Stats returns one line a name, commands first, then by name.
func (d *Data) Stats(ctx context.Context) ([]Stat, error) {
	found := map[[2]string]*Stat{}
	for e, err := range d.Events(ctx) {
		if err != nil {
			return nil, err
		}
		if err := count(found, e); err != nil {
			return nil, err
		}
	}
	stats := make([]Stat, 0, len(found))
	for s := range maps.Values(found) {
		s.P50MS, s.P95MS = s.durations.Quantile(0.5)/1e6, s.durations.Quantile(0.95)/1e6
		stats = append(stats, *s)
	}
	slices.SortFunc(stats, func(a, b Stat) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.Name, b.Name))
	})
	return stats, nil
}

var rank = map[string]int{"command": 0, "feature": 1, "custom": 2}

func count(found map[[2]string]*Stat, e Event) error {
	parsed, err := e.Parse()
	if err != nil {
		return err
	}
	get := func(kind, name string, last time.Time) *Stat {
		s := found[[2]string{kind, name}]
		if s == nil {
			s = &Stat{Name: name, Kind: kind, First: parsed.Timestamp}
			found[[2]string{kind, name}] = s
		}
		if last.After(s.Last) {
			s.Last = last
		}
		return s
	}
	data := parsed.Body.Data
	switch parsed.Body.Type {
	case event.TypeCommand, event.TypeFeature:
		var c event.Call
		if err = json.Unmarshal(data, &c); err == nil {
			kind := "feature"
			if parsed.Body.Type == event.TypeCommand {
				kind = "command"
			}
			get(kind, c.Name(), parsed.Timestamp).call(c, e.State == "open")
		}
	case event.TypeSummary:
		var sum event.Summary
		if err = json.Unmarshal(data, &sum); err == nil {
			err = get("feature", sum.Feature, sum.WindowEnd).summary(sum)
		}
	case event.TypeCustom:
		var c event.Custom
		if err = json.Unmarshal(data, &c); err == nil {
			s := get("custom", c.Name, parsed.Timestamp)
			s.Calls++
			s.OK++
		}
	}
	if err != nil {
		return fmt.Errorf("reading event %s: %w", e.ID, err)
	}
	return nil
}

func (s *Stat) call(c event.Call, running bool) {
	if running {
		s.Running++
		return
	}
	s.Calls++
	switch c.Outcome {
	case event.OK:
		s.OK++
	case event.Error:
		s.Errors++
	case event.Canceled:
		s.Canceled++
	case event.Panic:
		s.Panics++
	case event.Goexit:
		s.Goexits++
	case event.Unfinished:
		s.Unfinished++
		return // without a duration
	}
	s.durations.Add(uint64(max(0, c.DurationMS*1e6)))
}

func (s *Stat) summary(sum event.Summary) error {
	s.Calls += sum.Calls
	s.Errors += sum.Errors
	s.Canceled += sum.Canceled
	s.Panics += sum.Panics
	s.Goexits += sum.Goexits
	s.OK += sum.Calls - sum.Errors - sum.Canceled - sum.Panics - sum.Goexits
	return s.durations.Merge(sum.Duration)
}
