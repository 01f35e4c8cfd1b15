package telemetry

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// counted is how many calls of a point returned, returned an error, were
// canceled, panicked and left by Goexit.
type counted [5]uint64

// ways are functions that end in all ways and have End deferred in all ways: in
// those that the generator writes, and in others. What they must count is what
// runtime.Callers says; where End is called by a deferred function, which its
// documentation forbids, that is a return.
var ways = []struct {
	name string
	do   func(p *Point)
	want counted
}{
	{"return", func(p *Point) { _ = end(p, "ok") }, counted{1}},
	{"error", func(p *Point) { _ = end(p, "error") }, counted{0, 1}},
	{"panic", func(p *Point) { _ = end(p, "panic") }, counted{0, 0, 0, 1}},
	{"nil dereference", func(p *Point) { _ = end(p, "nil dereference") }, counted{0, 0, 0, 1}},
	{"division", func(p *Point) { _ = end(p, "division") }, counted{0, 0, 0, 1}},
	{"panic(nil)", func(p *Point) { _ = end(p, "panic(nil)") }, counted{0, 0, 0, 1}},
	{"goexit", func(p *Point) { _ = end(p, "goexit") }, counted{0, 0, 0, 0, 1}},
	{"recovered", func(p *Point) { _ = end(p, "recovered") }, counted{1}},
	{"result", func(p *Point) { _ = resulting(p, "ok") }, counted{1}},
	{"result, panic", func(p *Point) { _ = resulting(p, "panic") }, counted{0, 0, 0, 1}},
	{"result, goexit", func(p *Point) { _ = resulting(p, "goexit") }, counted{0, 0, 0, 0, 1}},
	{"status", func(p *Point) { handling(p, "ok") }, counted{1}},
	{"status, panic", func(p *Point) { handling(p, "panic") }, counted{0, 0, 0, 1}},
	{"status, goexit", func(p *Point) { handling(p, "goexit") }, counted{0, 0, 0, 0, 1}},
	{"another function", func(p *Point) { another(p, "ok") }, counted{1}},
	{"another, panic", func(p *Point) { another(p, "panic") }, counted{0, 0, 0, 1}},
	{"loop", func(p *Point) { looping(p, "ok") }, counted{2}},
	{"loop, panic", func(p *Point) { looping(p, "panic") }, counted{0, 0, 0, 2}},
	{"loop, goexit", func(p *Point) { looping(p, "goexit") }, counted{0, 0, 0, 0, 2}},
	{"loop, recovered", func(p *Point) { looping(p, "recovered") }, counted{0, 0, 0, 2}},
	{"generic", func(p *Point) { _ = generic(p, 1, "ok") }, counted{1}},
	{"generic, panic", func(p *Point) { _ = generic(p, "x", "panic") }, counted{0, 0, 0, 1}},
	{"method", func(p *Point) { receiver{}.method(p, "ok") }, counted{1}},
	{"method, panic", func(p *Point) { var i methods = &receiver{}; i.method(p, "panic") }, counted{0, 0, 0, 1}},
	{"iterator", func(p *Point) { iterating(p, "ok") }, counted{2}},
	{"iterator, panic", func(p *Point) { iterating(p, "panic") }, counted{0, 0, 0, 2}},
	{"iterator, goexit", func(p *Point) { iterating(p, "goexit") }, counted{0, 0, 0, 0, 2}},
	{"by closure", func(p *Point) { byClosure(p, "ok") }, counted{1}},
	{"by closure, panic", func(p *Point) { byClosure(p, "panic") }, counted{1}},
	{"by value", func(p *Point) { byValue(p, "ok") }, counted{1}},
	{"by value, panic", func(p *Point) { byValue(p, "panic") }, counted{0, 0, 0, 1}},
	{"by value, goexit", func(p *Point) { byValue(p, "goexit") }, counted{0, 0, 0, 0, 1}},
	{"by reflection", func(p *Point) { byReflection(p, "ok") }, counted{1}},
	{"reflection, panic", func(p *Point) { byReflection(p, "panic") }, counted{1}},
	{"not deferred", func(p *Point) { p.Begin().End(nil) }, counted{1}},
	{"go", byGo, counted{1}},
	{"during a panic", func(p *Point) { defer func() { _ = end(p, "ok") }(); panic("outer") }, counted{1}},
	{"during a goexit", func(p *Point) { defer func() { _ = end(p, "ok") }(); runtime.Goexit() }, counted{1}},
	{"panic in panic", func(p *Point) { defer func() { _ = end(p, "panic") }(); panic("outer") }, counted{0, 0, 0, 1}},
	{"second panic", func(p *Point) { second(p, func() { panic("second") }) }, counted{0, 0, 0, 1}},
	{"goexit in panic", func(p *Point) { second(p, runtime.Goexit) }, counted{0, 0, 0, 0, 1}},
	{"recover, panic", func(p *Point) { second(p, func() { panic(recover()) }) }, counted{0, 0, 0, 1}},
	{"recover", func(p *Point) { second(p, func() { _ = recover() }) }, counted{1}},
	{"panic in goexit", panicInGoexit, counted{0, 0, 0, 0, 1}},
	{"deep", func(p *Point) { deep(p, 60) }, counted{0, 0, 0, 61}},
	{"grown stack", func(p *Point) { grown(p, 200) }, counted{1}},
}

func endHow(how string) {
	if how == "ok" {
		return
	}
	_ = end(&Point{Name: "below"}, how)
}

//go:noinline
func resulting(p *Point, how string) (ok bool) {
	defer p.Begin().EndAs(&ok)
	endHow(how)
	return true
}

//go:noinline
func handling(p *Point, how string) {
	defer p.Begin().EndStatus(nil)
	endHow(how)
}

//go:noinline
func another(p *Point, how string) {
	defer p.Begin().End(nil)
	endHow(how)
}

// looping has its defers on the heap: they are run by runtime.deferreturn.
//
//go:noinline
func looping(p *Point, how string) {
	if how == "recovered" {
		defer func() { _ = recover() }()
		how = "panic"
	}
	for range 2 {
		defer p.Begin().End(nil)
	}
	endHow(how)
}

//go:noinline
func generic[T any](p *Point, v T, how string) (err error) {
	defer p.Begin().End(&err)
	endHow(how)
	_ = fmt.Sprint(v)
	return nil
}

type methods interface{ method(p *Point, how string) }

type receiver struct{ _ [3]int }

func (receiver) method(p *Point, how string) {
	defer p.Begin().End(nil)
	endHow(how)
}

// iterating defers within the body of a range over a function, which is a
// function of its own to the compiler; the deferred call is not the body's.
//
//go:noinline
func iterating(p *Point, how string) {
	for range twice() {
		defer p.Begin().End(nil)
	}
	endHow(how)
}

func twice() iter.Seq[int] {
	return func(yield func(int) bool) {
		if yield(1) {
			yield(2)
		}
	}
}

//go:noinline
func byClosure(p *Point, how string) {
	defer func(t Timer) { t.End(nil) }(p.Begin())
	endHow(how)
}

//go:noinline
func byValue(p *Point, how string) {
	f := p.Begin().End
	defer f(nil)
	endHow(how)
}

//go:noinline
func byReflection(p *Point, how string) {
	defer reflect.ValueOf(p.Begin()).MethodByName("End").Call([]reflect.Value{reflect.ValueOf((*error)(nil))})
	endHow(how)
}

func byGo(p *Point) {
	t := p.Begin()
	var wg sync.WaitGroup
	wg.Go(func() { defer t.End(nil) })
	wg.Wait()
}

// second panics and does f before End is called.
//
//go:noinline
func second(p *Point, f func()) {
	defer p.Begin().End(nil)
	defer f()
	panic("first")
}

//go:noinline
func panicInGoexit(p *Point) {
	defer p.Begin().End(nil)
	defer func() { _ = recover() }()
	defer func() { panic("while leaving") }()
	runtime.Goexit()
}

//go:noinline
func deep(p *Point, n int) {
	defer p.Begin().End(nil)
	if n == 0 {
		panic("deep")
	}
	deep(p, n-1)
}

// grown makes the stack move between Begin and End.
//
//go:noinline
func grown(p *Point, n int) (sum int) {
	defer p.Begin().End(nil)
	return recurse(n)
}

//go:noinline
func recurse(n int) int {
	var room [256]int
	if n == 0 {
		return 0
	}
	room[n%len(room)] = recurse(n - 1)
	return room[n%len(room)] + n
}

// tally returns what a point has counted since it was asked. It counts one call
// more, so that the next one is not the first, which would be written at once.
func tally(s *Session, p *Point) counted {
	f := s.feature(p.Name)
	f.Count(event.OK, 0)
	sum, _ := f.Delta(time.Now(), nil)
	return counted{sum.Calls - 1 - sum.Errors - sum.Canceled - sum.Panics - sum.Goexits, sum.Errors, sum.Canceled, sum.Panics, sum.Goexits}
}

// quiet starts a session that flushes nothing by itself: the counters belong to
// the test.
func quiet(t *testing.T) *Session {
	t.Helper()
	s, _ := start(t, Config{})
	s.armed.Store(true)
	s.due.Store(1 << 62)
	tally(s, &Point{Name: "below"})
	return s
}

// TestEndings has points learn one way after the other, and all of them in any
// order, while the collector moves stacks.
func TestEndings(t *testing.T) {
	s := quiet(t)
	check := func(p *Point, i int, when string) {
		t.Helper()
		tally(s, p)
		survive(func() { ways[i].do(p) })
		if got := tally(s, p); got != ways[i].want {
			t.Errorf("%s, %s: want %v, got %v (ok, error, canceled, panic, goexit)", ways[i].name, when, ways[i].want, got)
		}
	}
	for i := range ways {
		p := &Point{Name: fmt.Sprint("own.", i)}
		for range 4 {
			check(p, i, "again and again")
		}
	}
	shared := &Point{Name: "shared"}
	for n := range 3000 {
		check(shared, rand.IntN(len(ways)), "at a point of many functions")
		if n%100 == 0 {
			runtime.GC()
		}
	}
}

// TestEndingsConcurrently has eight goroutines share points.
func TestEndingsConcurrently(t *testing.T) {
	s := quiet(t)
	points := []*Point{{Name: "a"}, {Name: "b"}}
	tally(s, points[0])
	tally(s, points[1])
	var wg sync.WaitGroup
	var want [2]counted
	var mu sync.Mutex
	for range 8 {
		wg.Go(func() {
			for range 500 {
				i, which := rand.IntN(len(ways)), rand.IntN(2)
				survive(func() { ways[i].do(points[which]) })
				mu.Lock()
				for k, n := range ways[i].want {
					want[which][k] += n
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for i, p := range points {
		if got := tally(s, p); got != want[i] {
			t.Errorf("%s: want %v, got %v (ok, error, canceled, panic, goexit)", p.Name, want[i], got)
		}
	}
}

// TestFramesAgree holds that where frame pointers exist and code is inlined, the
// way without runtime.Callers is the one that is taken.
func TestFramesAgree(t *testing.T) {
	if site, _ := frames(); site == 0 {
		t.Skip("no frame pointers in this build")
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-gcflags" && strings.Contains(s.Value, "-l") {
				t.Skip("nothing is inlined in this build")
			}
		}
	}
	quiet(t)
	for _, way := range []string{"return", "result", "status", "loop", "generic", "method", "deep", "goexit"} {
		p := &Point{Name: "x"}
		for _, w := range ways {
			if w.name == way {
				survive(func() { w.do(p) })
			}
		}
		if p.site.Load() == 0 {
			t.Errorf("%s: frame pointers and runtime.Callers do not agree", way)
		}
	}
	if panicked.Load() == 0 || exited.Load() == 0 {
		t.Error("the addresses of panic and Goexit were not learnt")
	}
}

// TestBuilds runs this file's tests in other builds: without frame pointers
// (what runtime.Callers alone says), without inlining, without optimisation,
// instrumented for races and for coverage. Those that build the standard library
// anew take a minute: BUILDS=full asks for them.
func TestBuilds(t *testing.T) {
	if os.Getenv("BUILDS") == "inner" {
		t.Skip("this is one of these builds")
	}
	if testing.Short() {
		t.Skip("builds programs")
	}
	builds := [][]string{{"-tags=purego"}, {"-gcflags=-l"}}
	if os.Getenv("BUILDS") == "full" {
		builds = append(builds, []string{"-cover"}, []string{"-gcflags=all=-l"}, []string{"-gcflags=all=-N -l"}, []string{"-race"})
	}
	for _, flags := range builds {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			args := append([]string{"test", "-run", "^Test(Endings|Frames|Outcomes|EndAs|EndStatus)", "-count=1"}, flags...)
			cmd := exec.CommandContext(t.Context(), "go", append(args, ".")...)
			cmd.Env = append(os.Environ(), "BUILDS=inner")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
