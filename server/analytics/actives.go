package analytics

import (
	"context"
	"fmt"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Actives are how many installs were active, and how many came back. An install
// with an id counts by that, one without by the marks that it sends: the numbers
// mean the same. Weeks begin on Monday; a week or month that the days of the query
// cut counts whole.
type Actives struct {
	Days   []Active `json:"days"`
	Weeks  []Active `json:"weeks"`
	Months []Active `json:"months"`
	// Retention has a row for each week of first events, oldest first.
	Retention []Cohort `json:"retention"`
}

// Active is the number of installs that sent an event in a day, week or month.
// Those without any are left out.
type Active struct {
	Start    string `json:"start"` // its first day, "2006-01-02"
	Installs uint64 `json:"installs"`
}

// Cohort are the installs whose first event was in one week.
type Cohort struct {
	Week string `json:"week"` // "2026-W48"
	// Active is how many of them were active in that week (all of them), in the one
	// after it and so on, until the last week of the query.
	Active []uint64 `json:"active"`
}

// Last returns the counts of the last day, week and month in which anything came.
func (a Actives) Last() (day, week, month Active) {
	last := func(of []Active) Active {
		if len(of) == 0 {
			return Active{}
		}
		return of[len(of)-1]
	}
	return last(a.Days), last(a.Weeks), last(a.Months)
}

func readActives(ctx context.Context, src Source, app store.AppID, from, to store.Day) (a Actives, err error) {
	for _, part := range []struct {
		span store.Span
		out  *[]Active
	}{{store.SpanDay, &a.Days}, {store.SpanWeek, &a.Weeks}, {store.SpanMonth, &a.Months}} {
		counts, err := src.Actives(ctx, app, part.span, from.StartOf(part.span), to)
		if err != nil {
			return a, fmt.Errorf("reading active installs: %w", err)
		}
		*part.out = byStart(counts)
		if part.span == store.SpanWeek {
			a.Retention = retention(counts, from, to)
		}
	}
	return a, nil
}

func byStart(counts []store.Active) []Active {
	sums := []Active{}
	for _, c := range counts { // ordered by start
		if start := c.Start.String(); len(sums) == 0 || sums[len(sums)-1].Start != start {
			sums = append(sums, Active{Start: start})
		}
		sums[len(sums)-1].Installs += c.Installs
	}
	return sums
}

// retention lays the weeks out as a triangle. A week before the first one of its
// install, which only a clock that was wrong can have sent, is left out.
func retention(counts []store.Active, from, to store.Day) []Cohort {
	first, last := from.StartOf(store.SpanWeek), to.StartOf(store.SpanWeek)
	weeks := map[store.Day][]uint64{}
	for _, c := range counts {
		if c.Cohort < first || c.Cohort > last || c.Start < c.Cohort {
			continue
		}
		if weeks[c.Cohort] == nil {
			weeks[c.Cohort] = make([]uint64, (last-c.Cohort)/7+1)
		}
		weeks[c.Cohort][(c.Start-c.Cohort)/7] += c.Installs
	}
	rows := make([]Cohort, 0, len(weeks))
	for monday := first; monday <= last; monday += 7 {
		if active := weeks[monday]; active != nil {
			rows = append(rows, Cohort{Week: monday.Week(), Active: active})
		}
	}
	return rows
}
