package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/analyzer"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/gotool"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

func recommendCommand() *cobra.Command {
	var flags struct {
		fix, json, sarif bool
		top, min         int
	}
	cmd := &cobra.Command{
		Use:     "recommend [packages]",
		GroupID: "rewrite",
		Short:   "Rank the functions that are worth marking",
		Long: `Recommend reads the packages as go vet does and ranks the functions that are worth
a //telemetry:instrument directive, each with a score from 0 to 100 and its reasons:
handlers of commands, HTTP requests and remote calls, and entry points that reach the
network, a database, files or other processes. What is marked already, or carries
//telemetry:skip, is left out, as are tests and generated code. The default is ./...

--fix writes the directives of those that are shown; go vet -vettool=$(which tkgen)
-recommend finds the same.`,
		Example: `  tkgen recommend
  tkgen recommend --top 5 --fix ./cmd/...
  tkgen recommend --sarif > recommend.sarif`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := recommend(cmd.Context(), args, flags.min, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if flags.top > 0 {
				found = found[:min(flags.top, len(found))]
			}
			switch {
			case flags.json:
				err = printJSON(cmd.OutOrStdout(), found)
			case flags.sarif:
				err = printSARIF(cmd.OutOrStdout(), found)
			default:
				err = printRecommended(cmd.OutOrStdout(), found)
			}
			if err != nil || !flags.fix {
				return err
			}
			return writeDirectives(cmd.ErrOrStderr(), found)
		},
	}
	cmd.Flags().BoolVar(&flags.fix, "fix", false, "write the directives of the functions that are shown")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print the functions as JSON")
	cmd.Flags().BoolVar(&flags.sarif, "sarif", false, "print them as SARIF 2.1.0, which code hosts show beside the source")
	cmd.Flags().IntVar(&flags.top, "top", 20, "show so many at most; 0 for all")
	cmd.Flags().IntVar(&flags.min, "min", 50, "show functions of at least this score")
	cmd.MarkFlagsMutuallyExclusive("json", "sarif")
	return cmd
}

// recommended is one function that is worth marking.
type recommended struct {
	problemPlace
	analyzer.Recommendation
	// Directive is what to write, empty where that needs a name first.
	Directive string `json:"directive,omitempty"`
	edits     []gotool.Edit
}

type problemPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// recommend asks the go command, which asks this program package by package.
func recommend(ctx context.Context, patterns []string, least int, stderr io.Writer) ([]recommended, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	name := analyzer.Recommend.Name
	diagnostics, err := gotool.Vet(ctx, self, []string{"-" + name, fmt.Sprintf("-%s.min=%d", name, least)}, patterns, stderr)
	if err != nil {
		return nil, err
	}
	found := []recommended{}
	for _, d := range diagnostics {
		r, ok := analyzer.ParseRecommendation(d.Message)
		if !ok {
			return nil, fmt.Errorf("reading what go vet says: %q", d.Message)
		}
		one := recommended{problemPlace: problemPlace{d.File, d.Line, d.Column}, Recommendation: r}
		if len(d.Fixes) > 0 {
			one.edits = d.Fixes[0].Edits
			one.Directive = strings.TrimPrefix(d.Fixes[0].Message, "write ")
		}
		found = append(found, one)
	}
	slices.SortFunc(found, func(a, b recommended) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	// A package and its test variant say the same.
	return slices.CompactFunc(found, func(a, b recommended) bool { return a.problemPlace == b.problemPlace }), nil
}

func printRecommended(w io.Writer, found []recommended) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range found {
		_, _ = fmt.Fprintf(table, "%3d\t%s:%d\t%s\t%s\n", r.Score, relative(r.File), r.Line, r.Func, strings.Join(r.Reasons, ", "))
	}
	return table.Flush()
}

// writeDirectives writes what is shown into the source.
func writeDirectives(w io.Writer, found []recommended) error {
	edits := map[string][]gotool.Edit{}
	for _, r := range found {
		for _, e := range r.edits {
			edits[e.File] = append(edits[e.File], e)
		}
	}
	var result instrument.Result
	for file, list := range edits {
		before, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("writing directives: %w", err)
		}
		after, err := gotool.Apply(before, list)
		if err != nil {
			return fmt.Errorf("writing directives into %s: %w", relative(file), err)
		}
		result.Changes = append(result.Changes, instrument.Change{Path: file, Old: before, New: after})
	}
	slices.SortFunc(result.Changes, func(a, b instrument.Change) int { return strings.Compare(a.Path, b.Path) })
	if err := result.Write(); err != nil {
		return err
	}
	left := 0
	for _, r := range found {
		if len(r.edits) == 0 {
			left++
		}
	}
	_, _ = fmt.Fprintf(w, "%s marked in %s\n", count(len(found)-left, "function"), count(len(edits), "file"))
	if left > 0 {
		return errors.New(count(left, "function literal") + " without a name of its own: write //telemetry:instrument name=NAME above it")
	}
	return nil
}
