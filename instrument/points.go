package instrument

import (
	"fmt"
	"go/format"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// pointsFile returns the text of the package's [GeneratedFile]. Points are
// composite literals, which the compiler lays out at build time: a program with
// a thousand of them starts no later.
func pointsFile(p *plan) ([]byte, error) {
	alias, use := "", "telemetry"
	if p.scope["telemetry"] {
		use = freeAlias(p.scope)
		alias = use + " "
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", Header)
	if c := p.condition(); c != "" {
		fmt.Fprintf(&b, "//go:build %s\n\n", c)
	}
	fmt.Fprintf(&b, "package %s\n\nimport %s%q\n\nvar (\n", p.pkg, alias, Runtime)
	for _, pt := range p.points {
		fmt.Fprintf(&b, "\t%s = %s.Point{Name: %q", pt.ident, use, pt.event)
		if pt.kind == directive.Command {
			fmt.Fprintf(&b, ", Kind: %s.Command", use)
		}
		if pt.each {
			b.WriteString(", Each: true")
		}
		b.WriteString("}\n")
	}
	b.WriteString(")\n")
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return nil, fmt.Errorf("writing %s of package %s: %w", GeneratedFile, p.pkg, err)
	}
	return text, nil
}

func freeAlias(taken map[string]bool) string {
	alias := "tktelemetry"
	for taken[alias] {
		alias += "_"
	}
	return alias
}
