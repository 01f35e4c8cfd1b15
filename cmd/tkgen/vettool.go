package main

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/telemetry-kit/telemetry-kit-go/analyzer"
)

// asVettool reports whether the go command speaks, as it does with the tool that
// `go vet -vettool` names: -V=full, -flags, or the description of one package,
// which flags alone may stand in front of: where tkgen runs vet as a tool of the
// build, it is called with vet's own arguments behind the word that says so.
func asVettool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	if slices.Contains([]string{"-V=full", "-flags"}, args[0]) {
		return true
	}
	return strings.HasSuffix(args[len(args)-1], ".cfg") && (len(args) == 1 || strings.HasPrefix(args[0], "-"))
}

// vettool does what the go command asks for, and ends the process. What is worth
// marking is said only to those who ask for it: it is no mistake.
func vettool(args []string) {
	suite := analyzer.Checks()
	if slices.ContainsFunc(args, func(a string) bool { return a == "-flags" || strings.HasPrefix(a, "-"+analyzer.Recommend.Name) }) {
		suite = analyzer.All()
	}
	unitchecker.Main(suite...)
}
