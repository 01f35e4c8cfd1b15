// Package sanitize decides what of an event may be kept at all.
//
// In come names, attributes and errors as a program hands them over; out go
// names and keys of a fixed alphabet, values of closed kinds and the types of
// errors. It runs before the spool, so that nothing raw reaches the disk. It is
// an allow-list: what is not known to be harmless becomes [Other].
package sanitize

import (
	"log/slog"
	"math"
	"reflect"
	"strings"
)

// Other stands in for a string that may not be kept.
const Other = "other"

// MaxAttributes is how many attributes of one event are kept.
const MaxAttributes = 16

// MaxText is how long, in bytes, a kept value may be.
const MaxText = 64

const maxName = 128

// Name returns name if it is one that code declares (lower-case letters,
// digits, dots, hyphens, underscores; at most 128 bytes; no address, token or
// number that the detectors know), and Other if not: then it was probably put
// together from data.
func Name(name string) string {
	if name == "" || len(name) > maxName {
		return Other
	}
	for i := range len(name) {
		if c := name[i]; !lowerSnake(c) && c != '.' && c != '-' {
			return Other
		}
	}
	if uuid(name) || nowhere.inWord(name) {
		return Other
	}
	return name
}

// Code returns a code that an error declares if it is one that code declares (the
// rules of [Name], and at most 64 bytes), and Other if not.
func Code(code string) string {
	if len(code) > MaxText {
		return Other
	}
	return Name(code)
}

// nowhere is a machine without names: a name that code declares may be that of a
// user, too ("deploy").
var nowhere machine

// Attributes appends to dst what may be kept of attrs: lower-snake keys, and
// values that are booleans, numbers, durations, harmless words or [Text], which
// is cleaned. Any, Group and LogValuer are dropped, because they can hold what
// nobody declared.
func Attributes(dst, attrs []slog.Attr) []slog.Attr {
	for _, a := range attrs {
		if len(dst) == MaxAttributes {
			break
		}
		if v, ok := value(a.Value); ok && key(a.Key) {
			dst = append(dst, slog.Attr{Key: a.Key, Value: v})
		}
	}
	return dst
}

func key(k string) bool {
	if k == "" || len(k) > MaxText || k[0] < 'a' || k[0] > 'z' {
		return false
	}
	for i := range len(k) {
		if !lowerSnake(k[i]) {
			return false
		}
	}
	return true
}

func lowerSnake(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}

func value(v slog.Value) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindDuration:
		return v, true
	case slog.KindFloat64:
		return v, !math.IsNaN(v.Float64()) && !math.IsInf(v.Float64(), 0)
	case slog.KindString:
		if s := v.String(); !Harmless(s) {
			return slog.StringValue(Other), true
		}
		return v, true
	case slog.KindAny:
		if t, ok := v.Any().(cleaner); ok {
			return slog.StringValue(t.clean()), true
		}
		return slog.Value{}, false
	default: // Group, LogValuer; Time would tell when somebody was where
		return slog.Value{}, false
	}
}

// Harmless reports whether a string may be kept as it is: one to 64 bytes of
// [A-Za-z0-9._+-] that look like a word or a version and not like a token, a
// file or an address of any kind.
func Harmless(s string) bool {
	if s == "" || len(s) > MaxText {
		return false
	}
	for i := range len(s) {
		// This alone keeps out e-mail (@), paths (/ and \), URLs (:), key=value,
		// white space and everything that is not ASCII.
		if !wordByte(s[i]) {
			return false
		}
	}
	return !hidden(s) && !randomWord(s) && !secretPrefix(s) && !theMachine().inWord(s)
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._+-", c) >= 0
}

// ErrorType returns the Go type of an error, never its text: of the innermost
// error of the chain that is more than a carrier of text. fmt's and errors' own
// wrappers say nothing about what went wrong, so what they wrap is named; of
// joined errors, the first.
func ErrorType(err error) string {
	for {
		name := TypeName(reflect.TypeOf(err))
		if name != "*fmt.wrapError" && name != "*fmt.wrapErrors" && name != "*errors.joinError" {
			return name
		}
		next := unwrap(err)
		if next == nil {
			return name
		}
		err = next
	}
}

// TypeName is what fmt prints of a type for %T, without fmt. Type arguments are
// cut off: they can spell out whole package paths.
func TypeName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.String(), "[")
	return name[:min(len(name), maxName)]
}

func unwrap(err error) error {
	switch w := err.(type) { //nolint:errorlint // this is how to unwrap
	case interface{ Unwrap() error }:
		return w.Unwrap()
	case interface{ Unwrap() []error }:
		for _, e := range w.Unwrap() {
			if e != nil {
				return e
			}
		}
	}
	return nil
}
