// Package directives has what is wrong with directives, and what is right.
package directives

// want +1 `kind=comand is not a kind: did you mean kind=command\?`
//telemetry:instrument kind=comand
func Kind() error { return nil }

// want +1 `unknown directive //telemetry:instrumnet: did you mean //telemetry:instrument\?`
//telemetry:instrumnet
func Verb() error { return nil }

// want +1 `a space in front of telemetry: makes this a remark`
// telemetry:instrument each
func Spaced() error { return nil }

// want +1 `unknown key "nam": did you mean name\?`
//telemetry:instrument nam=a.b
func Key() error { return nil }

// want +1 `name= is given twice: leave one of them`
//telemetry:instrument name=a name=b
func Twice() error { return nil }

// want +2 `Marked is marked twice`
//telemetry:instrument
//telemetry:instrument
func Marked() error { return nil }

//telemetry:instrument name=shared
func First() error { return nil }

// want +1 `the name shared is taken by First: give one of them a name= of its own`
//telemetry:instrument name=shared
func Second() error { return nil }

// want +1 `init cannot be instrumented: init runs before main can start telemetry`
//telemetry:instrument
func init() {}

// want +1 `NoSplit cannot be instrumented: //go:nosplit leaves no stack for recording: mark its caller`
//telemetry:instrument
//go:nosplit
func NoSplit() {}

func inside() {
	// want +1 `misplaced //telemetry:instrument: it marks nothing here`
	//telemetry:instrument
	println()
}

// want +1 `this directive marks nothing: type hidden has no exported methods`
//telemetry:instrument
type hidden struct{}

func (hidden) get() error { return nil }

// Store's exported methods are marked, but for one.
//
//telemetry:instrument
type Store struct{}

// Put is marked by the type's directive.
func (Store) Put() error { return nil }

// Get is not.
//
//telemetry:skip
func (Store) Get() error { return nil }

//telemetry:instrument kind=command
func Deploy() error { return nil }

var handler = struct{ RunE func() error }{
	//telemetry:instrument
	RunE: func() error { return nil },
}
