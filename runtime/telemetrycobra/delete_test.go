package telemetrycobra_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
)

// TestDeleteAtTheServer is the story of a person who has sent something and wants
// it gone: while the server is away the wish stays, and when it is back it is
// fulfilled.
func TestDeleteAtTheServer(t *testing.T) {
	srv, err := server.Open(server.Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	var away atomic.Bool
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		srv.Handler().ServeHTTP(w, r)
	}))
	defer web.Close()
	dsn, err := srv.CreateApp(t.Context(), "acme", "tool", web.URL)
	if err != nil {
		t.Fatal(err)
	}
	counts := func(want uint64) {
		t.Helper()
		u, err := srv.Usage(t.Context(), analytics.Query{Org: "acme", App: "tool"})
		if err != nil || u.Total.Calls != want {
			t.Errorf("the server has counted %d calls (%v), want %d", u.Total.Calls, err, want)
		}
	}
	p := newPerson(t)
	p.config.Agent = agent.New(dsn.String())
	send := func() {
		t.Helper()
		p.sees("telemetry on")
		p.sees("cluster deploy prod")
		if _, err := agent.Sync(t.Context(), agent.Options{Service: "tool", Dir: p.config.Dir, DSN: dsn.String(), Force: true}); err != nil {
			t.Fatal(err)
		}
	}

	send()
	counts(1)
	p.sees("telemetry delete --yes", "The server has removed what was sent as client_", ": 1 events", "Telemetry is off now")
	counts(0)
	p.sees("telemetry delete --yes", "Nothing was sent before")

	send()
	counts(1)
	away.Store(true)
	p.sees("telemetry delete --yes", "The server has not yet removed what was sent as client_", "Later runs of this program ask it again")
	p.sees("telemetry status", "client_")
	counts(1)
	away.Store(false)
	p.sees("telemetry delete --yes", "The server has removed what was sent as client_", ": 1 events")
	counts(0)
	p.sees("telemetry delete --yes", "Nothing was sent before")
}
