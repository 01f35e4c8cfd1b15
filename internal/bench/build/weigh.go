package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// sum is what tkgen build -v says of a program.
type sum struct{ functions, outlined int }

// weight is the size of one binary.
type weight struct {
	name            string
	points          int // in the binary, of all that were instrumented
	bytes, stripped int64
}

var summary = regexp.MustCompile(`tkgen: (\d+) functions instrumented, (\d+) of them no longer inlined`)

// weigh asks tkgen what it instruments, and builds the binaries to compare: with
// one function instrumented, too, which is what the runtime itself weighs.
func (b *bench) weigh(ctx context.Context) error {
	for _, w := range b.ways {
		if w.tool.name == tkgenBuild {
			if err := b.ask(ctx, w); err != nil {
				return err
			}
			if b.binary {
				if err := b.add(ctx, w, "tkgen, one function", []string{w.tool.args[0], "build", "--service=bench", "--match=" + b.one}); err != nil {
					return err
				}
			}
		}
		if b.binary {
			if err := b.add(ctx, w, w.tool.name, w.tool.args); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) ask(ctx context.Context, w *way) error {
	_, out, err := lab.Command{Dir: w.dir, Env: w.env, Args: w.args(b.program, w.tool.args, "-v")}.Run(ctx)
	if err != nil {
		return err
	}
	m := summary.FindSubmatch(out)
	if m == nil {
		return fmt.Errorf("tkgen build -v of %s says nothing of functions:\n%s", b.name, out)
	}
	b.functions, err = strconv.Atoi(string(m[1]))
	if err != nil {
		return err
	}
	b.outlined, err = strconv.Atoi(string(m[2]))
	return err
}

// add builds and weighs one binary, with its symbols and without.
func (b *bench) add(ctx context.Context, w *way, name string, tool []string) error {
	x := weight{name: name}
	for _, flags := range [][]string{{"-ldflags=-s -w"}, nil} {
		if _, _, err := (lab.Command{Dir: w.dir, Env: w.env, Args: w.args(b.program, tool, flags...)}).Run(ctx); err != nil {
			return err
		}
		info, err := os.Stat(w.binary)
		if err != nil {
			return fmt.Errorf("weighing: %w", err)
		}
		if flags == nil {
			x.bytes = info.Size()
		} else {
			x.stripped = info.Size()
		}
	}
	var err error
	if x.points, err = countPoints(ctx, w); err != nil {
		return err
	}
	b.sizes = append(b.sizes, x)
	return verify(w, x)
}

// verify looks whether the binary was instrumented at all.
func verify(w *way, x weight) error {
	text, err := os.ReadFile(w.binary)
	if err != nil {
		return fmt.Errorf("weighing: %w", err)
	}
	switch {
	case w.tool.name == orchestrion && !bytes.Contains(text, []byte("/tkbench.End")):
		return errors.New("orchestrion has instrumented nothing")
	case w.tool.name == tkgenBuild && x.points == 0:
		return errors.New("tkgen has instrumented nothing")
	case w.tool.name == goBuild && x.points > 0:
		return errors.New("go has instrumented something")
	}
	return nil
}

// point is a line of go tool nm that names a point of tkgen's.
var point = regexp.MustCompile(`^\s*[0-9a-f]+ [DdBb] .*\.tk[A-Z]\w*$`)

// countPoints counts the points that the linker has kept.
func countPoints(ctx context.Context, w *way) (n int, err error) {
	out, err := lab.Outside(ctx, w.dir, "tool", "nm", w.binary)
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if point.Match(lines.Bytes()) {
			n++
		}
	}
	return n, nil
}
