// Package xstart counts with golang.org/x/telemetry, started as its documentation
// tells a program that uploads.
package xstart

import (
	"golang.org/x/telemetry"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/peers/with/xcounter"
)

// Start starts it. Off is said by the mode file.
func Start(string, string) (record func(n int), stop func()) {
	telemetry.Start(telemetry.Config{Upload: true})
	return xcounter.Record, func() {}
}
