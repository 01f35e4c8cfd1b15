// Package reply turns what a handler returns into an HTTP answer: the one place
// where an error becomes a status.
//
// In comes an error; out goes a [wire.Failure] with its status. What the caller
// did wrong is said to the caller; what went wrong here is said to the log.
package reply

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Error is a refusal that the caller may read.
type Error struct {
	Status  int
	Code    string // for programs: "bad_signature"
	Message string // for people: what is wrong and what to do
	Details map[string]any
	// RetryAfter, if not zero, tells when to try again, rounded up to seconds.
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// HandlerFunc is an HTTP handler that leaves its errors to [Handler]. It must
// not have written anything when it returns one.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// Handler answers the errors of h as JSON. The log gets the route's pattern and
// the error's code, never an address, a token or a body.
func Handler(log *slog.Logger, h HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		refusal := Refusal(err)
		level := slog.LevelInfo
		if refusal.Status >= http.StatusInternalServerError && r.Context().Err() == nil {
			level = slog.LevelError
		}
		log.Log(r.Context(), level, "request refused", "route", r.Pattern, "org", r.PathValue("org"),
			"app", r.PathValue("app"), "status", refusal.Status, "error", err)
		writeError(w, refusal)
	})
}

// Refusal is what err looks like from outside.
func Refusal(err error) *Error {
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, store.ErrUnavailable):
		return &Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: 5 * time.Second,
			Message: "the server cannot write at the moment; nothing of this request was kept, send it again later",
		}
	case errors.Is(err, context.Canceled): // who asked has gone; nobody reads this
		return &Error{Status: http.StatusServiceUnavailable, Code: "unavailable", Message: "the request was given up"}
	default:
		return &Error{
			Status: http.StatusInternalServerError, Code: "internal",
			Message: "the server failed; its log says why",
		}
	}
}

func writeError(w http.ResponseWriter, e *Error) {
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.Status == http.StatusUnauthorized { // RFC 9110, section 11.6.1
		w.Header().Set("WWW-Authenticate", `Bearer realm="telemetry"`)
	}
	// The error of a broken connection is nobody's to read any more.
	_ = JSON(w, e.Status, wire.Failure{Error: wire.FailureError{Code: e.Code, Message: e.Message, Details: e.Details}})
}

// JSON answers with v.
func JSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // it is JSON, and longer with it
	return e.Encode(v)
}
