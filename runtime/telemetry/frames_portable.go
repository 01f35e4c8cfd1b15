//go:build !((amd64 || arm64) && gc && !purego)

package telemetry

// frames knows nothing here: every call looks at its stack.
func frames() (site, caller uintptr) { return 0, 0 }
