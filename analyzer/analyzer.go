// Package analyzer reads Go packages the way a reviewer would who knows what
// telemetry is for: a suite of go/analysis passes about directives, about when
// telemetry starts and ends, about what may be sent, and about what is worth
// marking.
//
// In comes a type-checked package with what was found out about its imports; out
// go diagnostics, most of them with a fix. The passes run under `go vet
// -vettool=$(which tkgen)`, under `tkgen vet` and `tkgen recommend`, and in
// golangci-lint, with the same findings. They never run the code that they read,
// and write nothing.
package analyzer

import "golang.org/x/tools/go/analysis"

// Checks returns the analyzers that find what is wrong.
func Checks() []*analysis.Analyzer { return []*analysis.Analyzer{Directive, Lifecycle, Privacy} }

// All returns the suite: the checks, and what recommends.
func All() []*analysis.Analyzer { return append(Checks(), Recommend) }

const home = "https://pkg.go.dev/github.com/telemetry-kit/telemetry-kit-go/analyzer"
