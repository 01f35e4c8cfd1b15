package main

import (
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// config says what is recorded and where it goes: to the server that
// {{.Variable}}_DSN names (the line that `tkserver app create` prints), once whoever
// runs the service has said yes by {{.Variable}}_TELEMETRY=on. A service has nobody
// to ask. TELEMETRY.md tells them.
func config() telemetry.Config {
	c := telemetry.Config{Service: "{{.Name}}"}
	if dsn := os.Getenv("{{.Variable}}_DSN"); dsn != "" {
		c.Agent = agent.New(dsn)
	}
	return c
}
