//go:build (amd64 || arm64) && gc && !purego

package telemetry

// frames returns two return addresses: of its caller, and of the caller of that.
// It follows the frame pointers that Go code keeps on these platforms, in one
// go and without calls, so that the stack cannot move meanwhile. The three
// frames that it reads are of functions which the Go compiler has compiled and
// which call something, so they have frames. What it returns is a key of a
// cache and nothing more: see [Point.outcome].
//
//go:noescape
func frames() (site, caller uintptr)
