package main

import (
	"fmt"

	"analyzer.test/nostart/lib"
)

func main() { // want `nothing that this program records is kept, because main never starts telemetry \(analyzer.test/nostart/lib records 1 marked functions\)`
	fmt.Println(lib.Work())
}
