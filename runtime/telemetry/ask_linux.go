package telemetry

import "syscall"

func selectRead(n int, set *syscall.FdSet, timeout *syscall.Timeval) error {
	_, err := syscall.Select(n, set, nil, nil, timeout)
	return err
}
