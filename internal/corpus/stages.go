package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// way is one of the ways to build and test a module: as it is, over an overlay,
// or rewritten in place.
type way struct {
	name    string
	command []string // what stands for "go"; the subcommand follows
	match   []string // what follows the subcommand
	// prepare changes the private copy first; nil: nothing to change.
	prepare func(context.Context, bench) error
}

var (
	plain   = way{name: "plain", command: []string{"go"}}
	overlay = way{name: "overlay", command: []string{"tkgen"}, match: []string{"--match", "*", "--service", service}}
	inPlace = way{name: "in place", command: []string{"go"}, prepare: rewriteInPlace}
)

// args of a subcommand.
func (w way) args(sub string, rest ...string) []string {
	return slices.Concat(w.command, []string{sub}, w.match, rest)
}

// build runs go build ./... and returns "" or why it failed.
func (b bench) build(ctx context.Context, w way) (string, error) {
	o, err := b.do(ctx, w.name+" build", w.args("build", "./...")...)
	if err != nil || o.code == 0 {
		return "", err
	}
	text, err := os.ReadFile(o.stderr)
	return fmt.Sprintf("exit code %d\n%s", o.code, tail(string(text), 30)), err
}

// vet runs go vet ./... and returns its findings, sorted.
func (b bench) vet(ctx context.Context, w way) ([]string, error) {
	o, err := b.do(ctx, w.name+" vet", w.args("vet", "./...")...)
	if err != nil || o.code == 0 {
		return nil, err
	}
	text, err := os.ReadFile(o.stderr)
	if err != nil {
		return nil, fmt.Errorf("reading what vet found: %w", err)
	}
	return findings(string(text)), nil
}

// position is file:line:column or file:line, as vet writes it.
var position = regexp.MustCompile(`(\.go):\d+(:\d+)?`)

// findings keeps vet's lines, without the names of packages between them and
// without tkgen's refusals, which it writes to the same place.
func findings(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !refusalLine.MatchString(line) {
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// withoutLines makes findings comparable where lines have moved.
func withoutLines(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = position.ReplaceAllString(list[i], "$1")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// refusalLine is a problem as tkgen prints it.
var refusalLine = regexp.MustCompile(`^\S+\.go:\d+:\d+: (?:cannot instrument|not instrumented|refused)`)

// test runs the module's own tests.
func (b bench) test(ctx context.Context, w way, stage string, race bool, args []string) (outcomes, error) {
	flags := []string{"-json", "-vet=off", "-count=1", "-p=2", "-timeout=" + testTimeout}
	if race {
		flags = append(flags, "-race")
	}
	o, err := b.do(ctx, stage, w.args("test", append(flags, args...)...)...)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(o.stdout)
	if err != nil {
		return nil, fmt.Errorf("reading test outcomes: %w", err)
	}
	defer func() { _ = f.Close() }()
	return readOutcomes(f)
}

// testFresh runs the tests on a new copy.
func (b bench) testFresh(ctx context.Context, w way, stage string, race bool, args []string) (outcomes, error) {
	if err := b.reset(); err != nil {
		return nil, err
	}
	if w.prepare != nil {
		if err := w.prepare(ctx, b); err != nil {
			return nil, err
		}
	}
	return b.test(ctx, w, stage, race, args)
}

// compare finds the tests that end otherwise after instrumentation. Whatever
// seems to is run three more times both ways.
func (b bench) compare(ctx context.Context, w way, race bool, before []outcomes, after outcomes) (found []difference, flaky []string, err error) {
	stage := w.name
	if race {
		stage += " race"
	}
	flaky = unstable(before)
	suspects := slices.DeleteFunc(changed(before[0], after), func(test string) bool { return slices.Contains(flaky, test) })
	if len(suspects) == 0 {
		return nil, flaky, nil
	}
	again, args := []outcomes{after}, append(flagsOf(b.testArgs()), packagesOf(suspects)...)
	for i := range 3 {
		_, _ = fmt.Fprintf(b.progress, "%s: %s: %d tests end otherwise, comparing again (%d of 3)\n", b.Path, stage, len(suspects), i+1)
		run, err := b.testFresh(ctx, plain, fmt.Sprintf("plain again %d", i+1), race, args)
		if err != nil {
			return nil, nil, err
		}
		before = append(before, run)
		if run, err = b.testFresh(ctx, w, fmt.Sprintf("%s again %d", stage, i+1), race, args); err != nil {
			return nil, nil, err
		}
		again = append(again, run)
	}
	for _, test := range suspects {
		d, differs, unsteady := verdict(test, before, again)
		switch {
		case unsteady:
			flaky = append(flaky, test)
		case differs:
			d.Stage, d.Reason = stage, reason(b.known, b.Path, stage, test)
			found = append(found, d)
		}
	}
	return found, flaky, nil
}

// rewriteInPlace makes the private copy what a maintainer would have: go.mod
// requires the runtime, tkgen generate has run, and tests record.
func rewriteInPlace(ctx context.Context, b bench) error {
	if err := b.requireRuntime(ctx); err != nil {
		return err
	}
	if err := b.startInTests(ctx); err != nil {
		return err
	}
	o, err := b.do(ctx, "generate", "tkgen", "generate", "--match", "*", "./...")
	if err != nil {
		return err
	}
	if o.code > 1 { // 1: something was refused
		text, _ := os.ReadFile(o.stderr)
		return fmt.Errorf("%w: exit code %d\n%s", errGenerate, o.code, tail(string(text), 20))
	}
	return nil
}

// errGenerate is wrapped if tkgen generate or tkgen remove fails: a finding, not
// the end of the corpus.
var errGenerate = errors.New("tkgen does not rewrite it")

func (b bench) requireRuntime(ctx context.Context) error {
	o, err := b.do(ctx, "go mod edit", "go", "mod", "edit", "-require="+runtimeModule+"@v0.0.0", "-replace="+runtimeModule+"="+boxRoot+"/runtime")
	if err == nil && o.code != 0 {
		err = fmt.Errorf("adding the runtime to go.mod: exit code %d, see %s", o.code, o.stderr)
	}
	return err
}

// listed is a package as go list prints it.
type listed struct {
	Dir, Name                                    string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles []string
}

func (b bench) list(ctx context.Context) ([]listed, error) {
	o, err := b.do(ctx, "go list", "go", "list", "-e", "-json=Dir,Name,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles", "./...")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(o.stdout)
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var packages []listed
	for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			return nil, fmt.Errorf("listing packages: %w", err)
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// startFile turns recording on in the tests of a package, as main would in a
// program.
const startFile = "zz_corpus_start_test.go"

func (b bench) startInTests(ctx context.Context) error {
	packages, err := b.list(ctx)
	if err != nil {
		return err
	}
	for _, p := range packages {
		name := p.Name
		switch {
		case len(p.TestGoFiles) > 0:
		case len(p.XTestGoFiles) > 0:
			name += "_test"
		default:
			continue
		}
		text := fmt.Sprintf("package %s\n\nimport tkcorpus %q\n\nvar _ = tkcorpus.Start(tkcorpus.Config{Service: %q})\n", name, runtimePackage, service)
		rel := strings.TrimPrefix(p.Dir, b.sourceInside())
		if err := b.write(filepath.Join(b.source(), filepath.FromSlash(rel), startFile), text); err != nil {
			return err
		}
	}
	return nil
}

func (b bench) write(path, text string) error {
	err := os.WriteFile(path, []byte(text), 0o644)
	if err == nil && b.uid >= 0 {
		err = os.Lchown(path, b.uid, b.uid)
	}
	if err != nil {
		return fmt.Errorf("adding a file to the private copy: %w", err)
	}
	return nil
}
