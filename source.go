// Package telemetrykit holds the source of the recording runtime, so that tkgen
// can give it to programs whose go.mod does not require this module: as packages
// that exist in an overlay alone.
//
// What goes out is text. Programs import runtime/telemetry, never this package.
package telemetrykit

import "embed"

// Runtime holds runtime/telemetry and all that it imports but for the standard
// library, tests included, at their paths in this module.
//
//go:embed runtime/event/*.go
//go:embed runtime/internal/consent runtime/internal/counters runtime/internal/folder runtime/internal/machine runtime/internal/sanitize runtime/internal/spool
//go:embed runtime/telemetry
var Runtime embed.FS
