package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// page writes docs/corpus.md. It holds nothing that varies from run to run.
func page(reports []*report, release string) []byte {
	var w bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&w, format+"\n", args...) }
	p("<!-- Written by `make corpus`; do not edit. -->")
	p("# Proved on Go that nobody here wrote")
	p("")
	p(`Every function of the modules below was instrumented, over an overlay and in place,
and recorded while the modules' own tests ran. %s, linux/amd64.

%s

"Functions" are function and method declarations and function literals, in the
files that `+"`./...`"+` covers without tests and without files that only the tag
"ignore" would build or that are of another package than their folder's; they are
counted by go/parser, apart from tkgen. "Here" are those of files that this platform
builds: the others are rewritten and taken back too, but nothing runs them. Not asked
for are functions without a body, init, main and functions named _; everything else
that is not instrumented is a refusal.
Tests are given as passed/failed/skipped, subtests included, those whose outcome
varies without us left out. Tests that fail before do so for want of a network, a
database or another module of their repository, or with this release of Go: the
point is that they do so after, too.`, release, summarize(reports))
	p("")
	table(&w, reports)
	p("")
	if builds := builds(reports); len(builds) > 1 {
		p("Examined by %d states of tkgen (the hash of its binary and runtime):\n", len(builds))
		for _, b := range builds {
			p("- %s", b)
		}
		p("")
	}
	p("Why these, and how their tests are run:\n")
	for _, r := range reports {
		p("- %s: %s. `go test %s`", r.Path, r.Why, strings.Join(r.Args, " "))
	}
	refusals(&w, reports)
	differences(&w, reports)
	unsteady(&w, reports)
	reproduce(&w)
	return w.Bytes()
}

// builds says which modules were examined by which tkgen, where that was not one.
func builds(reports []*report) (list []string) {
	modules := map[string][]string{}
	for _, r := range reports {
		modules[r.Key] = append(modules[r.Key], r.Path)
	}
	for _, key := range slices.Sorted(maps.Keys(modules)) {
		list = append(list, fmt.Sprintf("%s: %s", key, strings.Join(modules[key], ", ")))
	}
	return list
}

func table(w io.Writer, reports []*report) {
	line := func(cells ...any) {
		_, _ = fmt.Fprintf(w, "|"+strings.Repeat(" %v |", len(cells))+"\n", cells...)
	}
	line("module", "version", "functions", "here", "instrumented", "not asked", "refused overlay / in place", "build", "vet",
		"tests before", "overlay", "in place", "-race before", "-race overlay", "source tree", "generate twice", "remove")
	line("---", "---", "--:", "--:", "--:", "--:", "--:", "---", "---", "--:", "--:", "--:", "--:", "--:", "---", "---", "---")
	for _, r := range reports {
		c := r.Counts
		was, is := "", ""
		if r.Race != nil {
			was, is = r.RaceWas.String(), r.Race.Tests.String()
		}
		line(r.Path, r.Version, c.Functions, c.FunctionsHere, c.Instrumented, c.notAsked(), fmt.Sprintf("%d / %d", c.RefusedOverlay, c.refused()),
			verdictOf(r.Overlay.Failure == "" && r.InPlace.Failure == "", "same", "FAILS"),
			verdictOf(len(r.Overlay.Vet)+len(r.InPlace.Vet) == 0, "same", "DIFFERS"),
			r.Before, r.Overlay.Tests, r.InPlace.Tests, was, is,
			verdictOf(len(r.Overlay.Touched) == 0, "untouched", "TOUCHED"),
			verdictOf(len(r.Twice) == 0, "no change", "CHANGES"),
			verdictOf(len(r.Remove) == 0, "same bytes", "DIFFERS"))
	}
}

func verdictOf(ok bool, good, bad string) string {
	if ok {
		return good
	}
	return bad
}

// sums adds up all modules.
type sums struct {
	counts                                             counts
	tests, differences, explained, builds, vet, remove int
}

func addUp(reports []*report) sums {
	var s sums
	for _, r := range reports {
		s.counts.Functions += r.Counts.Functions
		s.counts.FunctionsHere += r.Counts.FunctionsHere
		s.counts.Instrumented += r.Counts.Instrumented
		s.counts.InstrumentedHere += r.Counts.InstrumentedHere
		s.counts.RefusedOverlay += r.Counts.RefusedOverlay
		s.counts.NotAsked = merge(s.counts.NotAsked, r.Counts.NotAsked)
		s.counts.Refused = merge(s.counts.Refused, r.Counts.Refused)
		s.tests += r.Before.Pass + r.Before.Fail + r.Before.Skip
		for _, d := range causes(r.Differences) {
			if d.Reason == "" {
				s.differences++
			} else {
				s.explained++
			}
		}
		for _, stage := range []stage{r.Overlay, r.InPlace} {
			if stage.Failure != "" {
				s.builds++
			}
			s.vet += len(stage.Vet)
		}
		s.remove += len(r.Remove) + len(r.Twice) + len(r.Overlay.Touched)
	}
	return s
}

func merge(into, from map[string]int) map[string]int {
	if into == nil {
		into = map[string]int{}
	}
	for key, n := range from {
		into[key] += n
	}
	return into
}

// summarize says in two lines what came out.
func summarize(reports []*report) string {
	s := addUp(reports)
	asked := s.counts.Instrumented + s.counts.refused()
	return fmt.Sprintf(`%d modules, %d functions (%d of them built here), %d asked for, %d instrumented,
%d refused (%.3f %%; %d over an overlay). %d build failures, %d vet differences, %d files not as they were;
of %d tests %d end otherwise for a reason listed below and %d for none.`,
		len(reports), s.counts.Functions, s.counts.FunctionsHere, asked, s.counts.Instrumented,
		s.counts.refused(), 100*float64(s.counts.refused())/float64(max(1, asked)), s.counts.RefusedOverlay, s.builds, s.vet, s.remove,
		s.tests, s.explained, s.differences)
}

func (c counts) notAsked() int {
	n := 0
	for _, count := range c.NotAsked {
		n += count
	}
	return n
}

func refusals(w io.Writer, reports []*report) {
	s := addUp(reports).counts
	_, _ = fmt.Fprint(w, "\n## Refused\n\n| functions | reason |\n| --: | --- |\n")
	byCount(w, s.Refused)
	_, _ = fmt.Fprint(w, "\n## Not asked for\n\n| functions | kind |\n| --: | --- |\n")
	byCount(w, s.NotAsked)
}

func byCount(w io.Writer, counts map[string]int) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for _, key := range keys {
		_, _ = fmt.Fprintf(w, "| %d | %s |\n", counts[key], strings.ReplaceAll(key, "|", `\|`))
	}
}

func differences(w io.Writer, reports []*report) {
	_, _ = fmt.Fprint(w, "\n## Tests that end otherwise\n\n")
	if addUp(reports).explained+addUp(reports).differences == 0 {
		_, _ = fmt.Fprintln(w, "None.")
		return
	}
	_, _ = fmt.Fprint(w, "| way | test | before | after | reason |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range reports {
		for _, d := range causes(r.Differences) {
			_, _ = fmt.Fprintf(w, "| %s | `%s` | %s | %s | %s |\n", d.Stage, d.Test, d.Before, d.After, cmp.Or(d.Reason, "**unknown**"))
		}
	}
}

// unsteady names the tests of which nothing can be said.
func unsteady(w io.Writer, reports []*report) {
	_, _ = fmt.Fprint(w, "\n## Tests whose outcome varies without instrumentation\n\n")
	_, _ = fmt.Fprint(w, "They were seen to end now so, now so in runs of the module as it is; more may be.\n\n")
	for _, r := range reports {
		if len(r.Flaky) == 0 {
			continue
		}
		shown := r.Flaky[:min(len(r.Flaky), 5)]
		_, _ = fmt.Fprintf(w, "- %s: `%s`", r.Path, strings.Join(shown, "`, `"))
		if more := len(r.Flaky) - len(shown); more > 0 {
			_, _ = fmt.Fprintf(w, " and %d more", more)
		}
		_, _ = fmt.Fprintln(w)
	}
}

func reproduce(w io.Writer) {
	_, _ = fmt.Fprint(w, `
## Again

    make corpus                            # all of it; writes this page
    go run ./internal/corpus -run zap      # one module; prints what differs
    go run ./internal/corpus -short        # those that make check looks at

It needs Linux, a C compiler, the module proxy for the first run, and the right to
make namespaces (root, or user namespaces). The modules' code runs without a
network, on a read-only file system but for private copies, as another user if it
is started as root, and with limits of time and memory. Results are kept and reused
while the module, the Go release and tkgen are the same; logs of every command lie
beside them (`+"`-out`"+`).
`)
}
