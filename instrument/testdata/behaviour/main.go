// The program of TestBehaviour: every way in which a function can end, with
// everything printed that instrumentation could disturb.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func main() {
	defer telemetry.Start(telemetry.Config{Service: "behaviour"}).Stop()
	if len(os.Args) > 1 {
		crash(os.Args[1])
		return
	}
	fmt.Println(values(3))
	fmt.Println(fails())
	fmt.Println(recovers())
	fmt.Println(recoversInHelper())
	fmt.Println(named())
	fmt.Println(deferOrder())
	fmt.Println(box[string]{"v"}.get())
	fmt.Println(double([]int{1, 2}))
	fmt.Println(caller())
	ctx := context.WithValue(context.Background(), key{}, 1)
	fmt.Println(sameContext(ctx, ctx))
	goexits()
	for v := range counts(3) {
		fmt.Println("yield", v)
	}
	var g greeter = english{}
	fmt.Println(g.greet())
	fmt.Println(isNil((*english)(nil).pointer()))
	fmt.Println(labels(5))
	var once sync.Once
	once.Do(onceOnly)
	fmt.Println(fib(10))
}

type key struct{}

//telemetry:instrument
func values(n int) (int, string, error) {
	return n * 2, "two", nil
}

//telemetry:instrument kind=command
func fails() (int, error) {
	return 0, fmt.Errorf("wrapped: %w", os.ErrNotExist)
}

//telemetry:instrument kind=command
func recovers() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered %v", r)
		}
	}()
	panic("inner")
}

// cleanup calls recover itself: that works only while it is the deferred
// function's own frame.
//
//telemetry:instrument
func cleanup(got *any) {
	*got = recover()
}

func recoversInHelper() (got any) {
	defer cleanup(&got)
	panic("for the helper")
}

//telemetry:instrument
func named() (n int, err error) {
	defer func() { n++ }()
	n = 41
	return
}

//telemetry:instrument
func deferOrder() (s string, err error) {
	defer func() { s += "1" }()
	defer func() { s += "2" }()
	return "0", errors.New("order")
}

type box[T any] struct{ v T }

//telemetry:instrument
func (b box[T]) get() (T, error) { return b.v, nil }

//telemetry:instrument
func double[T ~int](in []T) ([]T, error) {
	var out []T
	for _, v := range in {
		out = append(out, 2*v)
	}
	return out, nil
}

//telemetry:instrument
func caller() (string, int) {
	pc, _, line, _ := runtime.Caller(1)
	return runtime.FuncForPC(pc).Name(), line
}

//telemetry:instrument
func sameContext(ctx, want context.Context) bool { return ctx == want }

//telemetry:instrument
func leave() error {
	runtime.Goexit()
	return nil
}

func goexits() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = leave()
	}()
	<-done
	fmt.Println("left")
}

//telemetry:instrument
func counts(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

type greeter interface{ greet() string }

type english struct{}

//telemetry:instrument
func (english) greet() string { return "hello" }

//telemetry:instrument
func (e *english) pointer() *english { return e }

func isNil(e *english) bool { return e == nil }

//telemetry:instrument
func labels(n int) (sum int) {
outer:
	for i := range n {
		for j := range n {
			if j == 3 {
				continue outer
			}
			if i == 4 {
				goto end
			}
			sum += i * j
		}
	}
end:
	return sum
}

//telemetry:instrument
func onceOnly() { fmt.Println("once") }

//telemetry:instrument
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

//telemetry:instrument kind=command
func crash(how string) {
	switch how {
	case "panic":
		deep(60)
	case "error":
		panic(fmt.Errorf("an error: %w", os.ErrClosed))
	case "nil":
		var p *int
		fmt.Println(*p)
	case "repanic":
		defer func() { panic(fmt.Sprint("again: ", recover())) }()
		panic("first")
	case "goexit":
		runtime.Goexit()
	case "fatal":
		var mu sync.Mutex
		mu.Unlock()
	case "exit":
		os.Exit(7)
	}
}

//telemetry:instrument
func deep(n int) error {
	if n == 0 {
		panic("boom")
	}
	return deep(n - 1)
}
