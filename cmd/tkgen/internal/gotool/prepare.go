package gotool

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// prepared is what the go command is run with, over and above what the caller
// gave it.
type prepared struct {
	Args    []string
	Environ []string `json:",omitempty"`
	// Needs are the files that it reads, the overlay's own files apart.
	Needs []string
	// Points are the files of ours that are in no tree.
	Points []string
	// Young are the files that were written a moment before, by a hash of what they
	// held.
	Young map[string]string `json:",omitempty"`
	// Said is what was told on standard error.
	Said string `json:",omitempty"`
}

// prepare makes the overlay, or takes the one that an earlier build of the same
// source left. finish is to be called when the go command is done.
func (j job) prepare(ctx context.Context) (p prepared, finish func(), err error) {
	m := j.memo()
	if p, ok := m.recall(); ok {
		_, err := io.WriteString(j.Stderr, p.Said)
		return p, func() {}, err
	}
	var said bytes.Buffer
	j.Stderr = io.MultiWriter(j.Stderr, &said)
	overlay, err := j.plan()
	if err != nil {
		return p, nil, err
	}
	leftOut(j.Stderr, overlay.Functions, j.callers, j.flags, j.inherited, j.env, j.dir)
	if !j.env.workspace() {
		replacedModules(j.Stderr, j.modules)
	}
	if j.flags.verbose {
		if err := reportInlining(ctx, j.Stderr, overlay.Functions, j.dir, j.flags.selecting()); err != nil {
			return p, nil, err
		}
	}
	if overlay.Asked || embedsSource(overlay.Files, j.modules) {
		m = memo{}
	}
	to, err := j.folder(m)
	if err != nil {
		return p, nil, err
	}
	if p, err = j.over(overlay, to); err != nil {
		to.remove()
		return p, nil, err
	}
	p.Said = said.String()
	m.keep(p, to, j.Now())
	return p, to.remove, nil
}

// over writes the overlay down and says how to build with it.
func (j job) over(overlay *instrument.Overlay, to folder) (p prepared, err error) {
	file, err := to.write(overlay.Files, j.callers)
	if err != nil {
		return p, err
	}
	for _, name := range slices.Sorted(maps.Keys(overlay.Files)) {
		if strings.HasSuffix(name, instrument.GeneratedFile) {
			p.Points = append(p.Points, name)
		}
	}
	lent, err := j.lend(overlay, to.dir)
	if err != nil {
		return p, err
	}
	toolexec, err := shim{
		cover: j.flags.cover || j.inherited.cover, messages: j.trimpath, embed: embedsSource(overlay.Files, j.modules),
		callers: cmp.Or(j.flags.toolexec, j.inherited.toolexec),
	}.flags(file)
	p.Args = slices.Concat(j.flags.leading, []string{"-overlay=" + file}, lent.args, toolexec)
	p.Environ, p.Needs = lent.environ, append(lent.needs, file)
	return p, err
}

// plan makes the overlay and tells the user what is not in it.
func (j job) plan() (*instrument.Overlay, error) {
	overlay, err := instrument.MakeOverlay(instrument.OverlayOptions{
		Dir: j.dir, Modules: j.modules, Replaced: j.callers, Vendored: j.vendored,
		Packages: packagesOf(j.flags.packages), Trimpath: j.trimpath,
		Match: j.settings.Match, Service: j.settings.Service, Test: j.Name == "test",
	})
	if err != nil {
		return nil, err
	}
	for _, p := range overlay.Refused {
		j.Refused(j.Stderr, p)
	}
	if len(overlay.Functions)+len(overlay.Refused) == 0 {
		if len(j.settings.Match) > 0 {
			return nil, fmt.Errorf("no function matches %s: nothing would be recorded", strings.Join(j.settings.Match, " "))
		}
		_, _ = fmt.Fprintln(j.Stderr, "tkgen: no function here carries //telemetry:instrument; this is a plain go "+j.Name)
	}
	return overlay, nil
}

// lent is how a build gets the runtime that its modules do not require.
type lent struct {
	args, environ []string
	needs         []string // files and folders
}

// lend makes that so. Files go into dir.
func (j job) lend(o *instrument.Overlay, dir string) (l lent, err error) {
	if o.NeedsRuntime {
		return lendRuntime(j.flags, j.env, j.modules, dir)
	}
	if j.flags.modfile != "" {
		l.args = []string{"-modfile=" + j.flags.modfile}
	}
	if !j.vendored || slices.ContainsFunc(j.modules, func(m instrument.Module) bool { return m.HasRuntime }) {
		return l, nil
	}
	switch j.Name { // vet wants to stand in the folder of every package, and the runtime's are in no tree
	case "vet":
		return l, errors.New("tkgen vet cannot lend the runtime to a build from a vendor folder: vet with -mod=mod, or vendor " + instrument.RuntimeModule)
	case "test":
		_, _ = fmt.Fprintln(j.Stderr, "tkgen: testing from a vendor folder that lacks the runtime: go vet is left out (run it by itself)")
		l.args = append(l.args, "-vet=off")
	}
	return l, nil
}

// withPoints adds the points to a package that is named by its files: the go
// command would leave them out. They come first, as they do by name.
func withPoints(f flags, points []string) []string {
	first := slices.IndexFunc(f.rest, func(arg string) bool { return strings.HasSuffix(arg, ".go") })
	if first < 0 || !slices.Contains(f.packages, f.rest[first]) {
		return f.rest
	}
	in := filepath.Dir(f.rest[first]) // the go command wants one spelling of it
	dir, err := instrument.Folder(f.absolute(in))
	if err != nil {
		return f.rest
	}
	for _, path := range points {
		if filepath.Dir(path) == dir {
			return slices.Insert(slices.Clone(f.rest), first, filepath.Join(in, filepath.Base(path)))
		}
	}
	return f.rest
}
