package main

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"text/tabwriter"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/telemetry-kit/telemetry-kit-go/analyzer"
)

// finding is one function, by its place, with its rank's score.
type finding struct {
	name, file string
	score      int
	chosen     bool
}

// result is what came out for one program.
type result struct {
	program
	functions, chosen int
	ranked            []finding
	exported, verbs   [2]int // chosen among them, and all of them
}

// verb is the second baseline: functions that are named as one would grep for them.
var verb = regexp.MustCompile(`(?i)^(handle|run|execute|do|process|serve|create|delete|update|get|list|start|stop|build|deploy|install|sync|fetch|push|pull)`)

func measure(ctx context.Context, p program) (result, error) {
	r := result{program: p}
	calls, err := regexp.Compile(p.calls)
	if err != nil || p.calls == "" {
		return r, fmt.Errorf("what records must be given as a regular expression: %w", err)
	}
	dir, module, err := p.folder(ctx)
	if err != nil {
		return r, err
	}
	h := &hider{calls: calls, chosen: map[string]bool{}}
	pkgs, err := load(dir, module, h.hide)
	if err != nil {
		return r, err
	}
	owners := r.count(pkgs, h)
	if err := analyzer.Recommend.Flags.Set("min", "0"); err != nil {
		return r, err
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{analyzer.Recommend}, pkgs, nil)
	if err != nil {
		return r, err
	}
	r.rank(graph, owners, h, dir)
	return r, nil
}

// owner is a declared function, in which others may stand.
type owner struct {
	from, to token.Pos
	place    string
	name     string
}

// count counts the functions that could be chosen, and the baselines among them.
func (r *result) count(pkgs []*packages.Package, h *hider) (owners []owner) {
	for _, p := range pkgs {
		for _, file := range p.Syntax {
			if ast.IsGenerated(file) {
				continue
			}
			for _, decl := range file.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok || fn.Body == nil || fn.Name.Name == "init" || fn.Name.Name == "main" {
					continue
				}
				place := at(p.Fset, fn)
				owners = append(owners, owner{fn.Pos(), fn.End(), place, fn.Name.Name})
				r.functions++
				one := 0
				if h.chosen[place] {
					one = 1
				}
				r.chosen += one
				if fn.Name.IsExported() {
					r.exported[0], r.exported[1] = r.exported[0]+one, r.exported[1]+1
				}
				if verb.MatchString(fn.Name.Name) {
					r.verbs[0], r.verbs[1] = r.verbs[0]+one, r.verbs[1]+1
				}
			}
		}
	}
	slices.SortFunc(owners, func(a, b owner) int { return cmp.Compare(a.from, b.from) })
	return owners
}

// rank puts the findings in the order in which a person would see them, each declared
// function once.
func (r *result) rank(graph *checker.Graph, owners []owner, h *hider, dir string) {
	best := map[string]finding{}
	for _, action := range graph.Roots {
		for _, d := range action.Diagnostics {
			i, found := slices.BinarySearchFunc(owners, d.Pos, func(o owner, pos token.Pos) int { return cmp.Compare(o.from, pos) })
			if !found {
				i--
			}
			if i < 0 || d.Pos >= owners[i].to {
				continue
			}
			o, f := owners[i], finding{}
			r, ok := analyzer.ParseRecommendation(d.Message)
			if !ok {
				continue
			}
			f.name, f.score, f.chosen = r.Func, r.Score, h.chosen[o.place]
			f.file, _ = filepath.Rel(dir, o.place)
			if f.score > best[o.place].score || best[o.place].name == "" {
				best[o.place] = f
			}
		}
	}
	for _, f := range best {
		r.ranked = append(r.ranked, f)
	}
	slices.SortFunc(r.ranked, func(a, b finding) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.file, b.file))
	})
}

// among is how many of the first n are the authors' own.
func (r result) among(n int) (hits int) {
	for _, f := range r.ranked[:min(n, len(r.ranked))] {
		if f.chosen {
			hits++
		}
	}
	return hits
}

func (r result) list(w io.Writer, n int) {
	for _, f := range r.ranked[:min(n, len(r.ranked))] {
		mark := " "
		if f.chosen {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %3d %s %s\n", mark, f.score, f.file, f.name)
	}
}

func table(w io.Writer, results []result) error {
	for _, heldOut := range []bool{false, true} {
		out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		title := "programs of the regressions"
		if heldOut {
			title = "programs that were in none"
		}
		fmt.Fprintf(w, "\n%s\n", title)
		fmt.Fprintln(out, "program\tfunctions\tchosen by authors (N)\trecall of the top 2N\trecall of the top 5N\tprecision of the top 2N\tof exported functions\tof names\t")
		for _, r := range results {
			if r.heldOut != heldOut || r.chosen == 0 {
				continue
			}
			n := r.chosen
			fmt.Fprintf(out, "%s\t%d\t%d\t%.2f\t%.2f\t%.3f\t%.3f\t%.3f\t\n", r.name, r.functions, n,
				share(r.among(2*n), n), share(r.among(5*n), n), share(r.among(2*n), 2*n), share(r.exported[0], r.exported[1]), share(r.verbs[0], r.verbs[1]))
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
