package dashboard

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// message is a page that only says something.
type message struct {
	Status int // 0: nothing went wrong
	Title  string
	Text   string
	Login  bool // say how to get in
}

// indexView is the list of applications.
type indexView struct {
	Days int
	Orgs []orgView
}

type orgView struct {
	Org  string
	Apps []appLine
}

type appLine struct {
	Org, App string
	Lead     store.Kind
	Total    analytics.Numbers // of Lead
	Trend    chart
}

// add adds an application; they come ordered by organisation.
func (v *indexView) add(app store.App, report *analytics.Report) error {
	names, err := report.Usage(analytics.ByName, "")
	if err != nil {
		return err
	}
	kind := lead(names)
	daily, err := report.Usage(analytics.ByDay, kind)
	if err != nil {
		return err
	}
	if n := len(v.Orgs); n == 0 || v.Orgs[n-1].Org != app.Org {
		v.Orgs = append(v.Orgs, orgView{Org: app.Org})
	}
	from, to := span(daily)
	org := &v.Orgs[len(v.Orgs)-1]
	org.Apps = append(org.Apps, appLine{app.Org, app.Name, kind, daily.Total, newChart(from, to, groupBars(daily.Groups))})
	return nil
}

// lead is the kind that a page's head and chart are about: commands, if there
// are any. Numbers over commands and features together would be those of
// whichever feature is called most.
func lead(names analytics.Usage) store.Kind {
	if len(names.Rows) == 0 {
		return store.KindCommand
	}
	return names.Rows[0].Kind // commands come first
}

// span reads the days of an answer, which wrote them itself.
func span(u analytics.Usage) (from, to store.Day) {
	from, _ = store.ParseDay(u.From)
	to, _ = store.ParseDay(u.To)
	return from, to
}

// appView is the page of one application.
type appView struct {
	Org, App string
	Days     int // one of periods, or 0
	From, To store.Day
	Base     string
	Names    analytics.Usage
	Daily    analytics.Usage
	Versions analytics.Usage
	// Lead is the kind that the page's head and chart are about.
	Lead         store.Kind
	LeadDaily    analytics.Usage
	leadVersions analytics.Usage
	byVersion    map[string][]analytics.Row
}

// read breaks the report down in the ways that the page shows.
func (v *appView) read(report *analytics.Report) (err error) {
	if v.Names, err = report.Usage(analytics.ByName, ""); err != nil {
		return err
	}
	v.Lead = lead(v.Names)
	for _, part := range []struct {
		usage *analytics.Usage
		by    analytics.By
		kind  store.Kind
	}{
		{&v.Daily, analytics.ByDay, ""},
		{&v.Versions, analytics.ByVersion, ""},
		{&v.LeadDaily, analytics.ByDay, v.Lead},
		{&v.leadVersions, analytics.ByVersion, v.Lead},
	} {
		if *part.usage, err = report.Usage(part.by, part.kind); err != nil {
			return err
		}
	}
	v.byVersion = map[string][]analytics.Row{}
	for _, row := range v.Versions.Rows {
		v.byVersion[row.Version] = append(v.byVersion[row.Version], row)
	}
	return nil
}

// lastActives are the counts of the last day, week and month.
type lastActives struct{ Day, Week, Month analytics.Active }

// LastActives are nil where no install has been counted.
func (v appView) LastActives() *lastActives {
	if len(v.Names.Actives.Days) == 0 {
		return nil
	}
	last := new(lastActives)
	last.Day, last.Week, last.Month = v.Names.Actives.Last()
	return last
}

// RetentionWeeks are the numbers above the triangle's columns, behind the first.
func (v appView) RetentionWeeks() (weeks []int) {
	for i := 1; i < len(v.Names.Actives.Retention[0].Active); i++ { // the oldest has the most
		weeks = append(weeks, i)
	}
	return weeks
}

// LeadIn is what a version counts of the page's lead; zero if nothing.
func (v appView) LeadIn(version string) analytics.Numbers {
	for _, g := range v.leadVersions.Groups {
		if g.Version == version {
			return g.Numbers
		}
	}
	return analytics.Numbers{}
}

// Others counts what is called besides the page's lead.
func (v appView) Others() uint64 { return v.Names.Total.Calls - v.LeadDaily.Total.Calls }

// table is the usage of the names of one kind.
type table struct {
	Caption string
	Head    string // of the first column
	Rows    []tableRow
	More    int // rows that are not shown
	// Plain leaves out what custom events do not have: success and durations.
	Plain bool
	// Trends says that rows have a course over the days.
	Trends bool
}

type tableRow struct {
	analytics.Row
	Trend chart
}

// Empty: nothing came in these days.
func (v appView) Empty() bool { return len(v.Names.Rows) == 0 }

// Tables are the tables of all versions together, with their course by day.
func (v appView) Tables() []table {
	days := map[[2]string]map[store.Day]bar{}
	for _, row := range v.Daily.Rows {
		key := [2]string{string(row.Kind), row.Name}
		if days[key] == nil {
			days[key] = map[store.Day]bar{}
		}
		day, _ := store.ParseDay(row.Day) // it was written by package analytics
		days[key][day] = newBar(row.Numbers)
	}
	return tables(v.Names.Rows, func(row analytics.Row) chart {
		return newChart(v.From, v.To, days[[2]string{string(row.Kind), row.Name}])
	})
}

// VersionTables are the tables of one version.
func (v appView) VersionTables(version string) []table { return tables(v.byVersion[version], nil) }

// What a page shows at most. Whoever has a program can send names and versions
// without end, since what it signs with is in it; the API has them all.
const (
	maxRows     = 200 // of a table
	maxVersions = 20
)

// ShownVersions are the versions that the page has tables for.
func (v appView) ShownVersions() []analytics.Group {
	return v.Versions.Groups[:min(len(v.Versions.Groups), maxVersions)]
}

// MoreVersions counts the others.
func (v appView) MoreVersions() int { return len(v.Versions.Groups) - len(v.ShownVersions()) }

// tables sorts rows into a table for each kind that there is.
func tables(rows []analytics.Row, trend func(analytics.Row) chart) []table {
	var all []table
	for _, kind := range []table{
		{Caption: "Commands", Head: string(store.KindCommand)},
		{Caption: "Features", Head: string(store.KindFeature)},
		{Caption: "Events", Head: string(store.KindCustom), Plain: true},
		{Caption: "Metrics", Head: string(store.KindMetric), Plain: true},
	} {
		t := table{Caption: kind.Caption, Head: strings.TrimSuffix(kind.Caption, "s"), Plain: kind.Plain, Trends: trend != nil}
		for _, row := range rows {
			if string(row.Kind) != kind.Head {
				continue
			}
			if len(t.Rows) == maxRows {
				t.More++
				continue
			}
			line := tableRow{Row: row}
			if trend != nil {
				line.Trend = trend(row)
			}
			t.Rows = append(t.Rows, line)
		}
		if len(t.Rows) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// Chart is the course of the page's lead.
func (v appView) Chart() chart { return newChart(v.From, v.To, groupBars(v.LeadDaily.Groups)) }

// Switch is the variable with which the person who runs the program says yes.
func (v appView) Switch() string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(v.App)) + "_TELEMETRY"
}

// Periods are the links to other spans.
func (v appView) Periods() []int { return periods }

// DSN is what the one that `tkserver app create` printed looks like.
func (v appView) DSN() string {
	return strings.Replace(v.Base, "://", "://TOKEN:SECRET@", 1) + "/" + v.Org + "/" + v.App
}

// failures says in words how calls ended that did not succeed.
func failures(n analytics.Numbers) string {
	var parts []string
	for _, p := range []struct {
		count    uint64
		one, all string
	}{
		{n.Errors, "error", "errors"},
		{n.Canceled, "canceled", "canceled"},
		{n.Panics, "panic", "panics"},
		{n.Goexits, "goexit", "goexits"},
		{n.Unfinished, "unfinished", "unfinished"},
	} {
		if p.count == 1 {
			parts = append(parts, "1\u00a0"+p.one) // not to be broken in two
		} else if p.count > 1 {
			parts = append(parts, number(p.count)+"\u00a0"+p.all)
		}
	}
	return strings.Join(parts, ", ")
}

// number groups digits in threes: 12,345.
func number(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// date is how a day is written for people: 3 Nov 2026.
func date(d store.Day) string { return d.Time().Format("2 Jan 2006") }

// plural is "1 call", "2 calls".
func plural(n uint64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %ss", number(n), one)
}

// breakable lets a browser break a dotted name where people would.
func breakable(name string) template.HTML {
	escaped := template.HTMLEscapeString(name)
	return template.HTML(strings.NewReplacer(".", ".<wbr>", "_", "_<wbr>", "/", "/<wbr>").Replace(escaped)) //nolint:gosec // escaped above
}
