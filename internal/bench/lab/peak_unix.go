//go:build unix

package lab

import (
	"runtime"
	"syscall"
)

// peak reads getrusage(2): kilobytes, but on darwin bytes.
func peak(sys any) float64 {
	usage, ok := sys.(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss)
	}
	return float64(usage.Maxrss) * 1024
}
