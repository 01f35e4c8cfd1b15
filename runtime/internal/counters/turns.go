package counters

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// turns says which of two banks of counters counts.
//
// A delta has to add up: as many values in the histogram as calls, and no more
// errors than calls. So there are two banks. Calls count in the hot one; swap
// makes the other one hot, and waits for the calls that are still on their way
// into the cold one (nanoseconds). Then nobody but the one who swapped touches
// that. The scheme is that of the histogram in Prometheus' client_golang.
type turns struct {
	// hot: the highest bit is the bank that is hot, the rest is the number of
	// calls begun to be counted, ever.
	hot atomic.Uint64

	mu    sync.Mutex // one delta at a time
	taken atomic.Uint64
	start time.Time // of the window that is open
}

const (
	hotBit   = 1 << 63
	maxSpins = 1000
	pause    = 50 * time.Microsecond
)

// enter begins to count a call. It returns the bank to count it in, and whether
// it is the first call ever.
func (t *turns) enter() (bank uint64, first bool) {
	n := t.hot.Add(1)
	return n >> 63, n&^hotBit == 1
}

// Pending reports whether there is anything to take a delta of.
func (t *turns) Pending() bool { return t.hot.Load()&^hotBit != t.taken.Load() }

// next opens a window at now, and returns when the one before it was opened.
func (t *turns) next(now time.Time) (start time.Time) {
	start, t.start = t.start, now
	return start
}

// swap returns the bank that was hot until now and how many calls it holds, once
// counted says so. The other bank must be empty.
func (t *turns) swap(counted func(bank int) uint64) (cold int, begun uint64) {
	// Inv: the cold bank is empty, so all that was begun and not yet taken is in
	// the bank that is hot until this line.
	n := t.hot.Add(hotBit)
	cold, begun = int(n>>63)^1, n&^hotBit-t.taken.Load()
	for spins := 0; counted(cold) != begun; spins++ {
		if spins < maxSpins {
			runtime.Gosched()
		} else {
			time.Sleep(pause) // the system has taken the processor from who is counting: give ours
		}
	}
	t.taken.Add(begun)
	return cold, begun
}

// total adds up buckets.
func total(buckets []atomic.Uint32) (n uint64) {
	for i := range buckets {
		n += uint64(buckets[i].Load())
	}
	return n
}

// drain empties buckets: what they held, from the first that held something to
// the last, appended to dst, and the index of the first.
func drain(buckets []atomic.Uint32, dst []uint64) (offset int, counts []uint64) {
	lo, hi := 0, -1
	for i := range buckets {
		if buckets[i].Load() > 0 {
			if hi < 0 {
				lo = i
			}
			hi = i
		}
	}
	if hi < 0 {
		return 0, dst
	}
	for i := range buckets[lo : hi+1] {
		dst = append(dst, uint64(buckets[lo+i].Swap(0)))
	}
	return lo, dst
}
