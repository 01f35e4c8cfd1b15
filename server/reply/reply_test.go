package reply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

func TestHandler(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
		header map[string]string
		level  string
	}{
		"refused":      {&Error{Status: 403, Code: "wrong_application", Message: "no"}, 403, "wrong_application", nil, "INFO"},
		"wrapped":      {fmt.Errorf("taking: %w", &Error{Status: 409, Code: "nonce_used"}), 409, "nonce_used", nil, "INFO"},
		"later":        {&Error{Status: 429, Code: "rate_limited", RetryAfter: 1200 * time.Millisecond}, 429, "rate_limited", map[string]string{"Retry-After": "2"}, "INFO"},
		"unknown":      {&Error{Status: 401, Code: "unknown_token"}, 401, "unknown_token", map[string]string{"Www-Authenticate": `Bearer realm="telemetry"`}, "INFO"},
		"unavailable":  {fmt.Errorf("disk hunter2: %w", store.ErrUnavailable), 503, "unavailable", map[string]string{"Retry-After": "5"}, "ERROR"},
		"a bug":        {errors.New("hunter2"), 500, "internal", nil, "ERROR"},
		"with details": {&Error{Status: 413, Code: "too_large", Details: map[string]any{"limit_bytes": 5}}, 413, "too_large", nil, "INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			h := Handler(slog.New(slog.NewTextHandler(&log, nil)), func(http.ResponseWriter, *http.Request) error { return test.err })
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("POST", "/v1/ingest/acme/tool", nil))
			var got wire.Failure
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != test.status || got.Error.Code != test.code {
				t.Errorf("got %d %s, %v; want %d %s", w.Code, w.Body, err, test.status, test.code)
			}
			for key, want := range test.header {
				if w.Header().Get(key) != want {
					t.Errorf("%s: %q, want %q", key, w.Header().Get(key), want)
				}
			}
			if strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("the caller reads the server's own trouble: %s", w.Body)
			}
			if text := log.String(); !strings.Contains(text, "level="+test.level) || strings.Contains(text, "192.0.2.1") {
				t.Errorf("log %q: want level %s and no address", text, test.level)
			}
		})
	}
}

// A caller who has gone is no trouble of the server's.
func TestHandlerGone(t *testing.T) {
	var log strings.Builder
	h := Handler(slog.New(slog.NewTextHandler(&log, nil)), func(_ http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("writing: %w", r.Context().Err())
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/", nil).WithContext(ctx))
	if w.Code != 503 || !strings.Contains(log.String(), "level=INFO") {
		t.Errorf("got %d, log %q; want 503 and level INFO", w.Code, log.String())
	}
}

func TestHandlerKeepsAnswers(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(slog.New(slog.DiscardHandler), func(w http.ResponseWriter, _ *http.Request) error {
		return JSON(w, http.StatusOK, map[string]string{"a": "<b>"})
	}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != `{"a":"<b>"}` {
		t.Errorf("got %d %s", w.Code, got)
	}
}
