package instrument

import (
	"fmt"
	"go/ast"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// pattern marks functions that have no directive.
type pattern struct {
	// folder and path hold what the package must be, by its folder or by its
	// import path; nil for any package.
	folder, path *regexp.Regexp
	fn           string // as for [path.Match]
}

// everything is the pattern that matches what has no name, too.
const everything = "*"

const patternUsage = `write [PACKAGES:]FUNCTIONS, such as "Deploy*", "Bucket.*", "./internal/...:*" or "*" for everything`

// parsePatterns reads what --match was given. Relative packages are below dir.
func parsePatterns(dir string, texts []string) ([]pattern, error) {
	var patterns []pattern
	for _, text := range texts {
		packages, fn, both := "", text, false
		if i := strings.LastIndexByte(text, ':'); i >= 0 && i != len(filepath.VolumeName(text))-1 {
			packages, fn, both = text[:i], text[i+1:], true
		} else {
			if strings.Contains(text, "/") || strings.Contains(text, "...") || strings.HasPrefix(text, ".") {
				packages, fn = text, everything
			}
		}
		if _, err := path.Match(fn, ""); err != nil || fn == "" || both && packages == "" {
			return nil, fmt.Errorf("--match %q is no pattern: %s", text, patternUsage)
		}
		p := pattern{fn: fn}
		switch {
		case packages == "" || packages == "...":
		case filepath.IsAbs(packages):
			p.folder = wildcard(filepath.ToSlash(packages))
		case strings.HasPrefix(packages, "."):
			p.folder = wildcard(filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(packages))))
		default:
			p.path = wildcard(packages)
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

// wildcard compiles a package pattern: ... stands for any text, and a/... for a
// itself too (go help packages).
func wildcard(text string) *regexp.Regexp {
	expr := strings.ReplaceAll(regexp.QuoteMeta(text), `\.\.\.`, `.*`)
	if base, ok := strings.CutSuffix(expr, "/.*"); ok {
		expr = base + `(/.*)?`
	}
	return regexp.MustCompile(`^` + expr + `$`)
}

func (p pattern) matchesFolder(f folder) bool {
	if p.folder != nil {
		return p.folder.MatchString(filepath.ToSlash(f.dir))
	}
	return p.path == nil || p.path.MatchString(path.Join(f.module.Path, f.module.rel(f.dir)))
}

// matches reports whether the pattern means fn. Literals that nothing names are
// meant by * alone.
func (p pattern) matches(fn directive.Function) bool {
	if _, named := fn.Words(); !named {
		return p.fn == everything
	}
	ok, _ := path.Match(p.fn, fn.String())
	return ok
}

// matchedFolder keeps the patterns that can mean a function of the folder.
func matchedFolder(f folder, patterns []pattern) (kept []pattern) {
	for _, p := range patterns {
		if p.matchesFolder(f) {
			kept = append(kept, p)
		}
	}
	return kept
}

// match marks the functions of a file that patterns mean and that can be
// instrumented in principle: what runs before main, main itself and what is
// implemented elsewhere is nobody's feature.
func match(s source, pkg string, own directive.Marks, patterns []pattern) (marks []directive.Mark) {
	if len(patterns) == 0 || s.file.Name.Name != pkg || isTest(s.path) || ignored(s.src) {
		return nil
	}
	taken := map[ast.Node]bool{}
	for _, m := range own.Functions {
		taken[m.Func.Node()] = true
	}
	for _, fn := range directive.Functions(s.file) {
		node := fn.Node()
		if taken[node] || own.Skipped[node] || fn.Body() == nil || fn.Lit == nil && special(fn.Decl, pkg) {
			continue
		}
		for _, p := range patterns {
			if p.matches(fn) {
				marks = append(marks, directive.Mark{Directive: directive.Directive{Kind: directive.Feature}, Func: fn, Pos: fn.Type().Pos(), Matched: true})
				break
			}
		}
	}
	return marks
}

// special reports whether a function is none that a program calls by its name.
func special(fn *ast.FuncDecl, pkg string) bool {
	name := fn.Name.Name
	return name == "_" || fn.Recv == nil && (name == "init" || name == "main" && pkg == "main")
}
