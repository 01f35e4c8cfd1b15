// Package who holds what the cases of other packages call.
package who

import (
	"errors"
	"log/slog"
	"os"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var ErrQuota = errors.New("quota")

type Account struct {
	Plan  string
	Owner string
	Seats int
}

// Editor returns what the environment says.
func Editor() string { return os.Getenv("EDITOR") }

// Mode returns one of two words.
func Mode() string {
	if os.Getenv("DEBUG") != "" {
		return "debug"
	}
	return "release"
}

// Load has one field that says something.
func Load() *Account {
	return &Account{Plan: "free", Owner: os.Getenv("OWNER"), Seats: 3}
}

// Upper returns what it is given.
func Upper(s string) string { return strings.ToUpper(s) }

// Size returns a number.
func Size(s string) int { return len(s) }

// Kind tells errors apart by words of its own.
func Kind(err error) string {
	switch {
	case errors.Is(err, ErrQuota):
		return "quota"
	case err != nil:
		return "other"
	}
	return "none"
}

// Note records what it is given.
func Note(what string) { telemetry.Track("noted", slog.String("what", what)) }

// NoteAll hands it on.
func NoteAll(list ...string) {
	for _, s := range list {
		Note(s)
	}
}

// NoteLen records a length.
func NoteLen(what string) { telemetry.Track("noted", slog.Int("len", len(what))) }

// Event names an event.
func Event(name string) { telemetry.Track(name) }
