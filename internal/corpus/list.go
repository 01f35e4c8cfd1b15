package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

//go:embed modules.tsv
var moduleList string

//go:embed explained.tsv
var explainedList string

// module is one line of modules.tsv.
type module struct {
	Path    string
	Version string // for the standard library, the Go release
	Sum     string // as in go.sum; for the standard library "-"
	Race    bool
	Args    []string // of go test; none means ./...
	Why     string   // why it is difficult
}

// name is a file name for the module.
func (m module) name() string {
	return strings.NewReplacer("/", "+", " ", "+").Replace(m.Path) + "@" + m.Version
}

// settings names what is done with the module's tests, as a part of a file name.
func (m module) settings() string {
	hash := sha256.Sum256(fmt.Append(nil, m.Race, m.Args))
	return hex.EncodeToString(hash[:4])
}

// testArgs are flags and packages of go test.
func (m module) testArgs() []string {
	if len(m.Args) == 0 {
		return []string{"./..."}
	}
	return m.Args
}

// parseList reads modules.tsv: lines of path, version, sum, race or -, arguments
// of go test or -, and why; # begins a comment.
func parseList(text string) ([]module, error) {
	var list []module
	for n, line := range tsv(text) {
		if len(line) != 6 {
			return nil, fmt.Errorf("reading modules.tsv:%d: want 6 columns separated by tabs, got %d", n, len(line))
		}
		m := module{Path: line[0], Version: line[1], Sum: line[2], Race: line[3] == "race", Why: line[5]}
		if line[4] != "-" {
			m.Args = strings.Fields(line[4])
		}
		list = append(list, m)
	}
	return list, nil
}

// tsv yields line numbers and columns.
func tsv(text string) func(func(int, []string) bool) {
	return func(yield func(int, []string) bool) {
		for i, line := range strings.Split(text, "\n") {
			if line = strings.TrimRight(line, "\r\n"); line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if !yield(i+1, strings.Split(line, "\t")) {
				return
			}
		}
	}
}

// explained is a difference whose reason is known: a test that observes what
// instrumentation is allowed to change.
type explained struct {
	module string
	stage  *regexp.Regexp // overlay, in place, overlay race
	test   *regexp.Regexp // of "package TestName/subtest"
	Reason string
}

// parseExplained reads explained.tsv: lines of module, stage, test, reason.
func parseExplained(text string) ([]explained, error) {
	var list []explained
	for n, line := range tsv(text) {
		if len(line) != 4 {
			return nil, fmt.Errorf("reading explained.tsv:%d: want 4 columns separated by tabs, got %d", n, len(line))
		}
		stage, err := regexp.Compile("^(" + line[1] + ")$")
		if err != nil {
			return nil, fmt.Errorf("reading explained.tsv:%d: %w", n, err)
		}
		test, err := regexp.Compile("^(" + line[2] + ")$")
		if err != nil {
			return nil, fmt.Errorf("reading explained.tsv:%d: %w", n, err)
		}
		list = append(list, explained{module: line[0], stage: stage, test: test, Reason: line[3]})
	}
	return list, nil
}

// reason finds why a test may differ; "" if it may not.
func reason(list []explained, module, stage, test string) string {
	for _, e := range list {
		if e.module == module && e.stage.MatchString(stage) && e.test.MatchString(test) {
			return e.Reason
		}
	}
	return ""
}
