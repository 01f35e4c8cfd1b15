package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
)

// crowd is how many goroutines record at once.
const crowd = 8

// trial is one way to record many events, in a process of its own each round.
type trial struct {
	peer
	off        bool
	goroutines int
	fate       fate

	wall, cpu, allocations []float64 // an event, one a round
}

// trials are those of one peer: one to a row.
type trials struct {
	peer
	off, one, many *trial // nil where there is none
}

func events(ctx context.Context, shop shop, s settings, random *rand.Rand, stdout, progress io.Writer) error {
	var rows []trials
	var all []*trial
	for _, p := range peers {
		if s.short {
			p.many /= 20
		}
		row := trials{peer: p}
		if shop.missing[p.with] == nil {
			row.one, row.many = &trial{peer: p, goroutines: 1}, &trial{peer: p, goroutines: crowd}
			all = append(all, row.one, row.many)
			if p.off != "" {
				row.off = &trial{peer: p, off: true, goroutines: 1}
				all = append(all, row.off)
			}
		}
		rows = append(rows, row)
	}
	for round := range s.events {
		for _, i := range random.Perm(len(all)) {
			if err := all[i].run(ctx, shop); err != nil {
				return err
			}
		}
		fmt.Fprintf(progress, "events: %d of %d rounds\n", round+1, s.events)
	}
	return reportEvents(stdout, rows, shop, random)
}

func (t *trial) run(ctx context.Context, shop shop) error {
	server := newSink()
	defer server.Close()
	home, err := newHome(shop.dir, t.peer, t.off)
	if err != nil {
		return err
	}
	defer os.RemoveAll(string(home))
	endpoint := server.URL
	if t.off {
		endpoint = ""
	}
	args := []string{shop.binary(manyOf, t.with), t.what, endpoint, strconv.Itoa(t.goroutines), strconv.Itoa(t.peer.many)}
	_, out, err := lab.Command{Dir: string(home), Env: home.environment(t.peer, t.off), Args: args}.Run(ctx)
	if err != nil {
		return fmt.Errorf("recording with %s: %w", t.name, err)
	}
	var cost struct{ Wall, CPU, Allocations float64 }
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n")) // some log what they drop
	if err := json.Unmarshal(lines[len(lines)-1], &cost); err != nil {
		return fmt.Errorf("recording with %s: %w\n%s", t.name, err, out)
	}
	t.wall, t.cpu, t.allocations = append(t.wall, cost.Wall), append(t.cpu, cost.CPU), append(t.allocations, cost.Allocations)
	if t.with == "none" || t.off {
		return nil
	}
	f, err := find(ctx, t.peer, int64(t.peer.many+t.peer.many/20), server, home)
	t.fate.add(f)
	return err
}

func reportEvents(out io.Writer, rows []trials, shop shop, random *rand.Rand) error {
	ours := map[bool]*trial{} // what another is compared with, by whether it adds up
	for _, row := range rows {
		if row.with == "kit" && row.what != "command" {
			ours[row.sums] = row.one
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "one event\toff: p10 ns\tallocations\ton: p10 ns\tmedian\tof ours\t95 %% interval\t%d at once\tCPU ns\tallocations\tat the server\tkept here\tlost\t\n", crowd)
	for _, row := range rows {
		if row.one == nil {
			fmt.Fprintf(table, "%s\tnot measured: %v\t\n", row.name, shop.missing[row.with])
			continue
		}
		off := "cannot\t-"
		if row.with == "none" {
			off = "-\t-"
		}
		if row.off != nil {
			off = fmt.Sprintf("%.1f\t%.1f", stats.Quantile(row.off.wall, 0.1), stats.Quantile(row.off.allocations, 0.5))
		}
		compared := "-\t-"
		if us := ours[row.sums]; row.with != "none" {
			ratios := stats.Ratios(us.wall, row.one.wall)
			low, high := stats.Interval(ratios, random)
			compared = fmt.Sprintf("%.2f ×\t%.2f to %.2f", stats.Quantile(ratios, 0.5), low, high)
		}
		both := row.one.fate
		both.add(row.many.fate)
		fmt.Fprintf(table, "%s\t%s\t%.1f\t%.1f\t%s\t%.1f\t%.1f\t%.1f\t%s\t\n", row.name, off, stats.Quantile(row.one.wall, 0.1), stats.Quantile(row.one.wall, 0.5),
			compared, stats.Quantile(row.many.wall, 0.1), stats.Quantile(row.one.cpu, 0.1), stats.Quantile(row.one.allocations, 0.5), both)
	}
	return table.Flush()
}
