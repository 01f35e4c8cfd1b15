package instrument

import (
	"fmt"
	"go/ast"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// pointPrefix starts the names of all points, so that generated lines are known
// at a glance.
const pointPrefix = "tk"

// namePoints gives every planned function its point. Functions of the same name
// in different files, which then exclude each other (deploy_linux.go,
// deploy_windows.go), share one.
func (p *plan) namePoints() {
	p.takeNames()
	type key struct{ fn, directive string }
	type value struct {
		point, file string
		node        ast.Node
		attrs       []attribute
	}
	shared := map[key]value{}
	for i := range p.files {
		nth := map[string]int{} // of the functions of one name that patterns mark
		for j := range p.files[i].fns {
			fn := &p.files[i].fns[j]
			if fn.mark.Matched {
				name := p.defaultName(*fn)
				nth[name]++
				fn.mark.Name = short(numbered(name, "_", nth[name]))
			}
			k := key{fn.mark.Func.String(), fmt.Sprint(fn.mark.Directive, fn.attrs)}
			node := fn.mark.Func.Node() // which may return several iterators
			if v := shared[k]; v.point == "" || v.file == p.files[i].path && v.node != node {
				p.nameAttributes(fn)
				shared[k] = value{p.newPoint(fn), p.files[i].path, node, fn.attrs}
			}
			fn.point, fn.attrs = shared[k].point, shared[k].attrs
		}
	}
}

// takeNames notes the identifiers that points must keep clear of.
func (p *plan) takeNames() {
	for name := range p.scope {
		p.taken[name] = true
	}
	for _, file := range p.files {
		ast.Inspect(file.file, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok {
				p.taken[ident.Name] = true
			}
			return true
		})
	}
}

// numbered puts a number behind the second and every further thing of a name.
func numbered(name, separator string, n int) string {
	if n < 2 {
		return name
	}
	return name + separator + strconv.Itoa(n)
}

// short cuts a name that is too long for an event and tells what is left from
// others of the same beginning by a hash (FNV-1a, 32 bits) of the whole.
func short(name string) string {
	if len(name) <= directive.MaxName {
		return name
	}
	hash := fnv.New32a()
	_, _ = io.WriteString(hash, name)
	return fmt.Sprintf("%s_%08x", name[:directive.MaxName-9], hash.Sum32())
}

func (p *plan) newPoint(fn *planned) string {
	words, _ := fn.mark.Func.Words()
	want := pointPrefix + camel(words)
	if strings.HasPrefix(want, errName) || strings.HasPrefix(want, okName) { // of func Err: results are called so
		want = pointPrefix + "Func" + camel(words)
	}
	ident := want
	for i := 2; p.taken[ident]; i++ {
		ident = want + strconv.Itoa(i)
	}
	p.taken[ident] = true
	p.points = append(p.points, point{ident: ident, event: p.event(*fn), kind: fn.mark.Kind, each: fn.mark.Each, attrs: fn.attrs})
	return ident
}

// event is the name that the directive gives, or the default.
func (p *plan) event(fn planned) string {
	if fn.mark.Name != "" {
		return fn.mark.Name
	}
	return p.defaultName(fn)
}

func (p *plan) defaultName(fn planned) string {
	words, _ := fn.mark.Func.Words()
	return directive.DefaultName(p.folder.module.rel(p.folder.dir), words...)
}

// owner is the function that has an event's name.
type owner struct {
	dir, file, fn, at string
}

// excludes reports whether the functions of two owners exclude each other: they
// are one function, in files for different systems.
func (o owner) excludes(other owner) bool {
	return o.dir == other.dir && o.fn == other.fn && o.file != other.file
}

// checkNames finds event names that two functions of a module share. Names that
// directives give come first; what patterns mark makes room for them and for
// each other.
func checkNames(plans []*plan) error {
	c := nameCheck{first: map[scopedName]owner{}}
	for _, matched := range []bool{false, true} {
		for _, p := range plans {
			for _, file := range p.files {
				for i := range file.fns {
					if fn := &file.fns[i]; fn.mark.Matched == matched {
						c.take(p, file.source, fn)
					}
				}
			}
		}
	}
	if len(c.problems) > 0 {
		return c.problems
	}
	return nil
}

type scopedName struct{ module, event string }

type nameCheck struct {
	first    map[scopedName]owner
	problems Problems
}

func (c *nameCheck) take(p *plan, s source, fn *planned) {
	pos, event := s.position(fn.mark.Pos), p.event(*fn)
	if !directive.ValidName(event) {
		c.problems = append(c.problems, Problem{Pos: pos, Message: fmt.Sprintf("the default name %s cannot name an event", event), Hint: "give it a name= of at most 100 characters"})
		return
	}
	me := owner{p.folder.dir, s.path, fn.mark.Func.String(), pos.String()}
	in := scopedName{p.folder.module.Dir, event}
	o, seen := c.first[in]
	for n := 2; fn.mark.Matched && seen && o != me && !o.excludes(me); n++ {
		in.event = short(numbered(event, "_", n))
		o, seen = c.first[in]
	}
	switch {
	case !seen:
		c.first[in] = me
	case o != me && !o.excludes(me):
		c.problems = append(c.problems, Problem{Pos: pos, Message: fmt.Sprintf("the name %s is taken by %s at %s", event, o.fn, o.at), Hint: "give one of them a name= of its own"})
	}
	if in.event != event {
		p.rename(fn, in.event)
	}
}

func (p *plan) rename(fn *planned, event string) {
	fn.mark.Name = event
	for i := range p.points {
		if p.points[i].ident == fn.point {
			p.points[i].event = event
		}
	}
}

// freeIn returns want, or want with a digit behind it if fn uses that name.
func freeIn(fn directive.Function, want string) string {
	var used []string
	ast.Inspect(fn.Node(), func(n ast.Node) bool {
		if ident, ok := n.(*ast.Ident); ok && strings.HasPrefix(ident.Name, want) {
			used = append(used, ident.Name)
		}
		return true
	})
	name := want
	for i := 2; slices.Contains(used, name); i++ {
		name = want + strconv.Itoa(i)
	}
	return name
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[size:]
}
