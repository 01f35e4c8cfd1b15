package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
)

// phase is one kind of build, and how much longer tkgen may take for it than go.
type phase struct {
	name   string
	step   func(*way) *lab.Step
	ratio  float64
	orMore float64 // seconds
}

var phases = []phase{
	{"cold", func(w *way) *lab.Step { return w.cold }, 1.05, 0},
	{"edit", func(w *way) *lab.Step { return w.edit }, 1.3, 0},
	{"no-op", func(w *way) *lab.Step { return w.nothing }, 1.1, 0.020},
}

func report(out io.Writer, all []*bench, random *rand.Rand) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, b := range all {
		fmt.Fprintf(table, "%s, %d lines\t\t\t\t\t\t\t\t\t\n", b.name, b.size.Lines)
		fmt.Fprintln(table, "build\tby\tms\tof go\t95 % interval\tover go ms\tcpu ms\tcpu of go\t95 % interval\ttarget\t")
		for _, p := range phases {
			for _, w := range b.ways {
				writeRow(table, p, b.ways[0], w, random)
			}
		}
		fmt.Fprintln(table, "\t\t\t\t\t\t\t\t\t")
		if b.missing != nil {
			fmt.Fprintf(out, "%s was not measured by %v\n", b.name, b.missing)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return reportSizes(out, all)
}

func writeRow(out io.Writer, p phase, base, w *way, random *rand.Rand) {
	from, to := p.step(base), p.step(w)
	if len(to.Used) == 0 {
		return
	}
	walls := to.Walls()
	fmt.Fprintf(out, "%s\t%s\t%.0f\t", p.name, w.tool.name, 1000*stats.Quantile(walls, 0.5))
	if w == base {
		fmt.Fprintf(out, "\t\t\t%.0f\t\t\t\t\n", 1000*stats.Quantile(to.CPUs(), 0.5))
		return
	}
	ratios, cpus := stats.Ratios(from.Walls(), walls), stats.Ratios(from.CPUs(), to.CPUs())
	more := stats.Quantile(stats.Differences(from.Walls(), walls), 0.5)
	low, high := stats.Interval(ratios, random)
	lowCPU, highCPU := stats.Interval(cpus, random)
	fmt.Fprintf(out, "%.3f\t%.3f to %.3f\t%+.0f\t%.0f\t%.3f\t%.3f to %.3f\t%s\t\n", stats.Quantile(ratios, 0.5), low, high, 1000*more,
		1000*stats.Quantile(to.CPUs(), 0.5), stats.Quantile(cpus, 0.5), lowCPU, highCPU, p.verdict(w, stats.Quantile(ratios, 0.5), more))
}

// verdict says whether tkgen is within its target.
func (p phase) verdict(w *way, ratio, more float64) string {
	if w.tool.name != tkgenBuild {
		return ""
	}
	text := fmt.Sprintf("≤ %.2f", p.ratio)
	if p.orMore > 0 {
		text += fmt.Sprintf(" or +%.0f ms", 1000*p.orMore)
	}
	if ratio <= p.ratio || more <= p.orMore {
		return text + ": met"
	}
	return text + ": missed"
}

// reportSizes says what a function weighs: what all of them add to a binary with
// one, divided by the points that the linker has kept of them.
func reportSizes(out io.Writer, all []*bench) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "program\tinstrumented\tno longer inlined\tbuilt by\tpoints linked\tbytes\tof go\tstripped\tof go\tbytes a function\tstripped\t")
	for _, b := range all {
		fmt.Fprintf(table, "%s\t%d\t%d\t", b.name, b.functions, b.outlined)
		for i, x := range b.sizes {
			if i > 0 {
				fmt.Fprint(table, "\t\t\t")
			}
			base := b.sizes[0]
			fmt.Fprintf(table, "%s\t%d\t%d\t%.3f\t%d\t%.3f\t", x.name, x.points, x.bytes, times(x.bytes, base.bytes), x.stripped, times(x.stripped, base.stripped))
			if x.name == tkgenBuild {
				one := b.sizes[i-1]
				more := int64(max(1, x.points-one.points))
				fmt.Fprintf(table, "%d\t%d\t", (x.bytes-one.bytes)/more, (x.stripped-one.stripped)/more)
			}
			fmt.Fprintln(table)
		}
		if len(b.sizes) == 0 {
			fmt.Fprintln(table, "\t\t\t\t\t\t\t\t")
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

func times(bytes, base int64) float64 { return float64(bytes) / float64(base) }
