// Command corpus proves the rewriter on Go that nobody here wrote.
//
// In come the modules of modules.tsv, pinned and chosen for difficulty. Each is
// built, vetted and tested as it is, then with every function instrumented over
// an overlay, then with every function rewritten in place, and then rewritten
// back. Out goes docs/corpus.md: what was counted, what was refused and why, and
// every difference. The exit code is 1 if there is a difference without a known
// reason.
//
//	go run ./internal/corpus                 # all of it, one to two hours
//	go run ./internal/corpus -run zap        # some of it, nothing is written to docs
//
// The way of a module:
//
//	fetch → measure (plain) → count → overlay → in place → remove → -race
//
// Foreign code runs in a box only (box.go): namespaces of its own without a
// network, a file system that is read-only but for its private copy, and limits.
// What has been found out is kept in the output folder and not done again while
// the module, the Go release and tkgen itself are the same.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	if os.Getenv(boxEnv) != "" {
		os.Exit(insideBox())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the flags.
type options struct {
	run   string // regular expression of module paths; "" is all
	short bool
	keep  bool   // leave the private copy of the last module, to look at
	known bool   // examine nothing: the page of what is known, by whichever tkgen
	out   string // where everything is made
	doc   string // the page; "" writes none
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = examineAll(ctx, o, stdout, stderr)
	}
	switch {
	case errors.Is(err, errFound):
		return 1
	case err != nil:
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	default:
		return 0
	}
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.run, "run", "", "only modules whose path matches this `regexp`")
	flags.BoolVar(&o.short, "short", false, "only the modules that make check looks at")
	flags.BoolVar(&o.keep, "keep", false, "keep the private copy of the last module")
	flags.BoolVar(&o.known, "known", false, "examine nothing, and write the page of what has been found out so far, by whichever tkgen")
	flags.StringVar(&o.out, "out", defaultOut(), "`folder` for copies, caches, logs and results")
	flags.StringVar(&o.doc, "doc", "", "the `page` to write, docs/corpus.md if all modules are looked at")
	err := flags.Parse(args)
	if o.doc == "" && o.run == "" && !o.short {
		o.doc = filepath.FromSlash("docs/corpus.md")
	}
	return o, err
}

func defaultOut() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "telemetry-kit-corpus")
}

// errFound says that there are differences; they have been printed.
var errFound = errors.New("instrumentation makes a difference")

// chosen picks the modules that the options mean.
func (o options) chosen() ([]module, error) {
	list, err := parseList(moduleList)
	if err != nil {
		return nil, err
	}
	wanted, err := regexp.Compile(o.run)
	if err != nil {
		return nil, fmt.Errorf("reading -run: %w", err)
	}
	list = slices.DeleteFunc(list, func(m module) bool {
		return !wanted.MatchString(m.Path) || o.short && !slices.Contains(shortModules, m.Path)
	})
	for i := range list {
		list[i].Race = list[i].Race && !o.short // it compiles the standard library once more
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no module of modules.tsv matches -run %q", o.run)
	}
	return list, nil
}

// shortModules are those that make check looks at: small, quick to build from an
// empty cache, with golden stack traces and with a call depth that wrappers count.
var shortModules = []string{"github.com/pkg/errors", "github.com/go-logr/logr"}

// examineAll is the whole way.
func examineAll(ctx context.Context, o options, stdout, stderr io.Writer) error {
	modules, err := o.chosen()
	if err != nil {
		return err
	}
	l, err := newLab(ctx, o.out, stderr)
	if err != nil {
		return err
	}
	if o.known {
		modules = slices.DeleteFunc(modules, func(m module) bool { return l.lastKey(m) == "" })
	}
	reports, err := l.examineEach(ctx, modules, o.known, stdout)
	if !o.keep {
		err = errors.Join(err, os.RemoveAll(l.path("work")))
	}
	if err != nil {
		return err
	}
	if o.doc != "" {
		if err := os.WriteFile(o.doc, page(reports, l.release), 0o644); err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
	}
	_, _ = fmt.Fprintln(stdout, summarize(reports))
	if slices.ContainsFunc(reports, func(r *report) bool { return len(r.problems()) > 0 }) {
		return errFound
	}
	return nil
}

// examineEach goes on where one module cannot be examined, but not without a box.
func (l *lab) examineEach(ctx context.Context, modules []module, known bool, stdout io.Writer) (reports []*report, err error) {
	for i, m := range modules {
		_, _ = fmt.Fprintf(l.progress, "%s [%d/%d] %s@%s\n", time.Now().Format(time.TimeOnly), i+1, len(modules), m.Path, m.Version)
		key := l.key
		if known {
			key = l.lastKey(m)
		}
		r, one := l.examineOne(ctx, m, key)
		if errors.Is(one, errNoBox) || ctx.Err() != nil {
			return nil, one
		}
		if one != nil {
			_, _ = fmt.Fprintln(l.progress, one)
			err = errors.Join(err, one)
			continue
		}
		for _, problem := range r.problems() {
			_, _ = fmt.Fprintf(stdout, "%s: %s\n", m.Path, problem)
		}
		reports = append(reports, r)
	}
	return reports, err
}

// lastKey is the key of the tkgen that examined the module last; "" if none did.
func (l *lab) lastKey(m module) (key string) {
	suffix := " " + m.settings() + ".json"
	entries, err := os.ReadDir(l.path("results", m.name()))
	if err != nil {
		return ""
	}
	var last time.Time
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		info, err := e.Info()
		if ok && err == nil && !strings.HasPrefix(name, "plain ") && info.ModTime().After(last) {
			key, last = name, info.ModTime()
		}
	}
	return key
}

// examineOne does what has not been done before for one module, by the tkgen of
// that key.
func (l *lab) examineOne(ctx context.Context, m module, key string) (*report, error) {
	b := bench{lab: l, module: m}
	was, err := remembered(l.path("results", m.name(), "plain "+l.release+" "+m.settings()), func() (*baseline, error) {
		if err := l.provide(ctx, m, b.pristine()); err != nil {
			return nil, err
		}
		return b.measure(ctx)
	})
	if err != nil {
		return nil, err
	}
	r, err := remembered(l.path("results", m.name(), key+" "+m.settings()), func() (*report, error) {
		if err := l.provide(ctx, m, b.pristine()); err != nil {
			return nil, err
		}
		return b.examine(ctx, was)
	})
	if err != nil {
		return nil, err
	}
	for i, d := range r.Differences { // reasons may have been found since
		r.Differences[i].Reason = reason(l.known, m.Path, d.Stage, d.Test)
	}
	r.Why, r.Args, r.Key = m.Why, m.testArgs(), key
	return r, nil
}

// remembered returns what is in a file, or finds it out and puts it there.
func remembered[T any](path string, find func() (*T, error)) (*T, error) {
	path += ".json"
	if text, err := os.ReadFile(path); err == nil {
		kept := new(T)
		if err := json.Unmarshal(text, kept); err == nil {
			return kept, nil
		}
	}
	found, err := find()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(found)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path+".tmp", text, 0o644)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return nil, fmt.Errorf("keeping a result: %w", err)
	}
	return found, nil
}
