package main

import (
	"fmt"
)

// baseline is what a module does without us. It is kept for the next version of
// tkgen.
type baseline struct {
	Build   string     `json:"build,omitempty"` // "" or why it failed
	Vet     []string   `json:"vet,omitempty"`
	Runs    []outcomes `json:"runs"`
	Race    []outcomes `json:"race,omitempty"`
	Writes  []string   `json:"writes,omitempty"` // paths in the source tree that the tests change
	Seconds int        `json:"seconds"`
}

// report is what became of a module.
type report struct {
	Path    string   `json:"path"`
	Version string   `json:"version"`
	Why     string   `json:"-"` // this and Args are as in modules.tsv
	Args    []string `json:"-"`
	Key     string   `json:"-"` // of the tkgen that examined it

	Counts counts `json:"counts"`

	Before  tally    `json:"before"`
	Overlay stage    `json:"overlay"`
	InPlace stage    `json:"in_place"`
	Race    *stage   `json:"race,omitempty"` // over an overlay
	RaceWas *tally   `json:"race_before,omitempty"`
	Record  recorded `json:"recorded"`

	// Twice and Remove say which files a second generate changed, and which
	// files remove did not give back their bytes.
	Twice  []string `json:"twice,omitempty"`
	Remove []string `json:"remove,omitempty"`

	Differences []difference `json:"differences,omitempty"` // of tests
	Flaky       []string     `json:"flaky,omitempty"`
	Seconds     int          `json:"seconds"`
}

// stage is what a way of building made of a module.
type stage struct {
	Failure string   `json:"failure,omitempty"` // of tkgen, or of the build where it went well before
	Vet     []string `json:"vet,omitempty"`     // findings that come or go
	Tests   tally    `json:"tests"`
	run     outcomes
	Touched []string `json:"touched,omitempty"` // files of the source tree that should not have changed
}

// problems lists everything that should not be, in words.
func (r report) problems() []string {
	var list []string
	add := func(what string, items ...string) {
		for _, item := range items {
			list = append(list, what+": "+item)
		}
	}
	for _, s := range []struct {
		name  string
		stage *stage
	}{{"overlay", &r.Overlay}, {"in place", &r.InPlace}, {"overlay race", r.Race}} {
		if s.stage == nil {
			continue
		}
		if s.stage.Failure != "" {
			add(s.name+" build", s.stage.Failure)
		}
		add(s.name+" vet", s.stage.Vet...)
		add(s.name+" touched", s.stage.Touched...)
	}
	add("generate twice", r.Twice...)
	add("remove", r.Remove...)
	for _, d := range causes(r.Differences) {
		if d.Reason == "" {
			add(d.Stage+" test", fmt.Sprintf("%s: %s, was %s", d.Test, d.After, d.Before))
		}
	}
	if r.Record.Calls == 0 && r.Before.Pass > 0 {
		add("recording", "nothing was recorded by instrumented tests")
	}
	if r.Counts.Unaccounted != 0 {
		add("count", fmt.Sprintf("%d functions are neither instrumented nor refused", r.Counts.Unaccounted))
	}
	return list
}

// tally counts the tests of which something can be said.
func (r *report) tally(was *baseline) {
	r.Before = was.Runs[0].tally(r.Flaky)
	r.Overlay.Tests = r.Overlay.run.tally(r.Flaky)
	r.InPlace.Tests = r.InPlace.run.tally(r.Flaky)
	if r.Race != nil {
		r.RaceWas = new(was.Race[0].tally(r.Flaky))
		r.Race.Tests = r.Race.run.tally(r.Flaky)
	}
}
