package lib // want package:`records 1 marked functions`

//telemetry:instrument
func Work() error { return nil }
