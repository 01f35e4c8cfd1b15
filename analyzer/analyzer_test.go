package analyzer

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
)

// Each package of testdata says in its comments what is found there, and the golden
// file beside it what the fixes make of it; what is not said must not be found.
func TestFindings(t *testing.T) {
	for a, patterns := range map[*analysis.Analyzer][]string{
		Directive: {"./directives"},
		Privacy:   {"./privacy/fixes"},
		Lifecycle: {"./nostart/...", "./twice", "./started/...", "./exits", "./lifecycle"},
		Recommend: {"./recommend/..."},
	} {
		t.Run(a.Name, func(t *testing.T) { analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), a, patterns...) })
	}
}

// The suite is one that go vet accepts.
func TestValid(t *testing.T) {
	if err := analysis.Validate(All()); err != nil {
		t.Error(err)
	}
}
