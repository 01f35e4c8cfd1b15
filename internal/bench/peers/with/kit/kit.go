// Package kit records with runtime/telemetry alone: into files, sent by nobody.
package kit

import (
	"log/slog"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var (
	tkFeature = telemetry.Point{Name: "bench.feature"}
	tkCommand = telemetry.Point{Name: "bench.command", Kind: telemetry.Command}
)

// Config is that of the programs.
func Config() telemetry.Config { return telemetry.Config{Service: "bench", Version: "v1.0.0"} }

// Start starts a session. Off is said by the environment.
func Start(what, _ string) (record func(n int), stop func()) {
	return Recorder(what), telemetry.Start(Config()).Stop
}

// Recorder returns what records one of "feature", "command" and "track".
func Recorder(what string) func(n int) {
	one := map[string]func(){"command": func() { _ = command() }, "track": track}[what]
	return func(n int) {
		for range n {
			if one == nil {
				_ = feature() // called as a program calls it: it costs less than a call by a pointer
			} else {
				one()
			}
		}
	}
}

//go:noinline
func feature() (err error) {
	defer tkFeature.Begin().End(&err)
	return nil
}

//go:noinline
func command() (err error) {
	defer tkCommand.Begin().End(&err, telemetry.Value("n", 3))
	return nil
}

func track() { telemetry.Track("bench.track", slog.Int("n", 3)) }
