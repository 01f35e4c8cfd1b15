package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

func TestCount(t *testing.T) {
	recorded := telemetrytest.Start(t)
	server := httptest.NewServer(handler())
	defer server.Close()
	post := func(body string) int {
		answer, err := http.Post(server.URL+"/count", "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if got := post("to be or not"); got != http.StatusOK {
		t.Errorf("status %d, want 200", got)
	}
	if got := post(strings.Repeat("x", 2<<20)); got != http.StatusBadRequest {
		t.Errorf("of 2 MiB: status %d, want 400", got)
	}
	server.Close() // so that both requests have ended
	features := recorded.Features()
	if got := features["words.count"]; got.Calls != 2 || got.Errors != 1 {
		t.Errorf("recorded %+v of counting, want 2 calls with an error", got)
	}
	if got := features["http.post.count"]; got.Calls != 1 {
		t.Errorf("recorded %+v of the route, want 1 call: %v", got, features)
	}
}

func TestCountWords(t *testing.T) {
	for text, want := range map[string]int{"": 0, "to be\nor  not": 4} {
		if got, err := countWords(strings.NewReader(text)); got != want || err != nil {
			t.Errorf("%q has %d words (%v), want %d", text, got, err, want)
		}
	}
	if _, err := countWords(iotest.ErrReader(context.Canceled)); err == nil {
		t.Error("an error of the reader is gone")
	}
}

// TestShutdown stops the service as a signal does.
func TestShutdown(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := serve(ctx, "127.0.0.1:0", slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}
