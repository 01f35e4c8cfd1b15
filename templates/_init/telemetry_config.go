package library__

import (
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// telemetryConfig says what is recorded and where it goes: to the server that
// {{.Variable}}_DSN names (the line that `tkserver app create` prints), once whoever
// runs the program has said yes. The line is a secret: it stands in no source.
func telemetryConfig() telemetry.Config {
	c := telemetry.Config{Service: "{{.Name}}"}
	if dsn := os.Getenv("{{.Variable}}_DSN"); dsn != "" {
		c.Agent = agent.New(dsn)
	}
	return c
}
