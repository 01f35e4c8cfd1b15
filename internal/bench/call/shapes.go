package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// shape is one way to write a function, called count times by calls.
type shape struct {
	name string
	// on says that telemetry records while this is measured.
	on    bool
	calls func(count int)
	// count is how many calls are timed together, so that the clock does not
	// count and a round stays short.
	count int
	times []float64 // ns a call, one a round
}

// The functions are not inlined, as no function with a defer is.

//go:noinline
func bare() (err error) { return nil }

//go:noinline
func empty() (err error) {
	defer func() {}()
	return nil
}

//go:noinline
func deferOfResult() (err error) {
	defer func(e *error) { *e = nil }(&err)
	return nil
}

var (
	tkNoError   = telemetry.Point{Name: "bench.no_error"}
	tkError     = telemetry.Point{Name: "bench.error"}
	tkFailing   = telemetry.Point{Name: "bench.failing"}
	tkBool      = telemetry.Point{Name: "bench.bool"}
	tkOwn       = telemetry.Point{Name: "bench.own"}
	tkStatus    = telemetry.Point{Name: "bench.status"}
	tkAttrs     = telemetry.Point{Name: "bench.attrs"}
	tkReturns   = telemetry.Point{Name: "bench.returns"}
	tkParallel  = telemetry.Point{Name: "bench.parallel"}
	tkEach      = telemetry.Point{Name: "bench.each", Each: true}
	tkEachAttrs = telemetry.Point{Name: "bench.each_attrs", Each: true}
	tkCommand   = telemetry.Point{Name: "bench.command", Kind: telemetry.Command}
	tkDeep      = telemetry.Point{Name: "bench.deep"}
)

// points is how many there are.
const points = 13

//go:noinline
func noError() {
	defer tkNoError.Begin().End(nil)
}

//go:noinline
func errorNil() (err error) {
	defer tkError.Begin().End(&err)
	return nil
}

var errSet = errors.New("set")

//go:noinline
func errorSet() (err error) {
	defer tkFailing.Begin().End(&err)
	return errSet
}

//go:noinline
func boolean() (ok bool) { //nolint:unparam // the deferred call uses it
	defer tkBool.Begin().EndAs(&ok)
	return true
}

type ownError struct{}

func (*ownError) Error() string { return "own" }

//go:noinline
func own() (err *ownError) { //nolint:unparam // the deferred call uses it
	defer tkOwn.Begin().EndAs(&err)
	return nil
}

//go:noinline
func handler(w http.ResponseWriter, _ *http.Request) {
	defer tkStatus.Begin().EndStatus(w)
}

//go:noinline
func attributes(n int, took time.Duration, format string) (err error) {
	defer tkAttrs.Begin().End(&err, telemetry.Value("n", n), telemetry.Value("took", took), telemetry.OneOf("format", format, "json", "yaml"))
	return nil
}

// returns has so many that its deferred call is not made in its own code.
//
//go:noinline
func returns(n int) (err error) {
	defer tkReturns.Begin().End(&err)
	switch n {
	case 1:
		return errSet
	case 2:
		return nil
	case 3:
		return errSet
	case 4:
		return nil
	case 5:
		return errSet
	case 6:
		return nil
	case 7:
		return errSet
	case 8:
		return nil
	case 9:
		return errSet
	case 10:
		return nil
	case 11:
		return errSet
	case 12:
		return nil
	case 13:
		return errSet
	case 14:
		return nil
	case 15:
		return errSet
	case 16:
		return nil
	}
	return nil
}

//go:noinline
func parallel() (err error) {
	defer tkParallel.Begin().End(&err)
	return nil
}

//go:noinline
func each() (err error) {
	defer tkEach.Begin().End(&err)
	return nil
}

//go:noinline
func eachAttributes(n int, format string) (err error) {
	defer tkEachAttrs.Begin().End(&err, telemetry.Value("n", n), telemetry.OneOf("format", format, "json", "yaml"))
	return nil
}

//go:noinline
func command() (err error) {
	defer tkCommand.Begin().End(&err)
	return nil
}

//go:noinline
func plainLayer(n int) {
	if n == 0 {
		panic(errSet)
	}
	plainLayer(n - 1)
}

// deferringLayer is what a layer with any defer costs.
//
//go:noinline
func deferringLayer(n int) {
	defer func() {}()
	if n == 0 {
		panic(errSet)
	}
	deferringLayer(n - 1)
}

//go:noinline
func layer(n int) {
	defer tkDeep.Begin().End(nil)
	if n == 0 {
		panic(errSet)
	}
	layer(n - 1)
}

const layers = 100

func through(layer func(n int)) {
	defer func() { _ = recover() }()
	layer(layers)
}

// goroutines is how many call at once in the parallel shape.
const goroutines = 8

// inParallel returns after count calls of f, shared among goroutines.
func inParallel(count int, f func() error) {
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range count / goroutines {
				_ = f()
			}
		})
	}
	wg.Wait()
}

// shapes lists what is measured. The loops are written out, so that each calls
// its function as a program does.
func shapes() []*shape {
	const fast, slow = 20_000, 200
	w := httptest.NewRecorder()
	return []*shape{
		{name: bareCall, count: fast, calls: func(n int) {
			for range n {
				_ = bare()
			}
		}},
		{name: emptyDefer, count: fast, calls: func(n int) {
			for range n {
				_ = empty()
			}
		}},
		{name: "defer of the result", count: fast, calls: func(n int) {
			for range n {
				_ = deferOfResult()
			}
		}},

		{name: "off, error", count: fast, calls: func(n int) {
			for range n {
				_ = errorNil()
			}
		}},
		{name: "off, no error", count: fast, calls: func(n int) {
			for range n {
				noError()
			}
		}},
		{name: "off, bool", count: fast, calls: func(n int) {
			for range n {
				_ = boolean()
			}
		}},
		{name: "off, *MyErr", count: fast, calls: func(n int) {
			for range n {
				_ = own()
			}
		}},
		{name: "off, handler", count: fast, calls: func(n int) {
			for range n {
				handler(w, nil)
			}
		}},
		{name: "off, 3 attributes", count: fast, calls: func(n int) {
			for range n {
				_ = attributes(n, time.Second, "json")
			}
		}},
		{name: "off, 17 returns", count: fast, calls: func(n int) {
			for range n {
				_ = returns(0)
			}
		}},
		{name: "off, command", count: fast, calls: func(n int) {
			for range n {
				_ = command()
			}
		}},

		{name: "two looks at the clock", on: true, count: fast, calls: func(n int) {
			for range n {
				_ = looks()
			}
		}},
		{name: onError, on: true, count: fast, calls: func(n int) {
			for range n {
				_ = errorNil()
			}
		}},
		{name: "on, no error", on: true, count: fast, calls: func(n int) {
			for range n {
				noError()
			}
		}},
		{name: "on, error set", on: true, count: fast, calls: func(n int) {
			for range n {
				_ = errorSet()
			}
		}},
		{name: "on, bool", on: true, count: fast, calls: func(n int) {
			for range n {
				_ = boolean()
			}
		}},
		{name: "on, *MyErr", on: true, count: fast, calls: func(n int) {
			for range n {
				_ = own()
			}
		}},
		{name: "on, handler", on: true, count: fast, calls: func(n int) {
			for range n {
				handler(w, nil)
			}
		}},
		{name: "on, 3 attributes", on: true, count: fast, calls: func(n int) {
			for range n {
				_ = attributes(n, time.Second, "json")
			}
		}},
		{name: "on, 17 returns", on: true, count: fast, calls: func(n int) {
			for range n {
				_ = returns(0)
			}
		}},
		{name: "on, 8 goroutines", on: true, count: fast, calls: func(n int) { inParallel(n, parallel) }},
		{name: "each", on: true, count: slow, calls: func(n int) {
			for range n {
				_ = each()
			}
		}},
		{name: "each, 2 attributes", on: true, count: slow, calls: func(n int) {
			for range n {
				_ = eachAttributes(n, "json")
			}
		}},
		{name: "command", on: true, count: slow, calls: func(n int) {
			for range n {
				_ = command()
			}
		}},

		{name: plainPanic, count: slow, calls: func(n int) {
			for range n {
				through(plainLayer)
			}
		}},
		{name: "panic, empty defers", count: slow, calls: func(n int) {
			for range n {
				through(deferringLayer)
			}
		}},
		{name: "panic, off", count: slow, calls: func(n int) {
			for range n {
				through(layer)
			}
		}},
		{name: "panic, on", on: true, count: slow, calls: func(n int) {
			for range n {
				through(layer)
			}
		}},
	}
}

// What others are compared with.
const (
	bareCall   = "bare call"
	emptyDefer = "empty defer"
	onError    = "on, error"
	plainPanic = "panic through 100 layers"
)

var began = time.Now()

// looks does what a call that is timed has to do at least.
//
//go:noinline
func looks() time.Duration {
	first := time.Since(began)
	return time.Since(began) - first
}
