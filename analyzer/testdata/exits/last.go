package exits

import "os"

//telemetry:instrument name=last
func last() { // want last:`exits by os.Exit`
	os.Exit(0) // want `os.Exit ends the process before the end of last is recorded`
}
