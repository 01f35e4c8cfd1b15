// Package door starts telemetry for programs, as those of the runtime do.
package door

import "github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"

type Options struct{ Service string }

func Execute(o Options, run func() error) error { // want Execute:`starts telemetry`
	defer telemetry.Start(telemetry.Config{Service: o.Service}).Stop()
	return run()
}
