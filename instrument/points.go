package instrument

import (
	"fmt"
	"go/format"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// starting says what the package's [GeneratedFile] imports, and whether it
// starts telemetry for a program that does not.
type starting struct {
	runtime string // the import path of the runtime
	service string
	session string // the function that starts it for main; "" for none
	test    bool   // start when the package is initialized
}

// pointsFile returns the text of the package's points. Points are composite
// literals, which the compiler lays out at build time: a program with a thousand
// of them starts no later.
func pointsFile(p *plan, start starting) ([]byte, error) {
	taken := maps.Clone(p.scope)
	for _, pt := range p.points {
		for _, a := range pt.attrs {
			for _, param := range a.params { // which would hide a package
				taken[param.name] = true
			}
		}
	}
	use := free(taken, "telemetry")
	if use != "telemetry" {
		use = free(taken, "tktelemetry")
	}
	imports := importSet{taken: taken, names: map[string]string{start.runtime: use}}
	body := p.declarations(use, &imports) + start.declaration(use)

	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", Header)
	if c := p.condition(start.session != ""); c != "" {
		fmt.Fprintf(&b, "//go:build %s\n\n", c)
	}
	fmt.Fprintf(&b, "package %s\n\n%s%s", p.pkg, imports, body)
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return nil, fmt.Errorf("writing %s of package %s: %w", GeneratedFile, p.pkg, err)
	}
	return text, nil
}

// declarations are the points and the values of attributes.
func (p *plan) declarations(use string, imports *importSet) string {
	if len(p.points) == 0 {
		return ""
	}
	var points, values strings.Builder
	for _, pt := range p.points {
		points.WriteString(pt.declaration(use))
		for _, a := range pt.attrs {
			values.WriteString(a.declaration(use, imports))
		}
	}
	return "var (\n" + points.String() + ")\n" + values.String()
}

func (pt point) declaration(use string) string {
	text := fmt.Sprintf("\t%s = %s.Point{Name: %q", pt.ident, use, pt.event)
	if pt.kind == directive.Command {
		text += fmt.Sprintf(", Kind: %s.Command", use)
	}
	if pt.each {
		text += ", Each: true"
	}
	return text + "}\n"
}

// importSet are the imports of the generated file.
type importSet struct {
	taken map[string]bool   // by the package
	names map[string]string // by path
}

// name imports a package, under the name it has elsewhere if that is free.
func (i *importSet) name(importPath, want string) string {
	if name, ok := i.names[importPath]; ok {
		return name
	}
	taken := maps.Clone(i.taken)
	for _, name := range i.names {
		taken[name] = true
	}
	i.names[importPath] = free(taken, want)
	return i.names[importPath]
}

// String is the import declaration, the standard library's packages first. A name
// is written where it is not the last element of the path.
func (i importSet) String() string {
	var standard, others string
	for _, importPath := range slices.Sorted(maps.Keys(i.names)) {
		line := strconv.Quote(importPath)
		if name := i.names[importPath]; name != path.Base(importPath) {
			line = name + " " + line
		}
		if isStandard(importPath) {
			standard += line + "\n"
		} else {
			others += line + "\n"
		}
	}
	if len(i.names) == 1 {
		return "import " + standard + others + "\n"
	}
	return "import (\n" + standard + "\n" + others + ")\n\n"
}

func (s starting) declaration(use string) string {
	call := fmt.Sprintf("%s.Start(%[1]s.Config{Service: %[2]q})", use, s.service)
	switch {
	case s.session != "":
		return fmt.Sprintf("\nfunc %s() *%s.Session { return %s }\n", s.session, use, call)
	case s.test: // several packages of a test say so; the first one wins
		return fmt.Sprintf("\nfunc init() {\nif mode, _ := %s.CurrentMode(); mode == %[1]s.Off {\n%s\n}\n}\n", use, call)
	default:
		return ""
	}
}

// free returns want, or want with underscores behind it if that is taken.
func free(taken map[string]bool, want string) string {
	for taken[want] {
		want += "_"
	}
	return want
}
