// Command events records many events, and prints as JSON what each has cost:
//
//	events WHAT ENDPOINT GOROUTINES EVENTS
//
// A twentieth of the events more are recorded before, so that files are open and
// connections made.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	peer "github.com/telemetry-kit/telemetry-kit-go/internal/bench/peers/with/none"
)

// Cost is what one event has cost: Wall in the caller's time, divided by the number
// of goroutines that called at once; CPU and Allocations of the whole process until
// it has stopped, because what is put off has to be done, too.
type Cost struct {
	Wall, CPU   float64 // ns
	Allocations float64
}

func main() {
	cost, err := measure(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(cost)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "events:", err)
		os.Exit(1)
	}
}

func measure(args []string) (cost Cost, err error) {
	if len(args) != 4 {
		return cost, fmt.Errorf("want WHAT ENDPOINT GOROUTINES EVENTS, got %q", args)
	}
	goroutines, err := strconv.Atoi(args[2])
	if err != nil {
		return cost, fmt.Errorf("reading the number of goroutines: %w", err)
	}
	events, err := strconv.Atoi(args[3])
	if err != nil {
		return cost, fmt.Errorf("reading the number of events: %w", err)
	}
	record, stop := peer.Start(args[0], args[1])
	record(events / 20)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used, began := cpu(), time.Now()
	together(goroutines, func() { record(events / goroutines) })
	took := time.Since(began)
	stop()
	used = cpu() - used
	runtime.ReadMemStats(&after)
	n := float64(events)
	return Cost{
		Wall: float64(took.Nanoseconds()) / n, CPU: float64(used.Nanoseconds()) / n,
		Allocations: float64(after.Mallocs-before.Mallocs) / n,
	}, nil
}

func together(goroutines int, f func()) {
	if goroutines == 1 {
		f()
		return
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(f)
	}
	wg.Wait()
}

// cpu is the processor time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
