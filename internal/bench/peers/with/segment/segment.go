// Package segment records with Segment's analytics-go.
package segment

import (
	"gopkg.in/segmentio/analytics-go.v3"
)

// Start starts a client. It knows no off.
func Start(_, endpoint string) (record func(n int), stop func()) {
	client, err := analytics.NewWithConfig("key", analytics.Config{Endpoint: endpoint})
	if err != nil {
		panic(err)
	}
	return func(n int) {
		for range n {
			// What it does not take is seen at the server, as what it loses.
			_ = client.Enqueue(analytics.Track{UserId: "bench", Event: "bench.event", Properties: analytics.NewProperties().Set("n", 3)})
		}
	}, func() { _ = client.Close() }
}
