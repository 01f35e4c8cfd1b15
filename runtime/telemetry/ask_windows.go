package telemetry

import (
	"os"
	"syscall"
	"time"
)

// foreground reports whether f is a console.
func foreground(f *os.File) bool {
	var mode uint32
	return syscall.GetConsoleMode(syscall.Handle(f.Fd()), &mode) == nil
}

// typedAhead throws away what waits at the console instead of looking: the
// release of the key that started the program is among it.
func typedAhead(f *os.File) bool {
	_, _, _ = syscall.NewLazyDLL("kernel32.dll").NewProc("FlushConsoleInputBuffer").Call(f.Fd())
	return false
}

// readable waits until something happens at the console. The line that begins with it is
// then read to its end, however long that takes.
func readable(f *os.File, wait time.Duration) bool {
	event, err := syscall.WaitForSingleObject(syscall.Handle(f.Fd()), uint32(wait.Milliseconds()))
	return err == nil && event == syscall.WAIT_OBJECT_0
}
