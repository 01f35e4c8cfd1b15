package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// outcomes says of every test, as "package TestName/subtest", and of every
// package, as "package", how it ended: pass, fail or skip.
type outcomes map[string]string

// absent is the outcome of a test that did not run.
const absent = "absent"

// readOutcomes reads what go test -json prints.
func readOutcomes(r io.Reader) (outcomes, error) {
	o := outcomes{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var event struct{ Action, Package, Test string }
		// A test may write to file descriptor 1 and tear a line: no event, then.
		if json.Unmarshal(line, &event) == nil && event.Package != "" {
			o.note(event.Action, event.Package, event.Test)
		}
		if err == io.EOF {
			return o, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading test outcomes: %w", err)
		}
	}
}

// address is what %v makes of a pointer, which some put into the names of tests.
var address = regexp.MustCompile(`0x[0-9a-f]{6,}`)

func (o outcomes) note(action, pkg, test string) {
	key := address.ReplaceAllString(strings.TrimSuffix(pkg+" "+test, " "), "0x…")
	if action == "fail" || (action == "pass" || action == "skip") && o[key] != "fail" { // with -count, once is enough
		o[key] = action
	}
}

// of returns the outcome of a test.
func (o outcomes) of(test string) string { return cmp.Or(o[test], absent) }

// tally counts tests, subtests included and packages left out.
type tally struct {
	Pass int `json:"pass"`
	Fail int `json:"fail"`
	Skip int `json:"skip"`
}

func (o outcomes) tally(without []string) tally {
	var t tally
	for test, outcome := range o {
		_, left := slices.BinarySearch(without, test)
		if !left && strings.Contains(test, " ") {
			t.add(outcome)
		}
	}
	return t
}

func (t *tally) add(outcome string) {
	switch outcome {
	case "pass":
		t.Pass++
	case "fail":
		t.Fail++
	case "skip":
		t.Skip++
	}
}

func (t tally) String() string { return fmt.Sprintf("%d/%d/%d", t.Pass, t.Fail, t.Skip) }

// tests lists every test that one of the runs knows.
func tests(runs []outcomes) []string {
	all := map[string]bool{}
	for _, run := range runs {
		for test := range run {
			all[test] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// unstable lists the tests that did not end alike in all runs.
func unstable(runs []outcomes) []string {
	return slices.DeleteFunc(tests(runs), func(test string) bool {
		return !slices.ContainsFunc(runs, func(o outcomes) bool { return o.of(test) != runs[0].of(test) })
	})
}

// changed lists the tests whose outcome in after differs from that in before. A
// subtest that is there in one of them only does not count if the top-level test
// has as many of each outcome in both: some name their subtests after maps, times
// and folders.
func changed(before, after outcomes) []string {
	was, is := before.families(), after.families()
	return slices.DeleteFunc(unstable([]outcomes{before, after}), func(test string) bool {
		return (before.of(test) == absent || after.of(test) == absent) && was[family(test)] == is[family(test)]
	})
}

// family is the package and the top-level test that a subtest belongs to.
func family(test string) string {
	pkg, name, _ := strings.Cut(test, " ")
	name, _, _ = strings.Cut(name, "/")
	return pkg + " " + name
}

// families counts the outcomes of every top-level test and its subtests.
func (o outcomes) families() map[string]tally {
	counts := map[string]tally{}
	for test, outcome := range o {
		t := counts[family(test)]
		t.add(outcome)
		counts[family(test)] = t
	}
	return counts
}

// packagesOf lists the packages of tests.
func packagesOf(tests []string) []string {
	var list []string
	for _, test := range tests {
		pkg, _, _ := strings.Cut(test, " ")
		list = append(list, pkg)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// difference is a test that ended otherwise after instrumentation than before.
type difference struct {
	Stage  string `json:"stage"` // overlay, in place, overlay race
	Test   string `json:"test"`
	Before string `json:"before"`
	After  string `json:"after"` // of all runs: "fail", or "fail 1 of 4, else pass"
	Reason string `json:"reason,omitempty"`
}

// verdict compares all runs of a test before and after. flaky is a test whose
// outcome varies without us; nothing can be said of it.
func verdict(test string, before, after []outcomes) (d difference, differs, flaky bool) {
	was := ends(test, before)
	is := ends(test, after)
	if len(was) > 1 {
		return d, false, true
	}
	d = difference{Test: test, Before: describe(was, len(before)), After: describe(is, len(after))}
	return d, d.Before != d.After, false
}

func ends(test string, runs []outcomes) map[string]int {
	counts := map[string]int{}
	for _, run := range runs {
		counts[run.of(test)]++
	}
	return counts
}

func describe(counts map[string]int, runs int) string {
	var parts []string
	for _, outcome := range slices.Sorted(maps.Keys(counts)) {
		if len(counts) == 1 {
			return outcome
		}
		parts = append(parts, fmt.Sprintf("%s %d of %d", outcome, counts[outcome], runs))
	}
	return strings.Join(parts, ", ")
}

// causes leaves out a test that ends otherwise along with one of its subtests,
// and a package along with one of its tests: one line for each cause.
func causes(list []difference) []difference {
	return slices.DeleteFunc(slices.Clone(list), func(d difference) bool {
		return slices.ContainsFunc(list, func(other difference) bool {
			return other.Stage == d.Stage && (strings.HasPrefix(other.Test, d.Test+"/") || strings.HasPrefix(other.Test, d.Test+" "))
		})
	})
}
