package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS\n"}
{"Action":"pass","Package":"p","Test":"TestA/&{0xc000123456}"}
{"Action":"pass","Package":"p","Test":"TestA"}
not an event {"Action":
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"pass","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}`

func TestReadOutcomes(t *testing.T) {
	got, err := readOutcomes(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	want := outcomes{"p TestA": "pass", "p TestA/&{0x…}": "pass", "p TestB": "skip", "p TestC": "fail", "p": "fail"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := got.tally([]string{"p TestA/&{0x…}"}), (tally{Pass: 1, Fail: 1, Skip: 1}); got != want {
		t.Errorf("want %v, got %v", want, got)
	}
}

func TestChanged(t *testing.T) {
	before := outcomes{"p": "pass", "p TestA": "pass", "p TestA/map[a b]": "pass", "p TestB": "pass", "p TestB/x": "pass", "p TestC": "pass"}
	after := outcomes{"p": "pass", "p TestA": "pass", "p TestA/map[b a]": "pass", "p TestB": "pass", "p TestC": "fail"}
	if diff := cmp.Diff([]string{"p TestB/x", "p TestC"}, changed(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerdict(t *testing.T) {
	run := func(outcome string) outcomes { return outcomes{"p T": outcome} }
	pass, fail, none := run("pass"), run("fail"), outcomes{}
	tests := map[string]struct {
		before, after  []outcomes
		differs, flaky bool
		want           string
	}{
		"the same":          {[]outcomes{pass, pass}, []outcomes{pass}, false, false, "pass"},
		"fails always":      {[]outcomes{pass, pass}, []outcomes{fail, fail}, true, false, "fail"},
		"fails sometimes":   {[]outcomes{pass, pass}, []outcomes{fail, pass}, true, false, "fail 1 of 2, pass 1 of 2"},
		"is not run":        {[]outcomes{pass, pass}, []outcomes{none, none}, true, false, "absent"},
		"failed before too": {[]outcomes{fail, fail}, []outcomes{fail}, false, false, "fail"},
		"passes now":        {[]outcomes{fail, fail}, []outcomes{pass}, true, false, "pass"},
		"varied before":     {[]outcomes{pass, fail}, []outcomes{fail, fail}, false, true, ""},
	}
	for name, tt := range tests {
		d, differs, flaky := verdict("p T", tt.before, tt.after)
		if differs != tt.differs || flaky != tt.flaky || d.After != tt.want {
			t.Errorf("%s: want differs %v, flaky %v, after %q; got %v, %v, %q", name, tt.differs, tt.flaky, tt.want, differs, flaky, d.After)
		}
	}
}

func TestCauses(t *testing.T) {
	list := []difference{{Stage: "overlay", Test: "p"}, {Stage: "overlay", Test: "p TestA"}, {Stage: "overlay", Test: "p TestA/b"}, {Stage: "in place", Test: "p TestA"}}
	want := []difference{{Stage: "overlay", Test: "p TestA/b"}, {Stage: "in place", Test: "p TestA"}}
	if diff := cmp.Diff(want, causes(list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindings(t *testing.T) {
	text := "# p\n# [p]\n./b.go:7:2: unreachable code\n./a.go:3:1: F is not instrumented: //go:nosplit leaves no stack\n\tmark its caller\n./a.go:1:2: x\n./a.go:1:2: x\n"
	want := []string{"./a.go:1:2: x", "./b.go:7:2: unreachable code"}
	if diff := cmp.Diff(want, findings(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"./a.go: x", "./b.go: unreachable code"}, withoutLines(want)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLists(t *testing.T) {
	modules, err := parseList(moduleList)
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) < 30 {
		t.Errorf("want at least 30 modules, got %d", len(modules))
	}
	raced, known := 0, map[string]bool{}
	for _, m := range modules {
		if known[m.Path] || m.Why == "" || m.Path != standard && !strings.HasPrefix(m.Sum, "h1:") {
			t.Errorf("%+v: want it once, with a sum and a reason", m)
		}
		known[m.Path] = true
		if m.Race {
			raced++
		}
	}
	if 3*raced < len(modules)-1 {
		t.Errorf("want a third of %d modules under the race detector, got %d", len(modules), raced)
	}
	list, err := parseExplained(explainedList)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if !known[e.module] || e.Reason == "" {
			t.Errorf("%s is explained but not listed, or without a reason", e.module)
		}
	}
	if got := reason([]explained{list[0]}, list[0].module, "no such stage", "x"); got != "" {
		t.Errorf("want no reason, got %q", got)
	}
	for _, name := range shortModules {
		if !known[name] {
			t.Errorf("%s is for make check, but not in modules.tsv", name)
		}
	}
}
