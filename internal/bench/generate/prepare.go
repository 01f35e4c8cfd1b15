package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// runtimeModule is what marked code has to require.
const runtimeModule = "github.com/telemetry-kit/telemetry-kit-go"

// marked is a copy of a module with some of its functions marked.
type marked struct {
	tree
	size     lab.Size
	marks    int
	refused  int // of them
	generate *lab.Step
	again    *lab.Step
	sequence lab.Sequence
}

// built is what the go command takes for a module, for scale.
type built struct {
	tree
	step *lab.Step
}

type bench struct {
	copies []*marked
	builds []built
}

// prepare makes the copies, and looks whether tkgen does there what will be
// measured.
func prepare(ctx context.Context, dir string, which []tree, progress io.Writer) (b bench, err error) {
	repo, err := repository(ctx)
	if err != nil {
		return b, err
	}
	tkgen := filepath.Join(dir, "tkgen")
	if _, err := lab.Outside(ctx, repo, "build", "-o", tkgen, "./cmd/tkgen"); err != nil {
		return b, err
	}
	for _, t := range which {
		for _, marks := range []int{0, 10, 1000} {
			fmt.Fprintf(progress, "preparing %s with %d marks\n", t, marks)
			at := filepath.Join(dir, fmt.Sprint(len(b.copies)))
			c, err := copyMarked(ctx, t, at, marks, repo)
			if err != nil {
				return b, err
			}
			c.steps(tkgen, at)
			if err := c.verify(ctx, tkgen, at); err != nil {
				return b, err
			}
			b.copies = append(b.copies, c)
			if marks == 0 && t.builds {
				step, err := buildStep(ctx, t, at)
				if err != nil {
					return b, err
				}
				b.builds = append(b.builds, built{t, step})
			}
		}
	}
	return b, nil
}

// repository is the folder of this module, the one that this program was built
// in.
func repository(ctx context.Context) (string, error) {
	out, err := lab.Outside(ctx, ".", "list", "-m", "-f", "{{.Dir}}", runtimeModule)
	if err != nil {
		return "", fmt.Errorf("finding this repository (run this in its folder): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func copyMarked(ctx context.Context, t tree, dir string, marks int, repo string) (*marked, error) {
	if err := t.Copy(ctx, dir); err != nil {
		return nil, err
	}
	size, err := lab.Measure(dir)
	if err != nil {
		return nil, fmt.Errorf("counting lines: %w", err)
	}
	c := &marked{tree: t, size: size}
	if marks == 0 {
		return c, nil
	}
	if c.marks, err = mark(dir, marks); err != nil {
		return nil, err
	}
	_, err = lab.Outside(ctx, dir, "mod", "edit", "-require="+runtimeModule+"@v0.0.0", "-replace="+runtimeModule+"="+repo)
	return c, err
}

// steps are the commands of every round.
func (c *marked) steps(tkgen, dir string) {
	step := func(name string, args ...string) *lab.Step {
		return &lab.Step{
			Name:    fmt.Sprintf("%s in %s, %d marks", name, c.Path, c.marks),
			Command: lab.Command{Dir: dir, Env: os.Environ(), Args: append([]string{tkgen}, args...), Found: true}, // refusals
		}
	}
	c.generate = step("generate", "generate")
	c.again = step("generate again", "generate")
	c.sequence = lab.Sequence{c.generate, c.again, step("remove", "remove")}
}

// verify looks whether every mark becomes an instrumented function, or is
// refused for a reason, and whether there is nothing to do afterwards.
func (c *marked) verify(ctx context.Context, tkgen, dir string) error {
	for _, again := range []bool{false, true} {
		_, out, err := lab.Command{Dir: dir, Env: os.Environ(), Args: []string{tkgen, "generate", "--json"}, Found: true}.Run(ctx)
		if err != nil {
			return err
		}
		var outcome struct{ Functions, Changed, Refused []any }
		_, text, _ := bytes.Cut(out, []byte("{")) // what is refused comes in words, first
		if err := json.Unmarshal(append([]byte("{"), text...), &outcome); err != nil {
			return fmt.Errorf("reading what tkgen did: %w", err)
		}
		c.refused = len(outcome.Refused)
		if len(outcome.Functions)+c.refused != c.marks || (len(outcome.Changed) > 0) != (c.marks > 0 && !again) {
			return fmt.Errorf("%s: %d functions are marked, tkgen instrumented %d, refused %d and changed %d files", c.tree, c.marks, len(outcome.Functions), c.refused, len(outcome.Changed))
		}
	}
	_, _, err := lab.Command{Dir: dir, Env: os.Environ(), Args: []string{tkgen, "remove"}}.Run(ctx)
	return err
}

// buildStep builds the libraries of a module once, and returns the command that
// does it again.
func buildStep(ctx context.Context, t tree, dir string) (*lab.Step, error) {
	out, err := lab.Outside(ctx, dir, "list", "-f", `{{if and .GoFiles (ne .Name "main")}}{{.ImportPath}}{{end}}`, "./...")
	if err != nil {
		return nil, err
	}
	args := append([]string{"build"}, strings.Fields(string(out))...)
	if _, err := lab.Outside(ctx, dir, args...); err != nil {
		return nil, err
	}
	return &lab.Step{Name: "go build in " + t.Path, Command: lab.Command{
		Dir: dir, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod"), Args: append([]string{"go"}, args...),
	}}, nil
}
