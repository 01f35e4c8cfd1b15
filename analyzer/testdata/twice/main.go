package main // want package:`records by telemetry.Track`

import "github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"

func main() { // want main:`starts telemetry`
	defer telemetry.Start(telemetry.Config{Service: "twice"}).Stop()
	telemetry.Track("twice.ran")
	again()
}

func again() { // want again:`starts telemetry`
	telemetry.Start(telemetry.Config{Service: "twice"}) // want `telemetry is started twice in this program`
}
