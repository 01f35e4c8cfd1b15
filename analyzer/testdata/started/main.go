package main // want package:`records 1 marked functions`

import "analyzer.test/started/door"

// main starts telemetry by a door, in a function of its own.
func main() { // want main:`starts telemetry`
	_ = execute()
}

func execute() error { // want execute:`starts telemetry`
	return door.Execute(door.Options{Service: "started"}, run)
}

//telemetry:instrument
func run() error { return nil }
