package telemetry

import (
	"log/slog"
	"reflect"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// Plain are the values that can identify nobody by what they spell.
type Plain interface {
	~bool |
		~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr |
		~float32 | ~float64
}

// Value is an attribute for [Timer.End]: a boolean, a number or a
// [time.Duration], or of a type over one of these. A string does not compile;
// see [OneOf]. Off, it is the zero Attr, which nobody records.
func Value[T Plain](key string, v T) slog.Attr {
	if recording.Load() == nil {
		return slog.Attr{}
	}
	return plain(key, v)
}

func plain[T Plain](key string, v T) slog.Attr {
	if d, ok := any(v).(time.Duration); ok {
		return slog.Duration(key, d)
	}
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return slog.Int64(key, r.Int())
	case r.CanUint():
		return slog.Uint64(key, r.Uint())
	case r.CanFloat():
		return slog.Float64(key, r.Float())
	default:
		return slog.Bool(key, r.Bool())
	}
}

// OneOf is an attribute for [Timer.End]: a string out of a list that stands in
// the code. What is not in it is recorded as "other".
func OneOf[S ~string](key string, v S, choices ...string) slog.Attr {
	if recording.Load() == nil {
		return slog.Attr{}
	}
	return oneOf(key, string(v), choices)
}

func oneOf(key, v string, choices []string) slog.Attr {
	for _, c := range choices {
		if c == v {
			return slog.String(key, c) // and not v, which may be a part of something long
		}
	}
	return slog.String(key, sanitize.Other)
}
