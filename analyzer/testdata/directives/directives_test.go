package directives

// want +1 `helper stands in a test file, which is no part of the program`
//telemetry:instrument
func helper() error { return nil }
