package telemetryhttp_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryhttp"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// routes are a mux whose handlers answer as their paths say.
func routes() *http.ServeMux {
	mux := http.NewServeMux()
	answer := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("id") {
		case "bob":
			http.NotFound(w, r)
		case "crash":
			panic(http.ErrAbortHandler)
		case "broken":
			http.Error(w, "no", http.StatusServiceUnavailable)
		default:
			_, _ = io.WriteString(w, "hello") // 200, which nobody says
		}
	})
	mux.HandleFunc("POST /users/{$}", answer(http.StatusCreated))
	mux.HandleFunc("/Files/{path...}", answer(http.StatusNoContent))
	mux.HandleFunc("/static/", answer(http.StatusFound))
	mux.HandleFunc("/silent", func(http.ResponseWriter, *http.Request) {})
	return mux
}

// ask sends requests to a real server, "GET /users/1".
func ask(t *testing.T, h http.Handler, requests ...string) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	client := server.Client()
	client.Transport.(*http.Transport).DisableKeepAlives = true // else it asks again after a crash
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, r := range requests {
		method, path, _ := strings.Cut(r, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		} else if !strings.Contains(r, "crash") {
			t.Fatal(err)
		}
	}
}

func TestHandler(t *testing.T) {
	recorded := telemetrytest.Start(t)
	ask(t, telemetryhttp.Handler(routes()),
		"GET /users/1", "GET /users/2", "HEAD /users/3", "GET /users/bob", "GET /users/crash", "GET /users/broken",
		"POST /users/", "GET /Files/home/bob/tax.pdf", "GET /static/x.css", "GET /silent",
		"GET /nothing/of/alice@example.com", "BREW /silent", "DELETE /users/1",
	)
	want := map[string]telemetrytest.Count{
		"http.get.users._id":     {Calls: 4, Errors: 1, Panics: 1},
		"http.head.users._id":    {Calls: 1},
		"http.get.users._id.4xx": {Calls: 1},
		"http.post.users.-":      {Calls: 1},
		"http.get.files._path_":  {Calls: 1},
		"http.get.static._":      {Calls: 1},
		"http.get.silent":        {Calls: 1},
		"http.other.silent":      {Calls: 1},
		"http.get.unmatched.4xx": {Calls: 1},
		// A path without that method: the mux answers 405.
		"http.delete.unmatched.4xx": {Calls: 1},
	}
	if diff := cmp.Diff(want, recorded.Features()); diff != "" {
		t.Error(diff)
	}
}

func TestEach(t *testing.T) {
	recorded := telemetrytest.Start(t)
	ask(t, telemetryhttp.Options{Each: true}.Handler(routes()), "GET /users/bob", "POST /users/", "GET /users/broken")
	var got []string
	for _, e := range recorded.Events() {
		got = append(got, fmt.Sprint(e.Name, " ", e.Outcome, " ", e.ErrorType, " ", e.Attributes["method"], " ", e.Attributes["status"]))
		if strings.Contains(e.JSON, "bob") {
			t.Errorf("a path was recorded: %s", e.JSON)
		}
	}
	want := []string{
		"http.get.users._id ok  get 4xx",
		"http.post.users.- ok  post 2xx",
		"http.get.users._id error http.503 get 5xx",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNothingIsWrapped holds that the handler gets what the server made.
func TestNothingIsWrapped(t *testing.T) {
	telemetrytest.Start(t)
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	telemetryhttp.Handler(http.HandlerFunc(func(gotW http.ResponseWriter, gotR *http.Request) {
		if gotW != http.ResponseWriter(w) || gotR != r {
			t.Errorf("the handler gets %T and another request", gotW)
		}
	})).ServeHTTP(w, r)
}

// TestBoundedNames holds against a Route that returns what it must not.
func TestBoundedNames(t *testing.T) {
	recorded := telemetrytest.Start(t)
	h := telemetryhttp.Options{Route: func(r *http.Request) string { return r.URL.Path }}.Handler(routes())
	for i := range 1100 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, fmt.Sprintf("/silent%d", i), nil))
	}
	if n := len(recorded.Features()); n != 1001 {
		t.Errorf("%d names", n)
	}
	if got := recorded.Features()["http.other"].Calls; got != 100 {
		t.Errorf("%d others", got)
	}
}

// TestPatternsOfAnyKind holds that no pattern is lost for its letters.
func TestPatternsOfAnyKind(t *testing.T) {
	for pattern, want := range map[string]string{
		"/":                         "http.get._",
		"/{$}":                      "http.get.-",
		"example.com/a b":           "http.get.b", // net/http refuses it, too
		"GET  example.com/v1/Ärzte": "http.get.example.com.v1._rzte",
		"POST /x":                   "http.get.x",
	} {
		recorded := telemetrytest.New(t, "t")
		session := telemetry.Start(recorded.Config)
		h := telemetryhttp.Options{Route: func(*http.Request) string { return pattern }}.Handler(http.NewServeMux())
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/secret", nil))
		session.Stop()
		if got := recorded.Features(); got[want+".4xx"].Calls != 1 {
			t.Errorf("%s: want %s, got %v", pattern, want, got)
		}
	}
}

func TestOff(t *testing.T) {
	h := telemetryhttp.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n != 0 {
		t.Errorf("%v allocations while off", n)
	}
}

func BenchmarkHandler(b *testing.B) {
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { r.Pattern = "GET /users/{id}" })
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/users/1", nil)
	w.WriteHeader(http.StatusOK)
	serve := func(h http.Handler) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		}
	}
	b.Run("bare", serve(next))
	b.Run("off", serve(telemetryhttp.Handler(next)))
	b.Run("on", func(b *testing.B) {
		telemetrytest.Start(b)
		serve(telemetryhttp.Handler(next))(b)
	})
}

func Example() {
	defer telemetry.Start(telemetry.Config{Service: "myserver"}).Stop()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(http.ResponseWriter, *http.Request) {})

	// Counted as http.get.users._id, whoever the user is.
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: telemetryhttp.Handler(mux)}
	_ = server // server.ListenAndServe()
}
