package spool

import (
	"hash/crc32"
	"sync"
	"syscall"
	"unsafe"
)

// Host is a mark of the place in which process ids mean something: this
// machine, or this container by its host name. It is kept beside a command's
// begin and never leaves the machine.
//
// The name of the PID namespace would be more exact, but reading a link below
// /proc/self costs a fresh process 25 µs, as much as the rest of a record. Two
// namespaces of one host name (a sandbox) can take each other's running
// commands for unfinished; the end puts that right if it comes before the
// event was sent.
var Host = sync.OnceValue(func() uint32 {
	if syscall.Uname(&machine) != nil {
		return 0
	}
	// Utsname's characters are signed on some architectures and unsigned on others.
	node := unsafe.Slice((*byte)(unsafe.Pointer(&machine.Nodename[0])), len(machine.Nodename)) //nolint:gosec // the same bytes, unsigned
	return crc32.Update(0, &castagnoli, node)
})

// machine is not a variable of the function, where it would be allocated.
var machine syscall.Utsname
