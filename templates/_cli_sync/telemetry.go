package main

import (
	"cmp"
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
)

// dsn is where a release sends to: the line that `tkserver app create` prints.
// It is given when the release is built and stands in no source:
//
//	go build -ldflags "-X main.dsn=$DSN" .
var dsn string

// options say what is recorded and where it goes. Whoever runs the program is
// asked once, and nothing is sent before they say yes. TELEMETRY.md tells them.
func options() telemetrycobra.Options {
	o := telemetrycobra.Options{
		Config:   telemetry.Config{Service: "{{.Name}}"},
		Question: telemetry.Question{Purpose: "It tells us which commands are worth our time."},
	}
	if to := cmp.Or(os.Getenv("{{.Variable}}_DSN"), dsn); to != "" {
		o.Agent = agent.New(to)
	}
	return o
}
