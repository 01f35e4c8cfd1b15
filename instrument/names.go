package instrument

import (
	"fmt"
	"go/ast"
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
	type key struct {
		fn string
		directive.Directive
	}
	type value struct{ point, file string }
	shared := map[key]value{}
	for i := range p.files {
		for j := range p.files[i].fns {
			fn := &p.files[i].fns[j]
			k := key{fn.fn.String(), fn.mark.Directive}
			if v := shared[k]; v.point == "" || v.file == p.files[i].path {
				shared[k] = value{p.newPoint(fn), p.files[i].path}
			}
			fn.point = shared[k].point
		}
	}
}

func (p *plan) newPoint(fn *planned) string {
	words, _ := fn.fn.Words()
	for i, word := range words {
		words[i] = upperFirst(word)
	}
	want := pointPrefix + strings.Join(words, "")
	if strings.HasPrefix(want, errName) { // of func Err: results are called so
		want = pointPrefix + "Func" + strings.Join(words, "")
	}
	ident := want
	for i := 2; p.taken[ident]; i++ {
		ident = want + strconv.Itoa(i)
	}
	p.taken[ident] = true
	p.points = append(p.points, point{ident: ident, event: p.event(*fn), kind: fn.mark.Kind, each: fn.mark.Each})
	return ident
}

// event is the name that the directive gives, or the default.
func (p *plan) event(fn planned) string {
	if fn.mark.Name != "" {
		return fn.mark.Name
	}
	words, _ := fn.fn.Words()
	return directive.DefaultName(p.folder.module.rel(p.folder.dir), words...)
}

// checkNames finds event names that two functions of a module share.
func checkNames(plans []*plan) error {
	type owner struct {
		dir, file, fn, at string
	}
	type scope struct{ module, event string }
	first := map[scope]owner{}
	var problems Problems
	for _, p := range plans {
		for _, file := range p.files {
			for _, fn := range file.fns {
				event, pos := p.event(fn), file.position(fn.mark.Pos)
				if !directive.ValidName(event) {
					problems = append(problems, Problem{Pos: pos, Message: fmt.Sprintf("the default name %s cannot name an event", event), Hint: "give it a name= of at most 100 characters"})
					continue
				}
				in := scope{p.folder.module.Dir, event}
				o, seen := first[in]
				if !seen {
					first[in] = owner{p.folder.dir, file.path, fn.fn.String(), pos.String()}
				} else if o.dir != p.folder.dir || o.fn != fn.fn.String() || o.file == file.path {
					problems = append(problems, Problem{Pos: pos, Message: fmt.Sprintf("the name %s is taken by %s at %s", event, o.fn, o.at), Hint: "give one of them a name= of its own"})
				}
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
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
