package telemetry

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// handler is a handler as the generator leaves it.
func handler(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer tkEach.Begin().EndStatus(w)
		do(w, r)
	}
}

func answering(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if status != 0 {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, "x")
	}
}

// middleware gives a handler another writer.
func middleware(wrap func(http.ResponseWriter) http.ResponseWriter, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(wrap(w), r) })
}

// The writers that people put around another one.
type (
	embedding struct {
		http.ResponseWriter
		status string // of no kind that could be meant
	}
	unwrapping struct{ inner http.ResponseWriter }
	telling    struct {
		http.ResponseWriter
		code int
	}
	circular struct{ http.ResponseWriter }
	failing  struct{ http.ResponseWriter }
	secret   struct{ inner http.ResponseWriter }
)

func (w unwrapping) Header() http.Header         { return w.inner.Header() }
func (w unwrapping) Write(p []byte) (int, error) { return w.inner.Write(p) }
func (w unwrapping) WriteHeader(status int)      { w.inner.WriteHeader(status) }
func (w unwrapping) Unwrap() http.ResponseWriter { return w.inner }
func (w *telling) WriteHeader(status int)        { w.code = status }
func (w *telling) Status() int                   { return w.code }
func (w *circular) Unwrap() http.ResponseWriter  { return w }
func (w failing) Status() int                    { panic("no status today") }
func (w *secret) Header() http.Header            { return w.inner.Header() }
func (w *secret) Write(p []byte) (int, error)    { return w.inner.Write(p) }
func (w *secret) WriteHeader(status int)         { w.inner.WriteHeader(status) }

// servers are ways to serve, each over a connection of its own.
func servers() map[string]func(h http.Handler) *httptest.Server {
	return map[string]func(h http.Handler) *httptest.Server{
		"HTTP/1.1": func(h http.Handler) *httptest.Server {
			s := unstarted(h)
			s.Start()
			return s
		},
		"HTTP/2.0": func(h http.Handler) *httptest.Server {
			s := unstarted(h)
			s.EnableHTTP2 = true
			s.StartTLS()
			return s
		},
	}
}

func unstarted(h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// TestEndStatus asks real servers, of HTTP/1 and HTTP/2, and compares what was
// recorded.
func TestEndStatus(t *testing.T) {
	success := event.Call{Outcome: event.OK, Success: true}
	failed := func(kind string) event.Call { return event.Call{Outcome: event.Error, ErrorType: kind} }
	around := func(wrap func(http.ResponseWriter) http.ResponseWriter, status int) http.Handler {
		return middleware(wrap, handler(answering(status)))
	}
	for _, c := range []struct {
		name string
		h    http.Handler
		want event.Call
	}{
		{"nothing written", handler(func(http.ResponseWriter, *http.Request) {}), success},
		{"200 by writing", handler(answering(0)), success},
		{"204", handler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }), success},
		{"302", handler(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }), success},
		{"404", handler(answering(404)), success},
		{"500", handler(answering(500)), failed("http.500")},
		{"503", handler(answering(503)), failed("http.503")},
		{"999", handler(answering(999)), failed("http.other")},
		{"503 after hints", handler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(503) }), failed("http.503")},
		{"500 after 200", handler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); w.WriteHeader(500) }), success},
		{"too large a body", handler(tooLarge), success},
		{"flushed", handler(flushing), failed("http.502")},
		{"embedded", around(func(w http.ResponseWriter) http.ResponseWriter { return &embedding{w, "500"} }, 500), failed("http.500")},
		{"embedded by value", around(func(w http.ResponseWriter) http.ResponseWriter { return embedding{embedding{w, ""}, ""} }, 500), failed("http.500")},
		{"unwrapped", around(func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{unwrapping{w}} }, 500), failed("http.500")},
		{"told", around(func(w http.ResponseWriter) http.ResponseWriter { return &telling{w, 0} }, 500), failed("http.500")},
		{"told 404", around(func(w http.ResponseWriter) http.ResponseWriter { return &telling{w, 0} }, 404), success},
		{"a panic in Status", around(func(w http.ResponseWriter) http.ResponseWriter { return failing{w} }, 500), success},
		{"unknown", around(func(w http.ResponseWriter) http.ResponseWriter { return &secret{w} }, 500), success},
		{"in time", http.TimeoutHandler(handler(answering(500)), time.Minute, ""), failed("http.500")},
		{"around a timeout", handler(http.TimeoutHandler(waiting(), time.Millisecond, "").ServeHTTP), failed("http.503")},
	} {
		for protocol, serve := range servers() {
			t.Run(c.name+" "+protocol, func(t *testing.T) {
				s, dir := start(t, Config{})
				ask(t, serve(c.h), protocol)
				s.Stop()
				c.want.Feature = tkEach.Name
				checkOnly(t, dir, c.want)
			})
		}
	}
}

// ask sends one request and stops the server.
func ask(t *testing.T, s *httptest.Server, protocol string) {
	t.Helper()
	defer s.Close()
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer client.CloseIdleConnections()
	resp, err := client.Post(s.URL, "text/plain", strings.NewReader("a body"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.Proto != protocol {
		t.Errorf("the server speaks %s, want %s", resp.Proto, protocol)
	}
}

func checkOnly(t *testing.T, dir string, want event.Call) {
	t.Helper()
	records := spooled(t, dir)
	if len(records) != 1 {
		t.Fatalf("%d records, want one", len(records))
	}
	got := data[event.Call](t, records[0])
	got.DurationMS = 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// tooLarge reads more than it may: the server answers 413.
func tooLarge(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 2)); err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
	}
}

// flushing needs what the server's own writer can do.
func flushing(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusBadGateway)
	w.(http.Flusher).Flush()
	fmt.Fprint(w, "more")
}

func waiting() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}

// The writers of tests say what they recorded.
func TestEndStatusRecorder(t *testing.T) {
	for status, want := range map[int]event.Call{
		0:   {Outcome: event.OK, Success: true},
		404: {Outcome: event.OK, Success: true},
		500: {Outcome: event.Error, ErrorType: "http.500"},
	} {
		s, dir := start(t, Config{})
		handler(answering(status))(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		s.Stop()
		want.Feature = tkEach.Name
		checkOnly(t, dir, want)
	}
}

// A hijacked connection is the handler's; so is its writer.
func TestEndStatusHijacked(t *testing.T) {
	s, dir := start(t, Config{})
	left := make(chan struct{}) // the server does not wait for such handlers
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		handler(hijacking)(w, r)
	}))
	ask(t, server, "HTTP/1.1")
	<-left
	s.Stop()
	checkOnly(t, dir, event.Call{Feature: tkEach.Name, Outcome: event.OK, Success: true})
}

func hijacking(w http.ResponseWriter, _ *http.Request) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = buffered.WriteString("HTTP/1.1 500 Mine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	_ = buffered.Flush()
}

// A handler that goes on after http.TimeoutHandler has answered in its place,
// while the server's own goroutine writes: the race detector watches.
func TestEndStatusAfterTimeout(t *testing.T) {
	s, dir := start(t, Config{})
	var left sync.WaitGroup
	left.Add(1)
	server := httptest.NewServer(http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer left.Done()
		handler(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(500)
		})(w, r)
	}), time.Millisecond, ""))
	ask(t, server, "HTTP/1.1")
	left.Wait()
	s.Stop()
	if n := len(spooled(t, dir)); n != 1 {
		t.Errorf("%d records, want one", n)
	}
}

// A client that goes away in the middle, and a server that is shut down.
func TestEndStatusClientGone(t *testing.T) {
	s, dir := start(t, Config{})
	begun, ended := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		handler(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			w.WriteHeader(500)
		})(w, r)
	}))
	defer server.Close()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-begun
	conn.Close()
	<-ended
	s.Stop()
	checkOnly(t, dir, event.Call{Feature: tkEach.Name, Outcome: event.Error, ErrorType: "http.500"})
}

// What is no writer at all says nothing, and does no harm.
func TestEndStatusOfAnything(t *testing.T) {
	c := &circular{}
	c.ResponseWriter = c
	for _, w := range []any{nil, 7, "x", (*embedding)(nil), embedding{}, &embedding{}, unwrapping{}, &unwrapping{}, c, (*httptest.ResponseRecorder)(nil), struct{}{}} {
		if got := statusOf(w); got != 0 {
			t.Errorf("%T: status %d", w, got)
		}
	}
}
