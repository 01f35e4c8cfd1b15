package main

import "github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"

// config says what is recorded and where it goes: it is kept on the machine that
// the service runs on. TELEMETRY.md tells those who run it.
func config() telemetry.Config {
	return telemetry.Config{Service: "{{.Name}}"}
}
