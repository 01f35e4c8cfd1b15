package instrument

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// each calls f with 0 to n-1, on all processors, and returns when all is done.
// Folders are read, parsed and rendered apart from each other.
func each(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
