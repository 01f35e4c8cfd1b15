package machine

import (
	"strconv"
	"syscall"
	"unsafe"
)

// osVersion is major, minor and build: "10.0.26100". RtlGetNtVersionNumbers tells
// the truth to programs without a manifest, too.
func osVersion() string {
	ask := syscall.NewLazyDLL("ntdll.dll").NewProc("RtlGetNtVersionNumbers")
	if ask.Find() != nil {
		return ""
	}
	var major, minor, build uint32
	_, _, _ = ask.Call(uintptr(unsafe.Pointer(&major)), uintptr(unsafe.Pointer(&minor)), uintptr(unsafe.Pointer(&build))) //nolint:gosec // as syscalls are made
	version := ""
	for i, n := range []uint32{major, minor, build & 0x0fff_ffff} { // the highest bits tell how it was built
		if i > 0 {
			version += "."
		}
		version += strconv.FormatUint(uint64(n), 10)
	}
	return version
}
