//go:build (amd64 || arm64) && gc && !purego

package telemetry

// frames returns two return addresses: its caller's, and that of the function
// which called its caller. It reads them by the frame pointers that Go code keeps
// on these platforms, in one go and without calls, so that the stack cannot move
// meanwhile. Both frames are of functions which the Go compiler has compiled and
// which call something, so they have frames, whoever called them. What it
// returns is a key to remember things under, and nothing more: see outcome.go.
//
//go:noescape
func frames() (site, caller uintptr)
