package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// peer is one library, or one way to use it.
type peer struct {
	name string
	// with is its package below with/, and what it is to record.
	with, what string
	// off is how it is told to do nothing; "" if it cannot be told.
	off string
	// many is how many events a process of the first table records: so many that
	// the clock does not count, and that it is over in a second.
	many int
	// sums says that events are added up in memory, and not kept one by one.
	sums bool
	// alike is a peer of the same binary, whose process costs the same.
	alike bool
}

// The ways to say off.
const (
	byEndpoint = "endpoint" // none is given
	byVariable = "variable" // DO_NOT_TRACK=1
	byModeFile = "file"     // that of x/telemetry
)

const (
	cheap = 200_000 // events that are added up
	dear  = 4_000   // events of which each is written or sent
)

// none comes first: the others are compared with it.
var peers = []peer{
	{name: "nothing (an empty defer)", with: "none", many: 1_000_000},
	{name: "telemetry-kit, feature", with: "kit", what: "feature", off: byVariable, many: 1_000_000, sums: true, alike: true},
	{name: "x/telemetry, counter", with: "xcounter", off: byModeFile, many: cheap, sums: true},
	{name: "x/telemetry, Start", with: "xstart", off: byModeFile, many: cheap, sums: true},
	{name: "OpenTelemetry, counter", with: "otelmetric", what: "counter", off: byEndpoint, many: cheap, sums: true},
	{name: "OpenTelemetry, histogram", with: "otelmetric", what: "histogram", off: byEndpoint, many: cheap, sums: true, alike: true},
	{name: "telemetry-kit, Track", with: "kit", what: "track", off: byVariable, many: dear, alike: true},
	{name: "telemetry-kit, command", with: "kit", what: "command", off: byVariable, many: dear},
	{name: "telemetry-kit with agent, command", with: "kitagent", what: "command", off: byVariable, many: dear},
	{name: "OpenTelemetry, span", with: "oteltrace", off: byEndpoint, many: dear},
	{name: "posthog-go", with: "posthog", many: dear},
	{name: "segment analytics-go", with: "segment", many: dear},
	{name: "sentry-go", with: "sentry", off: byEndpoint, many: dear},
}

// The programs, folders below program/.
const (
	bare   = "bare"
	cli    = "cli"
	manyOf = "events"
)

// shop is what was built.
type shop struct {
	dir string
	// missing says why a peer's programs could not be built.
	missing map[string]error
	kinds   []string // of programs whose processes are measured
	symbols bool     // whether there are binaries with symbols, too
}

// binary is the path of a program with a peer.
func (s shop) binary(program, with string) string { return filepath.Join(s.dir, program+"-"+with) }

func build(dir string, short bool, progress io.Writer) (shop, error) {
	s := shop{dir: dir, missing: map[string]error{}, kinds: []string{bare, cli}, symbols: !short}
	if short {
		s.kinds = s.kinds[:1]
	}
	for _, p := range peers {
		if s.missing[p.with] != nil || exists(s.binary(manyOf, p.with)) {
			continue
		}
		fmt.Fprintf(progress, "building the programs with %s\n", p.with)
		for _, program := range append([]string{manyOf}, s.kinds...) {
			if err := s.build(program, p.with); err != nil {
				if p.with == "none" || strings.HasPrefix(p.with, "kit") {
					return s, err // nothing to fetch, nothing to excuse
				}
				s.missing[p.with] = err
				break
			}
		}
	}
	return s, nil
}

// build builds a program of program/, which records nothing, with a peer in the
// place of that: over an overlay, because only a folder of this module may import
// from it.
func (s shop) build(program, with string) error {
	overlay, err := s.overlay(program, with)
	if err != nil {
		return err
	}
	flag, pkg := "-overlay="+overlay, "./"+filepath.ToSlash(filepath.Join("program", program))
	if err := lab.Build(s.binary(program, with), true, flag, pkg); err != nil || program == manyOf || !s.symbols {
		return err
	}
	return lab.Build(s.binary(program, with)+unstripped, false, flag, pkg)
}

// overlay writes the program with a peer, and the file that puts it into place.
func (s shop) overlay(program, with string) (string, error) {
	file, err := filepath.Abs(filepath.Join("program", program, "main.go"))
	if err != nil {
		return "", fmt.Errorf("finding the program: %w", err)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the program (run this in the folder of its module): %w", err)
	}
	text := strings.Replace(string(source), `/with/none"`, "/with/"+with+`"`, 1)
	changed := s.binary(program, with) + ".go"
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: changed}})
	if err != nil {
		return "", fmt.Errorf("writing the overlay: %w", err)
	}
	if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("writing the program: %w", err)
	}
	return changed + ".json", os.WriteFile(changed+".json", overlay, 0o600)
}

const unstripped = ".unstripped"

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
