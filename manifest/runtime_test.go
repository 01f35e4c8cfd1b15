package manifest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryhttp"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// TestUnits holds the codes of units to those of the runtime, which this package
// does not import.
func TestUnits(t *testing.T) {
	for i, code := range units {
		if got := telemetry.Unit(i).String(); got != code {
			t.Errorf("unit %d is %q in the runtime, %q here", i, got, code)
		}
	}
	if got := telemetry.Unit(len(units)).String(); got != other {
		t.Errorf("the runtime has more units than this package: %q", got)
	}
}

// TestRoutes holds the names of routes to those that the adapter records.
func TestRoutes(t *testing.T) {
	for _, c := range []struct{ pattern, method, path string }{
		{"GET /users/{id}", "GET", "/users/3"},
		{"GET /users/{id}", "HEAD", "/users/3"},
		{"POST /users", "POST", "/users"},
		{"/files/{path...}", "PUT", "/files/a/b"},
		{"/static/", "GET", "/static/x"},
		{"/{$}", "GET", "/"},
		{"DELETE example.com/Some-Thing/", "DELETE", "/Some-Thing/x"},
		{"BREW /pot", "BREW", "/pot"},
	} {
		recorded := telemetrytest.New(t, "app")
		session := telemetry.Start(recorded.Config)
		mux := http.NewServeMux()
		mux.HandleFunc(c.pattern, func(http.ResponseWriter, *http.Request) {})
		request := httptest.NewRequest(c.method, "http://example.com"+c.path, nil)
		telemetryhttp.Options{Each: true}.Handler(mux).ServeHTTP(httptest.NewRecorder(), request)
		session.Stop()
		names := routeNames(c.pattern)
		for _, e := range recorded.Events() {
			if !slices.ContainsFunc(names, func(name string) bool { return matches(name, e.Name) }) {
				t.Errorf("%s %s: recorded as %s, and the manifest has %v", c.method, c.path, e.Name, names)
			}
		}
		if len(recorded.Events()) == 0 {
			t.Errorf("%s %s is not recorded", c.method, c.path)
		}
	}
}
