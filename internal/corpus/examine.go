package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// examine does everything with one module.
func (b bench) examine(ctx context.Context, was *baseline) (*report, error) {
	start := time.Now()
	r := &report{Path: b.Path, Version: b.Version}
	for _, step := range []func(context.Context, *baseline, *report) error{b.counting, b.overlaid, b.rewritten, b.raced} {
		if err := step(ctx, was, r); err != nil {
			return nil, fmt.Errorf("%s: %w", b.Path, err)
		}
	}
	slices.Sort(r.Flaky)
	r.Flaky = slices.Compact(r.Flaky)
	r.tally(was)
	r.Seconds = int(time.Since(start).Seconds())
	return r, nil
}

// measure finds out what the module does without us.
func (b bench) measure(ctx context.Context) (*baseline, error) {
	start := time.Now()
	if err := b.reset(); err != nil {
		return nil, err
	}
	was := &baseline{}
	var err error
	if was.Build, err = b.build(ctx, plain); err != nil {
		return nil, err
	}
	if was.Vet, err = b.vet(ctx, plain); err != nil {
		return nil, err
	}
	run, err := b.testFresh(ctx, plain, "plain test", false, b.testArgs())
	if err != nil {
		return nil, err
	}
	was.Runs = []outcomes{run} // more of them where something differs: see compare
	if was.Writes, err = b.writes(); err != nil {
		return nil, err
	}
	if b.module.Race {
		if run, err = b.testFresh(ctx, plain, "plain race", true, b.testArgs()); err != nil {
			return nil, err
		}
		was.Race = []outcomes{run}
	}
	was.Seconds = int(time.Since(start).Seconds())
	return was, nil
}

// writes lists where the private copy differs from what was fetched.
func (b bench) writes() ([]string, error) {
	before, err := readTree(b.pristine())
	if err != nil {
		return nil, err
	}
	now, err := readTree(b.source())
	if err != nil {
		return nil, err
	}
	return before.differences(now), nil
}

// overlaid builds, vets and tests over an overlay. Nothing in the source tree
// may change but by the tests themselves.
func (b bench) overlaid(ctx context.Context, was *baseline, r *report) error {
	if err := b.reset(); err != nil {
		return err
	}
	if err := b.buildAndVet(ctx, overlay, was, &r.Overlay); err != nil {
		return err
	}
	text, err := os.ReadFile(b.log("overlay build") + ".err")
	if err != nil {
		return fmt.Errorf("counting refusals: %w", err)
	}
	r.Counts.RefusedOverlay = strings.Count(string(text), notInstrumented)
	touched, err := b.writes()
	if err != nil {
		return err
	}
	r.Overlay.Touched = touched
	run, err := b.test(ctx, overlay, "overlay test", false, b.testArgs())
	if err != nil {
		return err
	}
	if r.Record, err = b.recorded(ctx); err != nil {
		return err
	}
	if touched, err = b.writes(); err != nil {
		return err
	}
	r.Overlay.Touched = append(r.Overlay.Touched, slices.DeleteFunc(touched, func(path string) bool {
		return slices.Contains(was.Writes, path) || slices.Contains(r.Overlay.Touched, path)
	})...)
	r.Overlay.run = run
	return b.note(ctx, overlay, false, was.Runs, run, r)
}

func (b bench) buildAndVet(ctx context.Context, w way, was *baseline, s *stage) error {
	failure, err := b.build(ctx, w)
	if err != nil {
		return err
	}
	if failure != "" && was.Build == "" {
		s.Failure = failure
	}
	after, err := b.vet(ctx, w)
	if err != nil {
		return err
	}
	before := was.Vet
	if w.prepare != nil {
		before, after = withoutLines(before), withoutLines(after)
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			s.Vet = append(s.Vet, "new: "+line)
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			s.Vet = append(s.Vet, "gone: "+line)
		}
	}
	return nil
}

func (b bench) note(ctx context.Context, w way, race bool, before []outcomes, run outcomes, r *report) error {
	found, flaky, err := b.compare(ctx, w, race, before, run)
	r.Differences = append(r.Differences, found...)
	r.Flaky = append(r.Flaky, flaky...)
	return err
}

// rewritten does the same in place, and takes it out again.
func (b bench) rewritten(ctx context.Context, was *baseline, r *report) error {
	if err := b.reset(); err != nil {
		return err
	}
	if err := rewriteInPlace(ctx, b); err != nil {
		return blame(err, &r.InPlace)
	}
	var err error
	if r.Twice, err = b.unchangedBy(ctx, "generate twice", "generate", "--match", "*", "./..."); err != nil {
		return blame(err, &r.InPlace)
	}
	if r.Remove, err = b.removed(ctx); err != nil {
		return blame(err, &r.InPlace)
	}
	if err := b.reset(); err != nil {
		return err
	}
	if err := rewriteInPlace(ctx, b); err != nil {
		return blame(err, &r.InPlace)
	}
	if err := b.buildAndVet(ctx, inPlace, was, &r.InPlace); err != nil {
		return err
	}
	run, err := b.test(ctx, inPlace, "in place test", false, b.testArgs())
	if err != nil {
		return err
	}
	r.InPlace.run = run
	return b.note(ctx, inPlace, false, was.Runs, run, r)
}

// blame puts a failure of tkgen on record; other errors end the corpus.
func blame(err error, s *stage) error {
	if errors.Is(err, errGenerate) {
		s.Failure = err.Error()
		return nil
	}
	return err
}

// unchangedBy runs tkgen and lists the files that it changed.
func (b bench) unchangedBy(ctx context.Context, stage string, args ...string) ([]string, error) {
	before, err := readTree(b.source())
	if err != nil {
		return nil, err
	}
	if err := b.tkgen(ctx, stage, args...); err != nil {
		return nil, err
	}
	after, err := readTree(b.source())
	return before.differences(after), err
}

func (b bench) tkgen(ctx context.Context, stage string, args ...string) error {
	o, err := b.do(ctx, stage, append([]string{"tkgen"}, args...)...)
	if err != nil || o.code == 0 || o.code == 1 {
		return err
	}
	text, _ := os.ReadFile(o.stderr)
	return fmt.Errorf("%w: %s: exit code %d\n%s", errGenerate, stage, o.code, tail(string(text), 20))
}

// removed runs tkgen remove and lists what is not as it was: the lines in go.mod
// and the files that start recording in tests are ours and do not count.
func (b bench) removed(ctx context.Context) ([]string, error) {
	if err := b.tkgen(ctx, "remove", "remove", "./..."); err != nil {
		return nil, err
	}
	left, err := b.writes()
	return slices.DeleteFunc(left, func(path string) bool {
		return path == "go.mod" || path == startFile || strings.HasSuffix(path, "/"+startFile)
	}), err
}

// raced runs the tests over an overlay under the race detector.
func (b bench) raced(ctx context.Context, was *baseline, r *report) error {
	if !b.module.Race {
		return nil
	}
	run, err := b.testFresh(ctx, overlay, "overlay race", true, b.testArgs())
	if err != nil {
		return err
	}
	r.Race = &stage{run: run}
	return b.note(ctx, overlay, true, was.Race, run, r)
}
