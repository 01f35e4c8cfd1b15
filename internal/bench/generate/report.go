package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
)

// target is what generating may cost with ten marks, whatever the tree, in ms.
const target = 1000

func report(out io.Writer, b bench, random *rand.Rand) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "module\tfiles\tlines\tmarks\trefused\tgenerate ms\tp95 ms\tcpu ms\tpeak MB\tup to date ms\t")
	for _, c := range b.copies {
		walls := c.generate.Walls()
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t\n", c.tree, c.size.Files, c.size.Lines, c.marks, c.refused,
			ms(walls, 0.5), ms(walls, 0.95), ms(c.generate.CPUs(), 0.5), stats.Quantile(c.generate.Peaks(), 0.5)/1e6, ms(c.again.Walls(), 0.5))
	}
	for _, g := range b.builds {
		fmt.Fprintf(table, "%s\t\t\t\t\t%.0f\t%.0f\t%.0f\t%.0f\t\t\n", g.step.Name, ms(g.step.Walls(), 0.5), ms(g.step.Walls(), 0.95),
			ms(g.step.CPUs(), 0.5), stats.Quantile(g.step.Peaks(), 0.5)/1e6)
	}
	fmt.Fprintln(table, "\t\t\t\t\t\t\t\t\t\t\ncost of\tms\t95 % interval\tratio\t95 % interval\trounds\t")
	for _, p := range pairs(b) {
		writePair(table, p, random)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return verdict(out, b)
}

func ms(seconds []float64, q float64) float64 { return 1000 * stats.Quantile(seconds, q) }

// pair is what is compared with what.
type pair struct {
	name     string
	from, to *lab.Step
}

// pairs are marks over none in the same tree, and the same marks over a tree
// that is smaller.
func pairs(b bench) (list []pair) {
	for i, c := range b.copies {
		if c.marks > 0 {
			none := b.copies[i-i%3]
			list = append(list, pair{fmt.Sprintf("%d marks in %s", c.marks, c.Path), none.generate, c.generate})
		}
		if i >= 3 {
			smaller := b.copies[i-3]
			list = append(list, pair{fmt.Sprintf("%s over %s, %d and %d marks", c.Path, smaller.Path, c.marks, smaller.marks), smaller.generate, c.generate})
		}
	}
	for i, c := range b.copies {
		for _, g := range b.builds {
			if i%3 == 1 && g.Path == c.Path {
				list = append(list, pair{fmt.Sprintf("%d marks over go build with nothing to do in %s", c.marks, c.Path), g.step, c.generate})
			}
		}
	}
	return list
}

func writePair(out io.Writer, p pair, random *rand.Rand) {
	differences, ratios := stats.Differences(p.from.Walls(), p.to.Walls()), stats.Ratios(p.from.Walls(), p.to.Walls())
	low, high := stats.Interval(differences, random)
	lowRatio, highRatio := stats.Interval(ratios, random)
	fmt.Fprintf(out, "%s\t%+.0f\t%+.0f to %+.0f\t%.2f\t%.2f to %.2f\t%d\t\n", p.name,
		1000*stats.Quantile(differences, 0.5), 1000*low, 1000*high, stats.Quantile(ratios, 0.5), lowRatio, highRatio, len(ratios))
}

func verdict(out io.Writer, b bench) error {
	largest := b.copies[len(b.copies)-2]
	got, word := ms(largest.generate.Walls(), 0.5), "met"
	if got > target {
		word = "missed"
	}
	_, err := fmt.Fprintf(out, "\n%d marks in %d lines: %.0f ms, at most %d are the target: %s\n", largest.marks, largest.size.Lines, got, target, word)
	return err
}
