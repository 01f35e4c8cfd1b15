// The ground that random programs stand on: what their functions call, and what
// runs each of them and prints how it ended.
package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Each unit has so many calls to spend, so that a program ends.
const calls = 40

var (
	fuel  = calls
	alone bool // one unit runs by itself and may crash
)

func main() {
	defer telemetry.Start(telemetry.Config{Service: "behaviour"}).Stop()
	if len(os.Args) > 1 {
		alone, fuel = true, calls
		n, _ := strconv.Atoi(os.Args[1])
		units[n]()
		return
	}
	for n, unit := range units {
		tried(fmt.Sprint("unit ", n), unit)
	}
}

// tried runs f in a goroutine of its own and prints how it ends: with the frames
// of the panic, or of the Goexit.
func tried(name string, f func()) bool {
	fuel = calls
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if got := recover(); got != nil || !returned {
				fmt.Printf("%s ends: %T %v %s\n", name, got, got, frames())
			}
		}()
		f()
		returned = true
	}()
	<-done
	return true
}

func frames() string {
	var b strings.Builder
	pcs := make([]uintptr, 100)
	all := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		frame, more := all.Next()
		fmt.Fprintf(&b, "\n\t%s .go:%d", frame.Function, frame.Line)
		if !more {
			return b.String()
		}
	}
}

func more() bool {
	fuel--
	return fuel >= 0
}

func say(what ...any) {
	for i, v := range what {
		if reflect.ValueOf(v).Kind() == reflect.Func {
			what[i] = fmt.Sprintf("%T", v)
		}
	}
	fmt.Println(what...)
}

// where is the caller's function and line.
func where() string {
	pc, _, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s .go:%d", runtime.FuncForPC(pc).Name(), line)
}

func whence() { say("deferred from", where2()) }

func where2() string {
	pc, _, line, _ := runtime.Caller(2)
	return fmt.Sprintf("%s .go:%d", runtime.FuncForPC(pc).Name(), line)
}

// id shows when it is evaluated.
func id[T any](v T) T {
	say("eval", v)
	return v
}

func seq(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		defer say("seq done")
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

type myErr struct{ code int }

func (e *myErr) Error() string {
	if e == nil {
		return "nil *myErr"
	}
	return fmt.Sprint("my error ", e.code)
}

type S struct{ n int }

func (s *S) String() string {
	if s == nil {
		return "no S"
	}
	return fmt.Sprint("S", s.n)
}

func (s *S) add(n int) (int, error) {
	s.n += n
	if s.n > 5 {
		return s.n, errors.New("over five")
	}
	return s.n, nil
}

type G[T any] struct{ v T }

type anError = error

// boom panics in one of the ways in which programs do.
func boom(how int) {
	var (
		m map[string]int
		l []int
		s *S
		v any = "v"
	)
	switch how % 8 {
	case 0:
		panic("boom")
	case 1:
		panic(&myErr{how})
	case 2:
		m["k"] = 1
	case 3:
		say(l[how])
	case 4:
		s.n = how
	case 5:
		say(v.(int))
	case 6:
		say(how / len(l))
	case 7:
		panic(fmt.Errorf("wrapped: %w", os.ErrExist))
	}
}

func rescue(err *error) {
	if got := recover(); got != nil {
		*err = fmt.Errorf("rescued %v", got)
	}
}
