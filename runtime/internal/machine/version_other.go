//go:build !linux && !windows && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package machine

// osVersion is not known here.
func osVersion() string { return "" }
