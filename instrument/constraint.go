package instrument

import (
	"go/build/constraint"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// The names that the go command reads at the end of file names (go help
// buildconstraint; `go tool dist list`).
var (
	systems = strings.Fields("aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows")
	archs   = strings.Fields("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm")
)

// fileConstraint returns under which condition a file is built: its //go:build
// line, the end of its name, and cgo where it imports "C"; "" for always.
func fileConstraint(s source) string {
	var conditions []string
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if c.Pos() < s.file.Package && constraint.IsGoBuild(c.Text) {
				if expr, err := constraint.Parse(c.Text); err == nil {
					conditions = append(conditions, parenthesized(expr))
				}
			}
		}
	}
	conditions = append(conditions, nameConditions(filepath.Base(s.path))...)
	for _, spec := range s.file.Imports {
		if spec.Path.Kind == token.STRING && spec.Path.Value == `"C"` {
			conditions = append(conditions, "cgo")
		}
	}
	return strings.Join(conditions, " && ")
}

func parenthesized(expr constraint.Expr) string {
	if _, ok := expr.(*constraint.OrExpr); ok {
		return "(" + expr.String() + ")"
	}
	return expr.String()
}

// nameConditions reads NAME_GOOS.go, NAME_GOARCH.go and NAME_GOOS_GOARCH.go.
func nameConditions(name string) (conditions []string) {
	words := strings.Split(strings.TrimSuffix(name, ".go"), "_")[1:]
	if n := len(words); n > 0 && slices.Contains(archs, words[n-1]) {
		conditions, words = []string{words[n-1]}, words[:n-1]
	}
	if n := len(words); n > 0 && slices.Contains(systems, words[n-1]) {
		conditions = append([]string{words[n-1]}, conditions...)
	}
	return conditions
}

// condition is the //go:build line of the package's points, "" for none: the
// points are there wherever a line needs them, and do not make a package out of
// a folder that has none on this platform.
func (p *plan) condition(withMain bool) string {
	var needing []source
	for _, f := range p.files {
		if len(f.fns) > 0 {
			needing = append(needing, f.source)
		}
	}
	for _, m := range p.mains {
		if withMain {
			needing = append(needing, m.source)
		}
	}
	var conditions []string
	for _, s := range needing {
		c := fileConstraint(s)
		if c == "" {
			return ""
		}
		if !slices.Contains(conditions, c) {
			conditions = append(conditions, c)
		}
	}
	if len(conditions) == 1 {
		return conditions[0]
	}
	for i, c := range conditions {
		if strings.Contains(c, " ") {
			conditions[i] = "(" + c + ")"
		}
	}
	return strings.Join(conditions, " || ")
}
