package demo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// Report is the outcome of a demo.
type Report struct {
	Module string `json:"module"`
	Marks  int    `json:"marks"`
	Lines  []Line `json:"lines"`
	Sides  []Side `json:"sides"`
}

// Line compares one marked function.
type Line struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Called is how often Go's coverage counters saw the function begin.
	Called uint64 `json:"called"`
	// Counts are what was recorded, in the order of Report.Sides.
	Counts []Count `json:"counts"`
}

// Count is what the local store and the server hold of one function.
type Count struct {
	Local  Outcomes `json:"local"`
	Server Outcomes `json:"server"`
}

// Outcomes are calls, and how they ended.
type Outcomes struct {
	Calls      uint64 `json:"calls"`
	OK         uint64 `json:"ok"`
	Errors     uint64 `json:"errors"`
	Panics     uint64 `json:"panics"`
	Unfinished uint64 `json:"unfinished"`
}

// Equal reports whether everybody agrees: the function was called as often as
// was recorded, in both builds, and the server holds what the machine held.
func (l Line) Equal() bool {
	for _, c := range l.Counts {
		if c.Local != c.Server || c.Local != l.Counts[0].Local || c.Local.Calls != l.Called {
			return false
		}
	}
	return len(l.Counts) > 0
}

// Equal reports whether all lines are equal and nothing was recorded besides.
func (r *Report) Equal() bool {
	for _, l := range r.Lines {
		if !l.Equal() {
			return false
		}
	}
	return len(r.Lines) > 0
}

// compare fills the lines: one for each mark, and one for each name that was
// recorded without a mark.
func (r *Report) compare(marks []mark, called map[mark]uint64) {
	names := map[string]bool{}
	add := func(name, kind string, called uint64) {
		line := Line{Name: name, Kind: kind, Called: called}
		for _, side := range r.Sides {
			line.Counts = append(line.Counts, side.count(name))
		}
		r.Lines = append(r.Lines, line)
		names[name] = true
	}
	for _, m := range marks {
		add(m.event(), m.kind, called[m])
	}
	for _, side := range r.Sides {
		for name := range side.local {
			if !names[name] {
				add(name, "unmarked", 0)
			}
		}
		for name := range side.server {
			if !names[name] {
				add(name, "unmarked", 0)
			}
		}
	}
	slices.SortStableFunc(r.Lines, func(a, b Line) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return int(b.Called) - int(a.Called)
	})
}

func (s Side) count(name string) Count {
	l, r := s.local[name], s.server[name]
	return Count{
		Local:  Outcomes{l.Calls, l.OK, l.Errors, l.Panics, l.Unfinished},
		Server: Outcomes{r.Calls, r.Successes, r.Errors, r.Panics, r.Unfinished},
	}
}

// event is the name that tkgen gives to a marked function by default.
func (m mark) event() string {
	header := strings.TrimPrefix(m.header, "func ")
	var words []string
	if rest, ok := strings.CutPrefix(header, "("); ok {
		inner, name, _ := strings.Cut(rest, ") ")
		fields := strings.Fields(inner)
		words, header = append(words, strings.TrimPrefix(fields[len(fields)-1], "*")), name
	}
	words = append(words, strings.TrimSuffix(header, "("))
	return directive.DefaultName(m.file[:strings.LastIndexByte(m.file, '/')], words...)
}

// Print writes the table that proves it.
func (r *Report) Print(w io.Writer) error {
	_, _ = fmt.Fprintf(w, "\n%s: %d functions marked, %d runs (%s)\n\n", r.Module, r.Marks, len(runs), endings())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprint(table, "called\t")
	for _, side := range r.Sides {
		_, _ = fmt.Fprintf(table, "%s: here\tserver\t", side.Name)
	}
	_, _ = fmt.Fprintln(table, "ok\terror\tpanic\tkilled\tequal\t  kind     name")
	for _, l := range r.Lines {
		_, _ = fmt.Fprintf(table, "%d\t", l.Called)
		for _, c := range l.Counts {
			_, _ = fmt.Fprintf(table, "%d\t%d\t", c.Local.Calls, c.Server.Calls)
		}
		o, equal := l.Counts[0].Server, "yes"
		if !l.Equal() {
			equal = "NO"
		}
		_, _ = fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%s\t  %-7s  %s\n", o.OK, o.Errors, o.Panics, o.Unfinished, equal, l.Kind, l.Name)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	_, _ = fmt.Fprintln(w, "\ncalled: how often the function began, by Go's own coverage counters in a build without telemetry")
	for _, side := range r.Sides {
		_, _ = fmt.Fprintf(w, "%s: %d events sent by the program itself in the background, %d by tkgen sync\n", side.Name, side.ByItself, side.BySync)
	}
	verdict := "Equal: what was called, what this machine holds and what the server holds."
	if !r.Equal() {
		verdict = "NOT EQUAL: see the lines that say NO."
	}
	_, err := fmt.Fprintf(w, "%s\n", verdict)
	return err
}

// endings says how the runs end.
func endings() string {
	ends := map[int]int{}
	for _, r := range runs {
		ends[r.exit]++
	}
	return fmt.Sprintf("%d succeed, %d fail, %d panic, %d killed with SIGKILL", ends[0], ends[1], ends[2], ends[killed])
}
