package instrument

import (
	"fmt"
	"go/format"
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

// pointsFile returns the text of the package's [GeneratedFile]. Points are
// composite literals, which the compiler lays out at build time: a program with
// a thousand of them starts no later.
func pointsFile(p *plan, start starting) ([]byte, error) {
	alias, use := "", "telemetry"
	if p.scope["telemetry"] {
		use = free(p.scope, "tktelemetry")
		alias = use + " "
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", Header)
	if c := p.condition(start.session != ""); c != "" {
		fmt.Fprintf(&b, "//go:build %s\n\n", c)
	}
	fmt.Fprintf(&b, "package %s\n\nimport %s%q\n", p.pkg, alias, start.runtime)
	if len(p.points) > 0 {
		fmt.Fprintf(&b, "\nvar (\n")
		for _, pt := range p.points {
			b.WriteString(pt.declaration(use))
		}
		b.WriteString(")\n")
	}
	b.WriteString(start.declaration(use))
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return nil, fmt.Errorf("writing %s of package %s: %w", GeneratedFile, p.pkg, err)
	}
	return text, nil
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

// free returns want, or want with underscores behind it if that is taken.
func free(taken map[string]bool, want string) string {
	for taken[want] {
		want += "_"
	}
	return want
}
