package dashboard

import (
	"fmt"
	"math"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// chartHeight is the height of a chart's own coordinates, in which a day is 1
// wide; the page stretches them to the room that there is.
const chartHeight = 100

// chart is a bar for each day, failures standing on what went well.
type chart struct {
	Days  int // the width
	Bars  []placed
	Max   uint64 // calls of the busiest day
	Label string // the chart in words
}

// bar is what one day counts.
type bar struct {
	calls, failed uint64
}

func newBar(n analytics.Numbers) bar {
	return bar{n.Calls, min(n.Errors+n.Panics+n.Goexits+n.Unfinished, n.Calls)}
}

// placed is a bar with its coordinates.
type placed struct {
	X           float64
	OKY, OK     float64
	FailY, Fail float64
	Title       string
}

func groupBars(groups []analytics.Group) map[store.Day]bar {
	bars := map[store.Day]bar{}
	for _, g := range groups {
		day, _ := store.ParseDay(g.Day) // it was written by package analytics
		bars[day] = newBar(g.Numbers)
	}
	return bars
}

func newChart(from, to store.Day, bars map[store.Day]bar) chart {
	c := chart{Days: int(to-from) + 1}
	total, busiest := uint64(0), from
	for day, b := range bars {
		total += b.calls
		if b.calls > c.Max || b.calls == c.Max && day < busiest {
			c.Max, busiest = b.calls, day
		}
	}
	for day := from; day <= to; day++ {
		if b := bars[day]; b.calls > 0 {
			c.Bars = append(c.Bars, b.place(int(day-from), c.Max, day))
		}
	}
	c.Label = fmt.Sprintf("%s in %d days; most on %s: %s", plural(total, "call"), c.Days, date(busiest), number(c.Max))
	if total == 0 {
		c.Label = fmt.Sprintf("no calls in %d days", c.Days)
	}
	return c
}

// place gives a bar its coordinates. Whatever counts is at least visible.
func (b bar) place(i int, most uint64, day store.Day) placed {
	height := func(n uint64) float64 {
		if n == 0 {
			return 0
		}
		return max(2, round(chartHeight*float64(n)/float64(most)))
	}
	p := placed{X: round(float64(i) + 0.1), OK: height(b.calls - b.failed), Fail: height(b.failed)}
	p.OKY = round(chartHeight - p.OK)
	p.FailY = max(0, round(p.OKY-p.Fail))
	p.Title = date(day) + ": " + plural(b.calls, "call")
	if b.failed > 0 {
		p.Title += ", " + number(b.failed) + " failed"
	}
	return p
}

// round keeps one decimal: finer is not seen, and makes the page longer.
func round(v float64) float64 { return math.Round(v*10) / 10 }
