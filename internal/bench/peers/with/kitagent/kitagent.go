// Package kitagent records with runtime/telemetry and sends with runtime/agent.
package kitagent

import (
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/peers/with/kit"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Start starts a session whose agent sends to the endpoint.
func Start(what, endpoint string) (record func(n int), stop func()) {
	config := kit.Config()
	if endpoint != "" {
		config.Agent = agent.New(strings.Replace(endpoint, "http://", "http://token:secret@", 1) + "/bench/peers")
	}
	return kit.Recorder(what), telemetry.Start(config).Stop
}
