package instrument

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
)

// Options says which packages.
type Options struct {
	// Dir is the folder that patterns are relative to. Absolute.
	Dir string
	// Patterns are folders (., ./cmd/app), import paths of the module, or
	// either with /... behind it; none means ./...
	Patterns []string
	// Match marks functions without directives: [PACKAGES:]FUNCTIONS, packages
	// as for the go command, functions as for [path.Match]; * is everything.
	Match []string
}

// Generate plans the rewriting in place of the marked functions. What an
// earlier run wrote is taken out first, so that twice is once.
func Generate(o Options) (*Result, error) {
	return inPlace(o, true)
}

// Remove plans taking out everything that [Generate] wrote.
func Remove(o Options) (*Result, error) {
	return inPlace(o, false)
}

func inPlace(o Options, write bool) (*Result, error) {
	module, err := FindModule(o.Dir)
	if err != nil {
		return nil, err
	}
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	roots, err := module.roots(o.Dir, o.Patterns)
	if err != nil {
		return nil, err
	}
	patterns, err := parsePatterns(o.Dir, o.Match)
	if err != nil {
		return nil, err
	}
	folders, err := find(module, roots, search{patterns: patterns})
	if err != nil {
		return nil, err
	}
	plans, err := makePlans(folders, newTypes([]Module{module}))
	if err == nil && write {
		err = checkRuntime(o.Dir, plans)
	}
	if err != nil && write {
		return nil, err
	}
	if err != nil { // remove works beside directives that are wrong
		if plans, err = stripOnly(folders); err != nil {
			return nil, err
		}
	}
	return finish(plans, write)
}

// checkRuntime refuses to write what cannot compile: lines whose points come
// from a module that go.mod, or the workspace, does not have.
func checkRuntime(dir string, plans []*plan) error {
	for _, p := range plans {
		if len(p.points) == 0 || p.folder.module.HasRuntime {
			continue
		}
		modules, err := Modules(dir, os.Getenv("GOWORK"))
		if err != nil || !slices.ContainsFunc(modules, func(m Module) bool { return m.Dir == p.folder.module.Dir && m.HasRuntime }) {
			return p.folder.module.errNoRuntime()
		}
	}
	return nil
}

// makePlans plans for all folders and reports the problems of all of them.
func makePlans(folders []folder, t *types) ([]*plan, error) {
	var problems Problems
	var plans []*plan
	parsed, errs := make([]*plan, len(folders)), make([]error, len(folders))
	each(len(folders), func(i int) { parsed[i], errs[i] = newPlan(folders[i]) })
	for i, p := range parsed {
		if err := problems.collect(errs[i]); err != nil {
			return nil, err
		}
		if p != nil {
			t.mayAsk(p.parsed)
			plans = append(plans, p)
		}
	}
	for _, p := range plans {
		if err := problems.collect(p.make(t)); err != nil {
			return nil, err
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return plans, checkNames(plans)
}

func stripOnly(folders []folder) ([]*plan, error) {
	var plans []*plan
	for _, f := range folders {
		p := &plan{folder: f, base: map[string][]byte{}}
		if _, err := p.strip(); err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// finish renders every plan and compares the outcome with the files.
func finish(plans []*plan, write bool) (*Result, error) {
	r := &Result{}
	wants, errs := make([]map[string][]byte, len(plans)), make([]error, len(plans))
	each(len(plans), func(i int) {
		wants[i] = maps.Clone(plans[i].base)
		if write {
			errs[i] = plans[i].render(wants[i])
		}
	})
	for i, p := range plans {
		if errs[i] != nil {
			return nil, errs[i]
		}
		r.folders = append(r.folders, p.folder.dir)
		if write {
			r.Functions = append(r.Functions, p.functions()...)
			r.Refused = append(r.Refused, p.refused...)
		}
		r.Changes = append(r.Changes, p.changes(wants[i])...)
	}
	slices.SortFunc(r.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return r, nil
}

// render adds the rendered files to want, and the points.
func (p *plan) render(want map[string][]byte) error {
	for i := range p.files {
		f := &p.files[i]
		out, left := render(*f)
		want[baseName(f.path)] = out
		for _, fn := range left {
			p.refuse(f.source, fn.mark, "its text cannot be rewritten in a way that can be undone exactly",
				"put the body on lines of its own and run gofmt")
			p.drop(f, fn)
		}
	}
	if len(p.points) == 0 {
		return nil
	}
	text, err := pointsFile(p, starting{runtime: Runtime})
	want[p.pointsName()] = text
	return err
}

// drop takes a function out of the plan, with its point unless another one
// shares that.
func (p *plan) drop(f *filePlan, fn planned) {
	f.fns = slices.DeleteFunc(f.fns, func(other planned) bool { return other.fn.Node() == fn.fn.Node() })
	for _, file := range p.files {
		for _, other := range file.fns {
			if other.point == fn.point {
				return
			}
		}
	}
	p.points = slices.DeleteFunc(p.points, func(pt point) bool { return pt.ident == fn.point })
}

// changes compares want with the folder.
func (p *plan) changes(want map[string][]byte) []Change {
	var list []Change
	for name, text := range want {
		if old, exists := p.folder.files[name]; !exists || !bytes.Equal(old, text) {
			list = append(list, Change{Path: p.folder.path(name), Old: old, New: text})
		}
	}
	for name, old := range p.folder.files {
		if isPointsFile(name) && isGenerated(old) && want[name] == nil {
			list = append(list, Change{Path: p.folder.path(name), Old: old})
		}
	}
	return list
}
