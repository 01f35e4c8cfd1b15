package lifecycle // want package:`records by telemetry.Begin`

import (
	"errors"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var point telemetry.Point

func dropped() error {
	telemetry.Begin("a") // want `nothing ends what begins here: defer telemetry.Begin\("a"\).End\(nil\)`
	return nil
}

func blank() (err error) {
	_ = point.Begin() // want `nothing ends what begins here: defer point.Begin\(\).End\(&err\)`
	return nil
}

func deferredBegin() (err error) {
	defer telemetry.Begin("b") // want `this begins when the function ends, and nothing ends it: defer telemetry.Begin\("b"\).End\(&err\)`
	return nil
}

func atOnce() (err error) {
	telemetry.Begin("c").End(&err) // want `this ends at once: put defer in front of it`
	return nil
}

func someWays(ok bool) (err error) {
	t := telemetry.Begin("d") // want `what begins here does not end on every way out of the function: defer t.End\(&err\)`
	if !ok {
		return errors.New("no")
	}
	t.End(&err)
	return nil
}

func never() {
	var t = telemetry.Begin("e") // want `what begins here does not end on every way out of the function: defer t.End\(nil\)`
	println()
	t = telemetry.Begin("f")
	defer t.End(nil)
}

func inADeferredFunction() (err error) {
	t := telemetry.Begin("g")
	defer func() { t.End(&err) }() // want `an end that a deferred function calls takes panics for returns: defer the end itself`
	return nil
}

// What follows is right.

func right() (err error) {
	defer telemetry.Begin("h").End(&err)
	return nil
}

func everyWay(ok bool) (err error) {
	t := telemetry.Begin("i")
	if !ok {
		t.End(&err)
		return nil
	}
	t.End(&err)
	return nil
}

func panics(ok bool) {
	t := telemetry.Begin("j")
	if !ok {
		panic("no")
	}
	t.End(nil)
}

func handedOn() telemetry.Timer {
	return telemetry.Begin("k")
}

func inALoop(names []string) {
	for range names {
		func() {
			defer point.Begin().End(nil)
		}()
	}
}

type job struct{ timer telemetry.Timer }

func (j *job) start() { j.timer = telemetry.Begin("l") }
