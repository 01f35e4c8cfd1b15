// Package posthog records with posthog-go.
package posthog

import (
	"github.com/posthog/posthog-go"
)

// Start starts a client. It knows no off.
func Start(_, endpoint string) (record func(n int), stop func()) {
	client, err := posthog.NewWithConfig("key", posthog.Config{Endpoint: endpoint})
	if err != nil {
		panic(err)
	}
	return func(n int) {
		for range n {
			// What it does not take is seen at the server, as what it loses.
			_ = client.Enqueue(posthog.Capture{DistinctId: "bench", Event: "bench.event", Properties: posthog.NewProperties().Set("n", 3)})
		}
	}, func() { _ = client.Close() }
}
