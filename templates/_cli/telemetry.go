package main

import (
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
)

// options say what is recorded and where it goes: every command of the tree,
// kept on the person's own machine. TELEMETRY.md tells them.
func options() telemetrycobra.Options {
	return telemetrycobra.Options{
		Config: telemetry.Config{Service: "{{.Name}}"},
	}
}
