// Package sentry records messages with sentry-go.
package sentry

import (
	"strings"
	"time"

	"github.com/getsentry/sentry-go"
)

// Start starts the SDK. An empty DSN is its off.
func Start(_, endpoint string) (record func(n int), stop func()) {
	dsn := ""
	if endpoint != "" {
		dsn = strings.Replace(endpoint, "http://", "http://key@", 1) + "/1"
	}
	if err := sentry.Init(sentry.ClientOptions{Dsn: dsn, Release: "v1.0.0", Tags: map[string]string{"n": "3"}}); err != nil {
		panic(err)
	}
	return func(n int) {
		for range n {
			sentry.CaptureMessage("bench.event")
		}
	}, func() { sentry.Flush(2 * time.Second) }
}
