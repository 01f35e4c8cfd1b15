package main

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/telemetry-kit/telemetry-kit-go/analyzer"
)

// asVettool reports whether the go command speaks, as it does with the tool that
// `go vet -vettool` names: -V=full, -flags, or the description of one package.
func asVettool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return slices.Contains([]string{"-V=full", "-flags"}, args[0]) || strings.HasSuffix(args[len(args)-1], ".cfg")
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
