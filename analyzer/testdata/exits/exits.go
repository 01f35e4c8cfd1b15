package exits // want package:`records 7 marked functions`

import (
	"log"
	"os"
)

//telemetry:instrument kind=command
func Deploy(ok bool) error {
	if !ok {
		os.Exit(2) // want `os.Exit ends the process before the end of Deploy is recorded: call telemetry.Exit instead`
	}
	return nil
}

//telemetry:instrument
func Build() error {
	log.Fatalf("no %s", "way") // want `log.Fatalf ends the process before the end of Build is recorded: log, and call telemetry.Exit\(1\), or return an error`
	return nil
}

//telemetry:instrument
func Check(l *log.Logger) { // want Check:`exits by log.Logger.Fatal`
	l.Fatal("no") // want `\*log.Logger.Fatal \(by log.Logger.Fatal\) ends the process before the end of Check is recorded`
}

//telemetry:instrument
func Indirect() { // want Indirect:`exits by os.Exit`
	die("no") // want `exits.die \(by os.Exit\) ends the process before the end of Indirect is recorded: let it return an error, or call telemetry.Exit there`
}

func die(why string) { // want die:`exits by os.Exit`
	println(why)
	os.Exit(1)
}

// Deferred recovers, and leaves all the same.
//
//telemetry:instrument
func Deferred() {
	defer func() {
		if recover() != nil {
			os.Exit(2) // want `os.Exit ends the process before the end of Deferred is recorded`
		}
	}()
}

// Elsewhere hands a function on that does it, and starts a goroutine that does.
//
//telemetry:instrument
func Elsewhere(on func(func())) {
	on(func() { os.Exit(1) })
	go func() { os.Exit(1) }()
}

// Plain is not instrumented.
func Plain() { // want Plain:`exits by os.Exit`
	os.Exit(1)
}
