//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package telemetry

import (
	"os"
	"reflect"
	"syscall"
	"time"
	"unsafe"
)

// foreground reports whether f is the terminal that controls this process, and
// this process in its foreground: in the background, reading would stop it.
func foreground(f *os.File) bool {
	var group int32
	//nolint:gosec // the ioctl writes a pid_t, which is 32 bits wide on all of these
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
	return errno == 0 && int(group) == syscall.Getpgrp()
}

// typedAhead reports whether a line waits in f.
func typedAhead(f *os.File) bool { return readable(f, 0) }

// readable waits until f has something to read, or has ended. A terminal has once
// a line is complete.
func readable(f *os.File, wait time.Duration) bool {
	fd := int(f.Fd())
	var set syscall.FdSet
	// The field's name and the width of its words differ from platform to platform.
	words := reflect.ValueOf(&set).Elem().Field(0)
	width := words.Type().Elem().Bits()
	if fd >= width*words.Len() {
		return false
	}
	word, bit := words.Index(fd/width), uint(fd%width)
	if word.CanInt() {
		word.SetInt(signed(1<<bit, width))
	} else {
		word.SetUint(1 << bit)
	}
	timeout := syscall.NsecToTimeval(int64(wait))
	return selectRead(fd+1, &set, &timeout) == nil && !word.IsZero()
}

// signed is bits as an integer of a width, which SetInt wants within its range.
func signed(bits uint64, width int) int64 {
	return int64(bits) << (64 - width) >> (64 - width)
}
