// Command bare does nothing, and records it once if it is asked to:
//
//	bare [WHAT ENDPOINT]
package main

import (
	"os"

	peer "github.com/telemetry-kit/telemetry-kit-go/internal/bench/peers/with/none"
)

func main() {
	if len(os.Args) > 2 {
		record, stop := peer.Start(os.Args[1], os.Args[2])
		record(1)
		stop()
	}
}
