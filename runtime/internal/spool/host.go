//go:build !linux && !wasm

package spool

import (
	"hash/crc32"
	"os"
	"sync"
)

// Host is a mark of the place in which process ids mean something: this
// machine. It is kept beside a command's begin and never leaves the machine.
var Host = sync.OnceValue(func() uint32 {
	name, err := os.Hostname()
	if err != nil {
		return 0
	}
	return crc32.Update(0, &castagnoli, []byte(name))
})
