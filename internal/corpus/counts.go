package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

const (
	runtimeModule  = instrument.RuntimeModule
	runtimePackage = instrument.Runtime
)

// writeRuntime writes the runtime down as a module of its own.
func writeRuntime(dir string) error {
	if err := freshDir(dir+".tmp", -1); err != nil {
		return err
	}
	folder, err := instrument.WriteRuntime(dir + ".tmp")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("replacing the runtime: %w", err)
	}
	if err := os.Rename(folder, dir); err != nil {
		return fmt.Errorf("replacing the runtime: %w", err)
	}
	return os.RemoveAll(dir + ".tmp")
}

// counts says what there was to instrument and what became of it. Here is what
// is built for this platform, the rest are files for other ones.
type counts struct {
	Functions        int            `json:"functions"`
	FunctionsHere    int            `json:"functions_here"`
	Instrumented     int            `json:"instrumented"`
	InstrumentedHere int            `json:"instrumented_here"`
	NotAsked         map[string]int `json:"not_asked,omitempty"` // by kind
	Refused          map[string]int `json:"refused,omitempty"`   // in place, by reason
	RefusedOverlay   int            `json:"refused_overlay"`
	Unaccounted      int            `json:"unaccounted,omitempty"`
}

func (c counts) refused() int {
	n := 0
	for _, count := range c.Refused {
		n += count
	}
	return n
}

// plan is what tkgen generate --json prints.
type plan struct {
	Functions []struct{ File string }
	Refused   []struct{ File, Message string }
}

// counting counts, on its own and by what tkgen says.
func (b bench) counting(ctx context.Context, _ *baseline, r *report) error {
	if err := b.reset(); err != nil {
		return err
	}
	here, err := b.builtHere(ctx)
	if err != nil {
		return err
	}
	found, err := countFunctions(b.source())
	if err != nil {
		return err
	}
	if err := b.requireRuntime(ctx); err != nil {
		return err
	}
	p, err := b.planned(ctx)
	if err != nil {
		return blame(err, &r.InPlace)
	}
	r.Counts = found.compare(p, b.sourceInside(), here)
	return nil
}

func (b bench) planned(ctx context.Context) (plan, error) {
	var p plan
	if err := b.tkgen(ctx, "plan", "generate", "--check", "--json", "--match", "*", "./..."); err != nil {
		return p, err
	}
	text, err := os.ReadFile(b.log("plan") + ".out")
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, fmt.Errorf("reading tkgen's plan: %w", err)
	}
	return p, nil
}

// compare puts the two counts side by side.
func (c census) compare(p plan, root string, here map[string]bool) counts {
	sum := counts{NotAsked: map[string]int{}, Refused: map[string]int{}}
	for path, kinds := range c {
		for kind, n := range kinds {
			sum.Functions += n
			if here[path] {
				sum.FunctionsHere += n
			}
			if kind != "" {
				sum.NotAsked[kind] += n
			}
			sum.Unaccounted += n
			if kind != "" {
				sum.Unaccounted -= n
			}
		}
	}
	for _, fn := range p.Functions {
		sum.Instrumented++
		if here[strings.TrimPrefix(fn.File, root+"/")] {
			sum.InstrumentedHere++
		}
	}
	for _, refusal := range p.Refused {
		sum.Refused[generalize(refusal.Message)]++
	}
	sum.Unaccounted -= sum.Instrumented + len(p.Refused)
	return sum
}

// generalize leaves a function's name out of the reason.
func generalize(message string) string {
	if _, why, ok := strings.Cut(message, notInstrumented); ok {
		message = why
	}
	var out strings.Builder
	for i, part := range strings.Split(message, `"`) {
		if i%2 == 0 {
			out.WriteString(part)
		} else {
			out.WriteString("…")
		}
	}
	return out.String()
}

// notInstrumented is in every refusal that tkgen prints.
const notInstrumented = " is not instrumented: "

// builtHere lists the files of the packages that this platform builds.
func (b bench) builtHere(ctx context.Context) (map[string]bool, error) {
	packages, err := b.list(ctx)
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for _, p := range packages {
		rel, err := filepath.Rel(b.sourceInside(), p.Dir)
		if err != nil {
			return nil, fmt.Errorf("listing packages: %w", err)
		}
		for _, name := range append(p.GoFiles, p.CgoFiles...) {
			files[filepath.Join(rel, name)] = true
		}
	}
	return files, nil
}

// recorded is what instrumented tests left in the state folder: that recording
// was on is a part of the proof.
type recorded struct {
	Functions int `json:"functions"`
	Calls     int `json:"calls"`
}

func (b bench) recorded(ctx context.Context) (recorded, error) {
	var r recorded
	o, err := b.do(ctx, "stats", "tkgen", "stats", "--json", "--service", service)
	if err != nil {
		return r, err
	}
	text, err := os.ReadFile(o.stdout)
	if err != nil {
		return r, fmt.Errorf("reading what was recorded: %w", err)
	}
	var stats []struct{ Calls int }
	if o.code != 0 || json.Unmarshal(text, &stats) != nil {
		return r, nil // nothing: the report says so
	}
	for _, s := range stats {
		r.Functions++
		r.Calls += s.Calls
	}
	return r, nil
}
