package ingest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
)

func malformed(code, message string) error {
	return &reply.Error{Status: http.StatusBadRequest, Code: code, Message: message}
}

func unauthorized(code, message string) error {
	return &reply.Error{Status: http.StatusUnauthorized, Code: code, Message: message}
}

func unprocessable(code, message string) error {
	return &reply.Error{Status: http.StatusUnprocessableEntity, Code: code, Message: message}
}

func tooLarge(what string, limit int64) error {
	return &reply.Error{
		Status: http.StatusRequestEntityTooLarge, Code: "too_large",
		Message: fmt.Sprintf("%s is larger than %d bytes: send fewer events at once", what, limit),
		Details: map[string]any{"limit_bytes": limit},
	}
}

func tooMany(who string, wait time.Duration) error {
	return &reply.Error{
		Status: http.StatusTooManyRequests, Code: "rate_limited", RetryAfter: wait,
		Message: who + " sends too often: wait as long as Retry-After says",
	}
}
