package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/config"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// rewriteFlags are those of generate and remove.
type rewriteFlags struct {
	check, diff, json bool
	match             []string
}

func (f *rewriteFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit 1 and list the files that would change")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "write nothing; print what would change as a unified diff, exit 1 if anything")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the outcome as JSON")
}

func generateCommand() *cobra.Command {
	var flags rewriteFlags
	cmd := &cobra.Command{
		Use:     "generate [packages]",
		GroupID: "rewrite",
		Short:   "Rewrite marked functions in place",
		Long: `Generate puts one line at the top of every function that carries a
//telemetry:instrument directive, and the points that these lines use into
telemetry_gen.go. Packages are named as for the go command and lie in this
module; the default is ./...

The directive stands directly above a function or method, or above or on the
line of a function literal, such as cobra's RunE:

  //telemetry:instrument [name=NAME] [kind=command|feature] [each]
                         [attr=KEY:EXPR[|a|b|c]]... [result=NAME]

Above a type it marks the type's exported methods, in a package comment the
package's exported functions; //telemetry:skip leaves a function of them alone.

--match marks functions without a directive; telemetry.yaml beside go.mod can say
so for good (match: ["./internal/...:*"]).

Run it again at any time: twice is once. tkgen remove takes everything out
again, to the byte. Functions that cannot be instrumented are named with the
reason, the rest goes on, and the exit code is 1. If a directive is wrong or a
file does not parse, nothing is written and the exit code is 2.`,
		Example: `  tkgen generate
  tkgen generate --check ./...     # in CI: exit 1 if a file is stale
  tkgen generate --diff ./cmd/app

In a Go file, for go generate:

  //go:generate go tool tkgen generate`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return rewrite(cmd, args, flags, instrument.Generate)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringArrayVar(&flags.match, "match", nil, "also rewrite functions without a directive: "+matchUsage+" (repeatable)")
	return cmd
}

// matchUsage is the form of --match, wherever it is explained.
const matchUsage = `[PACKAGES:]FUNCTIONS ("Deploy*", "Bucket.*", "./internal/...:*", "*")`

func removeCommand() *cobra.Command {
	var flags rewriteFlags
	cmd := &cobra.Command{
		Use:     "remove [packages]",
		GroupID: "rewrite",
		Short:   "Take every generated line out again",
		Long: `Remove gives the files the bytes that they had before tkgen generate, and
deletes telemetry_gen.go. Directives stay. The default is ./...`,
		Example: `  tkgen remove
  tkgen remove --diff ./internal/...`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return rewrite(cmd, args, flags, instrument.Remove)
		},
	}
	flags.add(cmd)
	return cmd
}

func rewrite(cmd *cobra.Command, args []string, flags rewriteFlags, plan func(instrument.Options) (*instrument.Result, error)) error {
	dir, err := instrument.Folder(".")
	if err != nil {
		return err
	}
	result, err := planWith(instrument.Options{Dir: dir, Patterns: args, Match: flags.match}, plan)
	if err != nil && flags.json {
		if err := printJSON(cmd.OutOrStdout(), failed(err)); err != nil {
			return err
		}
		return exitCode(exitFailed)
	}
	if err != nil {
		return err
	}
	dry := flags.check || flags.diff
	if !dry {
		if err := result.Write(); err != nil {
			return err
		}
	}
	if err := report(cmd, result, flags); err != nil {
		return err
	}
	if len(result.Refused) > 0 || dry && len(result.Changes) > 0 {
		return exitCode(exitFound)
	}
	return nil
}

// planWith adds what telemetry.yaml says.
func planWith(o instrument.Options, plan func(instrument.Options) (*instrument.Result, error)) (*instrument.Result, error) {
	module, err := instrument.FindModule(o.Dir)
	if err != nil {
		return nil, err
	}
	c, err := config.Read(module.Dir)
	if err != nil {
		return nil, err
	}
	o.Match = append(o.Match, c.Match...)
	return plan(o)
}

// outcome is what generate and remove print with --json.
type outcome struct {
	Functions []instrument.Function `json:"functions"`
	Changed   []string              `json:"changed"`
	Refused   []problem             `json:"refused"`
	// Errors are why nothing was done.
	Errors []problem `json:"errors,omitempty"`
}

// problem is a place in the source, as editors jump to it. Of an error that is
// not about the source there is a message alone.
type problem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func newProblem(p instrument.Problem) problem {
	return problem{p.Pos.Filename, p.Pos.Line, p.Pos.Column, p.Message, p.Hint}
}

// failed is the outcome of a run that an error ended.
func failed(err error) outcome {
	o := outcome{Functions: []instrument.Function{}, Changed: []string{}, Refused: []problem{}}
	if many, ok := errors.AsType[instrument.Problems](err); ok {
		for _, p := range many {
			o.Errors = append(o.Errors, newProblem(p))
		}
	} else if one, ok := errors.AsType[instrument.Problem](err); ok {
		o.Errors = append(o.Errors, newProblem(one))
	} else {
		o.Errors = append(o.Errors, problem{Message: err.Error()})
	}
	return o
}

func report(cmd *cobra.Command, r *instrument.Result, flags rewriteFlags) error {
	printRefused(cmd.ErrOrStderr(), r.Refused)
	out := cmd.OutOrStdout()
	switch {
	case flags.json:
		return printJSON(out, newOutcome(r))
	case flags.diff:
		for _, c := range r.Changes {
			if _, err := out.Write(unified(c)); err != nil {
				return fmt.Errorf("printing: %w", err)
			}
		}
	case flags.check:
		for _, c := range r.Changes {
			if _, err := fmt.Fprintln(out, relative(c.Path)); err != nil {
				return fmt.Errorf("printing: %w", err)
			}
		}
	default:
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s instrumented, %s changed\n",
			count(len(r.Functions), "function"), count(len(r.Changes), "file"))
	}
	return nil
}

func newOutcome(r *instrument.Result) outcome {
	o := outcome{Functions: []instrument.Function{}, Changed: []string{}, Refused: []problem{}}
	o.Functions = append(o.Functions, r.Functions...)
	for _, c := range r.Changes {
		o.Changed = append(o.Changed, c.Path)
	}
	for _, p := range r.Refused {
		o.Refused = append(o.Refused, newProblem(p))
	}
	return o
}

func printRefused(w io.Writer, refused []instrument.Problem) {
	for _, p := range refused {
		_, _ = fmt.Fprintln(w, relativePaths(p.Error()))
	}
}

func unified(c instrument.Change) []byte {
	name := filepath.ToSlash(relative(c.Path))
	before, after := "a/"+name, "b/"+name
	if c.Old == nil {
		before = "/dev/null"
	}
	if c.New == nil {
		after = "/dev/null"
	}
	return diff.Diff(before, c.Old, after, c.New)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("printing JSON: %w", err)
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// relative shortens a path below the current folder, as compilers print it.
func relative(path string) string {
	return strings.TrimPrefix(path, currentPrefix())
}

// relativePaths does the same for every path in a text.
func relativePaths(text string) string {
	return strings.ReplaceAll(text, currentPrefix(), "")
}

func currentPrefix() string {
	dir, err := instrument.Folder(".")
	if err != nil || dir == string(filepath.Separator) {
		return "\x00" // in no path
	}
	return dir + string(filepath.Separator)
}
