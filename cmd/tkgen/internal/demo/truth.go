package demo

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// countersFile is added to the covered program only. Go writes coverage
// counters when a program exits; this makes it write them on a panic and on
// SIGUSR1 too, since two of the runs end without an exit.
const countersFile = `package main

import (
	"os"
	"os/signal"
	"runtime/coverage"
	"syscall"
)

func countWhateverHappens() func() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	dir := os.Getenv("GOCOVERDIR")
	write := func() error { return coverage.WriteCountersDir(dir) }
	go func() {
		for range signals {
			if write() != nil {
				continue
			}
			_ = os.WriteFile(dir+"` + writtenSuffix + `", nil, 0o600)
		}
	}()
	return func() { _ = write() }
}
`

// writtenSuffix ends the name of the file that tells that SIGUSR1 was answered.
const writtenSuffix = ".written"

// buildCovered builds the program as its authors wrote it, with coverage
// counters (go help build, -cover).
func (d *demo) buildCovered(ctx context.Context, source, program string) error {
	if err := os.WriteFile(filepath.Join(source, "counters.go"), []byte(countersFile), 0o644); err != nil {
		return fmt.Errorf("writing counters.go: %w", err)
	}
	if err := editMain(source, "\n", "\n\tdefer countWhateverHappens()()\n"); err != nil {
		return err
	}
	_, err := d.command(ctx, source, nil, "go", "build", "-cover", "-covermode=atomic", "-coverpkg=./...", "-o", program, ".")
	return err
}

// truth runs the covered program and returns how often each mark was called.
func (d *demo) truth(ctx context.Context, program, source string) (map[mark]uint64, error) {
	counters := d.path("counters")
	if err := os.MkdirAll(counters, 0o755); err != nil {
		return nil, fmt.Errorf("counting calls: %w", err)
	}
	env := d.environment("covered", "DO_NOT_TRACK=1", "GOCOVERDIR="+counters)
	if err := d.runAll(ctx, "covered", program, env, awaitCounters(counters)); err != nil {
		return nil, err
	}
	profile := d.path("counters.txt")
	if _, err := d.command(ctx, d.dir, nil, "go", "tool", "covdata", "textfmt", "-i="+counters, "-o="+profile); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		return nil, fmt.Errorf("counting calls: %w", err)
	}
	blocks, err := readProfile(text)
	if err != nil {
		return nil, err
	}
	called := map[mark]uint64{}
	for _, m := range d.marks {
		at, err := bodyPosition(source, m)
		if err != nil {
			return nil, err
		}
		n, ok := blocks[at]
		if !ok {
			return nil, fmt.Errorf("counting calls: no counter for %s at %s", m.header, at)
		}
		called[m] = n
	}
	return called, nil
}

// readProfile reads a coverage profile of mode count: for the place where each
// block starts, FILE:LINE.COLUMN with FILE below the module, how often it ran.
func readProfile(text []byte) (map[string]uint64, error) {
	blocks := map[string]uint64{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), module+"/")
		if strings.HasPrefix(line, "mode: ") {
			continue
		}
		start, rest, ok := strings.Cut(line, ",")
		var end string
		var statements, count uint64
		if _, err := fmt.Sscanf(rest, "%s %d %d", &end, &statements, &count); err != nil || !ok {
			return nil, fmt.Errorf("reading coverage profile: %q", line)
		}
		blocks[start] += count
	}
	return blocks, lines.Err()
}

// bodyPosition is where the body of a marked function starts, as profiles
// write it.
func bodyPosition(source string, m mark) (string, error) {
	path := filepath.Join(source, filepath.FromSlash(m.file))
	src, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("counting calls: %w", err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, 0)
	if err != nil {
		return "", fmt.Errorf("counting calls: %w", err)
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !bytes.HasPrefix(src[fset.Position(fn.Pos()).Offset:], []byte(m.header)) {
			continue
		}
		pos := fset.Position(fn.Body.Lbrace)
		return fmt.Sprintf("%s:%d.%d", m.file, pos.Line, pos.Column), nil
	}
	return "", fmt.Errorf("counting calls: no function in %s starts with %q", m.file, m.header)
}
