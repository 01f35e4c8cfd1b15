//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package machine

import (
	"runtime"
	"syscall"
)

// osVersion asks the kernel, which on macOS knows the version that people know.
func osVersion() string {
	name := "kern.osrelease"
	if runtime.GOOS == "darwin" {
		name = "kern.osproductversion"
	}
	version, err := syscall.Sysctl(name)
	if err != nil {
		return ""
	}
	return digits(version)
}
