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
// without tkgen's refusals and their hints, which it writes to the same place.
func findings(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		hint := strings.HasPrefix(line, "\t")
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !hint && !strings.Contains(line, notInstrumented) {
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
	if o.stopped && w.name == plain.name {
		return nil, fmt.Errorf("the tests of %s take more time or memory than there is: leave some out in modules.tsv", b.Path)
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
// seems to is run three more times both ways; what then ends now so, now so with
// instrumentation is repeated without it, to see whether it does that, too.
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
	_, _ = fmt.Fprintf(b.progress, "%s: %s: %d tests end otherwise, comparing again\n", b.Path, stage, len(suspects))
	plainly, again, err := b.rerun(ctx, w, stage, race, packagesOf(suspects))
	if err != nil {
		return nil, nil, err
	}
	before, again = slices.Concat(before, plainly), append(again, after)
	many, err := b.repeat(ctx, race, slices.DeleteFunc(slices.Clone(suspects), func(test string) bool { return len(ends(test, again)) == 1 }))
	if err != nil {
		return nil, nil, err
	}
	for _, test := range suspects {
		was := before
		if _, ok := many[test]; ok {
			was = append(slices.Clone(before), many)
		}
		d, differs, unsteady := verdict(test, was, again)
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

// rerun runs the tests of some packages three times both ways.
func (b bench) rerun(ctx context.Context, w way, stage string, race bool, packages []string) (before, after []outcomes, err error) {
	args := append(flagsOf(b.testArgs()), packages...)
	for i := range 3 {
		run, err := b.testFresh(ctx, plain, fmt.Sprintf("plain again %d", i+1), race, args)
		if err != nil {
			return nil, nil, err
		}
		before = append(before, run)
		if run, err = b.testFresh(ctx, w, fmt.Sprintf("%s again %d", stage, i+1), race, args); err != nil {
			return nil, nil, err
		}
		after = append(after, run)
	}
	return before, after, nil
}

// repeat runs tests without instrumentation 20 times; a test that fails once has
// failed. The outcomes are empty if that takes too long.
func (b bench) repeat(ctx context.Context, race bool, tests []string) (outcomes, error) {
	var names []string
	for _, test := range tests {
		if _, name, ok := strings.Cut(test, " "); ok {
			name, _, _ = strings.Cut(name, "/")
			names = append(names, regexp.QuoteMeta(name))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	slices.Sort(names)
	args := append(flagsOf(b.testArgs()), "-count=20", "-run=^("+strings.Join(slices.Compact(names), "|")+")$")
	run, err := b.testFresh(ctx, plain, "plain repeated", race, append(args, packagesOf(tests)...))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(b.log("plain repeated") + ".out")
	if err != nil || bytes.Contains(text, []byte("test timed out after")) {
		return nil, err
	}
	return run, nil
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
