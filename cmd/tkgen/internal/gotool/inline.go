package gotool

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// place is where a function starts.
type place struct {
	file string // absolute
	line int
}

// reportInlining tells on w which instrumented functions the compiler inlined
// before: a function with a deferred call is called, always. It asks the
// compiler itself, for the packages as they are without the overlay.
func reportInlining(ctx context.Context, w io.Writer, functions []instrument.Function, dir string, args []string) error {
	inlined, err := inlinable(ctx, functions, dir, args)
	if err != nil {
		return err
	}
	var lost []instrument.Function
	for _, f := range functions {
		if inlined[place{f.File, f.Line}] {
			lost = append(lost, f)
		}
	}
	_, _ = fmt.Fprintf(w, "tkgen: %d functions instrumented, %d of them no longer inlined\n", len(functions), len(lost))
	for _, f := range lost {
		file := f.File
		if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
			file = rel
		}
		_, _ = fmt.Fprintf(w, "tkgen: %s:%d: %s is no longer inlined\n", file, f.Line, f.Func)
	}
	return nil
}

// canInline is a line of the compiler's -m: file:line:column: can inline NAME.
var canInline = regexp.MustCompile(`^(.+\.go):(\d+):\d+: can inline `)

// inlinable returns where the functions start that the compiler can inline.
func inlinable(ctx context.Context, functions []instrument.Function, dir string, args []string) (map[place]bool, error) {
	var folders []string
	for _, f := range functions {
		if folder := filepath.Dir(f.File); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	list := exec.CommandContext(ctx, "go", slices.Concat([]string{"list", "-e", "-export", "-gcflags=-m"}, args, folders)...)
	list.Dir = dir
	var out bytes.Buffer
	list.Stderr = &out
	if err := list.Run(); err != nil {
		return nil, fmt.Errorf("asking the compiler what it inlines: %w: %s", err, bytes.TrimSpace(out.Bytes()))
	}
	found := map[place]bool{}
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		m := canInline.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		file := m[1]
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		if line, err := strconv.Atoi(m[2]); err == nil {
			found[place{file, line}] = true
		}
	}
	return found, nil
}
