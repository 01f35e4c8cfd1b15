package spool

import (
	"hash/crc32"
	"sync"
	"syscall"
	"unsafe"
)

// Host is a mark of the place in which process ids mean something: this machine
// and this container. It is kept beside a command's begin and never leaves the
// machine. It allocates nothing, because a short program pays for that in page
// faults.
var Host = sync.OnceValue(func() uint32 {
	var machine syscall.Utsname
	if syscall.Uname(&machine) != nil {
		return 0
	}
	// Utsname's characters are signed on some architectures and unsigned on others.
	node := unsafe.Slice((*byte)(unsafe.Pointer(&machine.Nodename[0])), len(machine.Nodename))
	var namespace [64]byte // "pid:[4026531836]"
	n, err := syscall.Readlink("/proc/self/ns/pid", namespace[:])
	if err != nil {
		n = 0
	}
	return crc32.Update(crc32.Update(0, &castagnoli, node), &castagnoli, namespace[:n])
})
