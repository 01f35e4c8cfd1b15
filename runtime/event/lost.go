package event

import (
	"bytes"
	"strconv"
	"strings"
)

// The metrics that tell the server what a machine had to give up. They are counts
// of events that were recorded with the person's yes; a command counts by its end,
// and what a feature has counted since the time before as one. The runtime alone
// writes them: see [Reserved].
const (
	// LostUnwritten: the disk or the spool was full, or could not be written to.
	LostUnwritten = lost + ".unwritten"
	// LostExpired: they were too old or too many before they could be sent.
	LostExpired = lost + ".expired"

	lost = "telemetry.lost"
)

// Reserved reports whether a metric's name is the runtime's own: a program that
// counts under it would have its numbers taken for losses.
func Reserved(name string) bool {
	rest, ok := strings.CutPrefix(name, lost)
	return ok && (rest == "" || rest[0] == '.')
}

// Lost returns how many events are lost if a recorded one is, whose JSON
// [Event.AppendJSON] wrote: those that it tells of, if it tells of losses, else one.
func Lost(recorded []byte) uint64 {
	// Quotes within texts are escaped, so this occurs nowhere else.
	_, rest, ok := bytes.Cut(recorded, []byte(`,"data":{"metric":"`+lost+"."))
	if !ok {
		return 1
	}
	_, rest, _ = bytes.Cut(rest, []byte(`,"total":`))
	digits, _, _ := bytes.Cut(rest, []byte("}"))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 1
	}
	return n
}
