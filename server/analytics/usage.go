// Package analytics turns rollups into answers.
//
// In comes a question about an application; out go rows of numbers. It reads
// rollup cells only, so that a page costs the same after ten events and after
// ten million.
package analytics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// By says what usage is broken down by, over and above kind and name.
type By string

// The break-downs. ByName is none at all.
const (
	ByName    By = ""
	ByDay     By = "day"
	ByVersion By = "version"
)

// ParseBy reads "", "day" or "version".
func ParseBy(s string) (By, error) {
	switch by := By(s); by {
	case ByName, ByDay, ByVersion:
		return by, nil
	}
	return "", fmt.Errorf("reading break-down %.20q: want day or version", s)
}

// Query asks for the usage of one application.
type Query struct {
	Org, App string
	// From and To are days in UTC, both included. Zero means the 30 days that
	// end today, as far as they are not given.
	From, To store.Day
	By       By
	// Kind, if given, leaves the others out.
	Kind store.Kind
}

// Days is how many days a query covers that does not say from when.
const Days = 30

// Row is the usage of one name, or of one name on one day or in one version.
type Row struct {
	Kind    store.Kind `json:"kind"`
	Name    string     `json:"name"`
	Day     string     `json:"day,omitempty"`     // by day: "2006-01-02"
	Version string     `json:"version,omitempty"` // by version
	Numbers
}

// Group is the usage of all names together on one day or in one version.
type Group struct {
	Day     string `json:"day,omitempty"`
	Version string `json:"version,omitempty"`
	Numbers
}

// Numbers are what a row counts. The rates and percentiles are nil where
// nothing is known: no call told how it ended, or none has a duration.
type Numbers struct {
	Calls      uint64 `json:"calls"`
	Successes  uint64 `json:"successes"`
	Errors     uint64 `json:"errors"`
	Canceled   uint64 `json:"canceled"`
	Panics     uint64 `json:"panics"`
	Goexits    uint64 `json:"goexits"`
	Unfinished uint64 `json:"unfinished"`
	// SuccessRate is Successes over the calls that told how they ended, those
	// that were canceled left out: they neither succeeded nor failed.
	SuccessRate *float64 `json:"success_rate"`
	// P50MS and P95MS are the duration in milliseconds that half and 95 % of
	// the calls stay within (nearest rank), read from an exponential histogram:
	// within 4.5 % of the exact value.
	P50MS *float64 `json:"p50_ms"`
	P95MS *float64 `json:"p95_ms"`
}

// Usage is the answer to a [Query].
type Usage struct {
	Org  string `json:"org"`
	App  string `json:"app"`
	From string `json:"from"`
	To   string `json:"to"`
	By   By     `json:"by,omitempty"`
	// Total is over all rows but those of metrics, unless these were asked for; its
	// rate and percentiles too.
	Total Numbers `json:"total"`
	// Groups are the totals of each day, oldest first, or of each version,
	// newest first, if the query breaks down by one of them.
	Groups []Group `json:"groups,omitempty"`
	// Actives are over all kinds, whatever the query leaves out. So is Lost.
	Actives Actives `json:"actives"`
	Lost    Losses  `json:"lost"`
	// Rows are ordered by kind; then days forward, versions backward; then the
	// most called first.
	Rows []Row `json:"rows"`
}

// Source is what answers are read from.
type Source interface {
	App(ctx context.Context, org, name string) (store.App, error)
	Cells(ctx context.Context, app store.AppID, from, to store.Day) ([]store.Cell, error)
	Actives(ctx context.Context, app store.AppID, span store.Span, from, to store.Day) ([]store.Active, error)
}

// ReadUsage answers q as of today. store.ErrNotFound if there is no such
// application.
func ReadUsage(ctx context.Context, src Source, q Query, today time.Time) (Usage, error) {
	r, err := ReadReport(ctx, src, q, today)
	if err != nil {
		return Usage{}, err
	}
	return r.Usage(q.By, q.Kind)
}

// Report holds what an application's rollups say about some days, read once to
// be broken down in several ways.
type Report struct {
	query   Query
	cells   []store.Cell
	actives Actives
}

// ReadReport reads the days of q as of today. store.ErrNotFound if there is no
// such application.
func ReadReport(ctx context.Context, src Source, q Query, today time.Time) (*Report, error) {
	q = q.withDefaults(today)
	app, err := src.App(ctx, q.Org, q.App)
	if err != nil {
		return nil, fmt.Errorf("reading usage: %w", err)
	}
	cells, err := src.Cells(ctx, app.ID, q.From, q.To)
	if err != nil {
		return nil, fmt.Errorf("reading usage: %w", err)
	}
	actives, err := readActives(ctx, src, app.ID, q.From, q.To)
	if err != nil {
		return nil, err
	}
	return &Report{q, cells, actives}, nil
}

func (q Query) withDefaults(today time.Time) Query {
	if q.To == 0 {
		q.To = store.DayOf(today)
	}
	if q.From == 0 {
		q.From = q.To - Days + 1
	}
	return q
}

// Usage breaks the report down, of one kind or, if it is empty, of all.
func (r *Report) Usage(by By, kind store.Kind) (Usage, error) {
	q := r.query
	q.By, q.Kind = by, kind
	u := Usage{Org: q.Org, App: q.App, From: q.From.String(), To: q.To.String(), By: by, Actives: r.actives}
	if err := u.sum(r.cells, q); err != nil {
		return Usage{}, fmt.Errorf("adding up usage of %s/%s: %w", q.Org, q.App, err)
	}
	return u, nil
}

// sums are counts under construction, by what they stand for.
type sums map[store.CellKey]*store.Counts

func (s sums) add(key store.CellKey, c store.Counts) error {
	if s[key] == nil {
		s[key] = new(store.Counts)
	}
	return s[key].Merge(c)
}

// sorted returns the keys in the order of [Usage.Rows].
func (s sums) sorted() []store.CellKey {
	return slices.SortedFunc(maps.Keys(s), func(a, b store.CellKey) int {
		return compare(a, b, s[a].Calls, s[b].Calls)
	})
}

// sum merges the cells into what the query asks for.
func (u *Usage) sum(cells []store.Cell, q Query) error {
	var total store.Counts
	groups, rows := sums{}, sums{}
	for _, c := range cells {
		if u.Lost.add(c) || q.Kind != "" && c.Kind != q.Kind {
			continue
		}
		key := rowKey(c.CellKey, q.By)
		err := rows.add(key, c.Counts)
		if c.Kind != store.KindMetric || q.Kind == store.KindMetric { // bytes and calls do not add up
			err = errors.Join(err, total.Merge(c.Counts), groups.add(store.CellKey{Day: key.Day, Version: key.Version}, c.Counts))
		}
		if err != nil {
			return err
		}
	}
	u.Lost.finish()
	u.Total, u.Rows = numbers(&total), make([]Row, 0, len(rows))
	for _, key := range rows.sorted() {
		u.Rows = append(u.Rows, Row{
			Kind: key.Kind, Name: key.Name, Day: dayText(key, q.By), Version: key.Version, Numbers: numbers(rows[key]),
		})
	}
	if q.By == ByName {
		return nil
	}
	for _, key := range groups.sorted() {
		u.Groups = append(u.Groups, Group{Day: dayText(key, q.By), Version: key.Version, Numbers: numbers(groups[key])})
	}
	return nil
}

func dayText(key store.CellKey, by By) string {
	if by != ByDay {
		return ""
	}
	return key.Day.String()
}

// rowKey leaves in the key only what a row stands for.
func rowKey(key store.CellKey, by By) store.CellKey {
	if by != ByDay {
		key.Day = 0
	}
	if by != ByVersion {
		key.Version = ""
	}
	return key
}

func numbers(c *store.Counts) Numbers {
	n := Numbers{
		Calls: c.Calls, Successes: c.Successes, Errors: c.Errors, Canceled: c.Canceled,
		Panics: c.Panics, Goexits: c.Goexits, Unfinished: c.Unfinished,
	}
	if judged := c.Judged(); judged > 0 {
		n.SuccessRate = new(float64(c.Successes) / float64(judged))
	}
	if c.Durations.Count > 0 {
		n.P50MS, n.P95MS = new(c.Durations.Quantile(0.50)/1e6), new(c.Durations.Quantile(0.95)/1e6)
	}
	return n
}

func compare(a, b store.CellKey, callsA, callsB uint64) int {
	return cmp.Or(
		cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)),
		cmp.Compare(a.Day, b.Day),
		-compareVersions(a.Version, b.Version),
		-cmp.Compare(callsA, callsB),
		cmp.Compare(a.Name, b.Name),
	)
}

func kindOrder(k store.Kind) int {
	return slices.Index([]store.Kind{store.KindCommand, store.KindFeature, store.KindCustom, store.KindMetric}, k)
}
