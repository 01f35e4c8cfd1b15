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

// Stat is what is known of one command, feature, custom event or metric.
type Stat struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "command", "feature", "custom", "count" or "measure"
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

	// Metric is of counts and measures, and all they have but their name and times.
	Metric *Metric `json:"metric,omitempty"`

	durations event.Histogram
}

// Metric is what was counted or measured under one name and in one unit.
type Metric struct {
	Unit string `json:"unit"`
	// Total is what was counted; of a measure, how many values there are.
	Total uint64 `json:"total"`
	// Invalid counts the negative counts, and the values that are not finite.
	Invalid uint64 `json:"invalid,omitempty"`
	// The rest is of measures, in their unit; percentiles within 4.5 %.
	Sum float64 `json:"sum,omitempty"`
	Min float64 `json:"min,omitempty"`
	Max float64 `json:"max,omitempty"`
	P50 float64 `json:"p50,omitempty"`
	P95 float64 `json:"p95,omitempty"`

	values event.Distribution
}

type statKey struct{ kind, name, unit string }

// Stats returns one line a name, and of metrics one a unit: commands first,
// metrics last, then by name.
func (d *Data) Stats(ctx context.Context) ([]Stat, error) {
	found := map[statKey]*Stat{}
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
		s.Metric.finish()
		stats = append(stats, *s)
	}
	slices.SortFunc(stats, func(a, b Stat) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.unit(), b.unit()))
	})
	return stats, nil
}

var rank = map[string]int{"command": 0, "feature": 1, "custom": 2, "count": 3, "measure": 4}

func count(found map[statKey]*Stat, e Event) error {
	parsed, err := e.Parse()
	if err != nil {
		return err
	}
	in := func(key statKey, last time.Time) *Stat {
		s := found[key]
		if s == nil {
			s = &Stat{Name: key.name, Kind: key.kind, First: parsed.Timestamp}
			found[key] = s
		}
		if last.After(s.Last) {
			s.Last = last
		}
		return s
	}
	get := func(kind, name string, last time.Time) *Stat { return in(statKey{kind: kind, name: name}, last) }
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
	case event.TypeMetric:
		var m event.Metric
		if err = json.Unmarshal(data, &m); err == nil {
			err = in(metricKey(m), m.WindowEnd).metric(m)
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

func metricKey(m event.Metric) statKey {
	if m.Values == nil {
		return statKey{"count", m.Name, m.Unit}
	}
	return statKey{"measure", m.Name, m.Unit}
}

func (s *Stat) metric(m event.Metric) error {
	if s.Metric == nil {
		s.Metric = &Metric{Unit: m.Unit}
	}
	s.Metric.Total += m.Total
	s.Metric.Invalid += m.Invalid
	if m.Values == nil {
		return nil
	}
	s.Metric.Total += m.Values.Count
	return s.Metric.values.Merge(*m.Values)
}

// finish says of the values what people ask about.
func (m *Metric) finish() {
	if m != nil {
		v := m.values
		m.Sum, m.Min, m.Max, m.P50, m.P95 = v.Sum, v.Min, v.Max, v.Quantile(0.5), v.Quantile(0.95)
	}
}

func (s *Stat) unit() string {
	if s.Metric == nil {
		return ""
	}
	return s.Metric.Unit
}
