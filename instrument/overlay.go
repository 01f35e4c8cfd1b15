package instrument

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
)

// Overlay is what the go command's -overlay is given: the text of files that
// differ from, or are missing in, the source tree. Keys are absolute paths.
type Overlay struct {
	Functions []Function
	Refused   []Problem
	Files     map[string][]byte
	// NeedsRuntime says that no module of the build requires [RuntimeModule], and
	// that the build has to be given it (see [WriteRuntime]).
	NeedsRuntime bool
	// Asked says that the go command was asked where other modules' packages are:
	// the answer may be another one tomorrow, although no file of the modules
	// changes.
	Asked bool
}

// ErrStale is wrapped where generated lines are in the tree but not up to date,
// so that an overlay would record some functions twice or not at all.
var ErrStale = errors.New("its generated code is stale: run `tkgen generate` (or `tkgen remove`) first")

// OverlayOptions says what an overlay is for.
type OverlayOptions struct {
	// Dir is the folder that patterns are relative to. Absolute.
	Dir string
	// Modules are the main modules of the build.
	Modules []Module
	// Replaced is the overlay that the build has anyway: absolute paths and what
	// they are replaced by.
	Replaced map[string]string
	// Packages are those that the build names, as in [Options]: they are
	// instrumented even if "./..." leaves them out. What is in none of the modules
	// is passed over.
	Packages []string
	// Trimpath says that the files must not name the folder that they lie in, or
	// binaries of two checkouts would differ. What a tool says about a file then
	// names the one that replaces it.
	Trimpath bool
	// Match marks functions without directives; see [Options].
	Match []string
	// Service starts telemetry under this name in programs that do not do that
	// themselves. Empty: nothing is started.
	Service string
	// Test says that the build is one of tests, which have no main function:
	// with Service, telemetry starts with the first instrumented package.
	Test bool
	// Vendored says that packages come from a vendor folder, so that the build
	// cannot be given one more module.
	Vendored bool
}

// MakeOverlay plans the same for every package of the modules and renders it
// without touching the tree or moving a line. Packages that are generated in
// place already are left alone.
func MakeOverlay(o OverlayOptions) (*Overlay, error) {
	patterns, err := parsePatterns(o.Dir, o.Match)
	if err != nil {
		return nil, err
	}
	var folders []folder
	for _, m := range o.Modules {
		roots := append([]root{{dir: m.Dir, recursive: true}}, m.named(o.Dir, o.Packages)...)
		found, err := find(m, roots, search{over: o.Replaced, patterns: patterns, mains: o.Service != ""})
		if err != nil {
			return nil, err
		}
		folders = append(folders, found...)
	}
	t := newTypes(o.Modules)
	plans, err := makePlans(folders, t)
	if err != nil {
		return nil, err
	}
	b := overlayBuilder{OverlayOptions: o, out: &Overlay{Files: map[string][]byte{}, Asked: t.asked}}
	for _, p := range plans {
		if err := b.add(p); err != nil {
			return nil, err
		}
	}
	return b.out, b.finish()
}

// overlayBuilder adds one package after the other.
type overlayBuilder struct {
	OverlayOptions
	out *Overlay
	// borrowed says that the runtime's packages are in the overlay alone.
	borrowed bool
}

// host is the module that what is in no tree is put into.
func (b *overlayBuilder) host() Module { return b.Modules[0] }

// required reports whether the build can import the runtime as anybody would:
// in a workspace one module that requires it is enough.
func (b *overlayBuilder) required() bool {
	return slices.ContainsFunc(b.Modules, func(m Module) bool { return m.HasRuntime })
}

func (b *overlayBuilder) add(p *plan) error {
	b.out.Refused = append(b.out.Refused, p.refused...)
	mains := p.mains
	if b.Service == "" || b.Test || p.starts {
		mains = nil
	}
	if len(p.points)+len(mains) == 0 {
		return nil
	}
	b.out.Functions = append(b.out.Functions, p.functions()...)
	if generated, err := p.generated(); generated || err != nil {
		return err
	}
	start := starting{runtime: Runtime, service: b.Service, test: b.Test && b.Service != ""}
	switch {
	case b.required():
	case b.Service == "":
		return p.folder.module.errNoRuntime()
	case b.Vendored:
		b.borrowed = true
		start.runtime = path.Join(b.host().Path, overlayRuntime, "telemetry")
	default:
		b.out.NeedsRuntime = true
	}
	if len(mains) > 0 {
		start.session = free(p.taken, pointPrefix+"Session")
	}
	b.files(p, mains, start.session)
	text, err := pointsFile(p, start)
	b.out.Files[p.folder.path(p.firstName())] = text
	return err
}

// files adds the package's files with their lines.
func (b *overlayBuilder) files(p *plan, mains []mainFunc, session string) {
	edits := map[string][]edit{}
	sources := map[string]source{}
	insert := func(s source, e edit) {
		edits[s.path] = append(edits[s.path], s.keepColumns(e))
		sources[s.path] = s
	}
	for _, f := range p.files {
		for _, fn := range f.fns {
			for _, e := range f.nameEdits(fn) {
				insert(f.source, e)
			}
			insert(f.source, hidden(f.inlineEdit(fn, "")))
		}
	}
	for _, m := range mains {
		brace := m.offset(m.decl.Body.Lbrace) + 1
		insert(m.source, hidden(edit{brace, brace, " defer " + session + "().Stop();"}))
	}
	for path, s := range sources {
		if e, ok := s.lineComment(); ok && !b.Trimpath {
			edits[path] = append(edits[path], e)
		}
		b.out.Files[path] = apply(s.src, edits[path])
	}
}

// finish adds the packages that are in no tree.
func (b *overlayBuilder) finish() error {
	if !b.borrowed {
		return nil
	}
	source, err := runtimeSource(path.Join(b.host().Path, overlayRuntime))
	if err != nil {
		return err
	}
	for name, text := range source {
		if path.Ext(name) == ".go" { // the assembler wants its folder to be there
			text = bytes.Replace(text, []byte("!purego"), []byte("!go1.1"), 1)
			b.out.Files[filepath.Join(b.host().Dir, overlayRuntime, filepath.FromSlash(name))] = text
		}
	}
	return nil
}

// generated reports whether the package carries its generated code already. It
// fails with [ErrStale] if that is not what Generate would write.
func (p *plan) generated() (bool, error) {
	some := false
	for name, src := range p.folder.files {
		some = some || isPointsFile(name) && isGenerated(src)
	}
	for name, base := range p.base {
		some = some || !bytes.Equal(base, p.folder.files[name])
	}
	if !some {
		return false, nil
	}
	want := maps.Clone(p.base)
	if err := p.render(want); err != nil {
		return true, err
	}
	if len(p.changes(want)) > 0 {
		return true, fmt.Errorf("package %s: %w", p.folder.dir, ErrStale)
	}
	return true, nil
}
