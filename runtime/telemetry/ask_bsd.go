//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package telemetry

import "syscall"

func selectRead(n int, set *syscall.FdSet, timeout *syscall.Timeval) error {
	return syscall.Select(n, set, nil, nil, timeout)
}
