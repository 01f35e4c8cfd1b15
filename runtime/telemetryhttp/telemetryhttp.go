// Package telemetryhttp records the requests that an HTTP server answers, by the
// patterns of its routes and never by their paths.
//
// In comes a handler; out goes one that does the same and counts each request as
// a call of a feature:
//
//	http.ListenAndServe(addr, telemetryhttp.Handler(mux))
//
// "GET /users/{id}" is the feature "http.get.users._id". Its errors are the
// answers of 500 and above; its panics are panics. Answers of 400 to 499 are
// counted apart, as "http.get.users._id.4xx": they tell about those who ask, and
// would blur rate and duration of the rest. What matches no route is
// "http.get.unmatched", whatever was asked for.
//
// The handler gets the http.ResponseWriter and the *http.Request that the server
// made: nothing is wrapped, and no context is bound anew. So the status is seen
// where telemetry.Timer.EndStatus finds it: in net/http's own writers.
package telemetryhttp

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Options change what [Handler] does. The zero value is what Handler is.
type Options struct {
	// Each records every request by itself, with the attributes "method" and
	// "status" ("2xx"), instead of counting: for servers with few requests. Then
	// answers of 400 to 499 are not told apart by name.
	Each bool
	// Route returns the pattern of a request that was just answered, for routers
	// that do not set its Pattern. It must never return what the client chose, as
	// a path: of more than 1,000 names, the rest is "other". Nil: r.Pattern.
	Route func(*http.Request) string
}

// Handler records the requests that next answers. It stands directly around the
// mux: the pattern is written to the request that the mux is given, and whatever
// copies the request in between (http.Request.WithContext) hides it.
func Handler(next http.Handler) http.Handler { return Options{}.Handler(next) }

// Handler is [Handler] with options.
func (o Options) Handler(next http.Handler) http.Handler {
	if o.Route == nil {
		o.Route = func(r *http.Request) string { return r.Pattern }
	}
	return &handler{next: next, options: o, points: telemetry.Points[key]{Name: key.name, Other: "http.other", Each: o.Each}}
}

type handler struct {
	next    http.Handler
	options Options
	points  telemetry.Points[key]
}

// key is what a name is made of.
type key struct{ method, pattern, class string }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := telemetry.BeginCall()
	defer call.EndStatus(w)
	// Runs first, after a panic as well: only then the route is known.
	defer h.name(&call, w, r)
	h.next.ServeHTTP(w, r)
}

func (h *handler) name(call *telemetry.Call, w http.ResponseWriter, r *http.Request) {
	if !call.Recording() {
		return
	}
	k := key{method: method(r.Method), pattern: h.options.Route(r)}
	status := telemetry.Status(w)
	if h.options.Each {
		call.Add(slog.String("method", k.method))
		if status != 0 {
			call.Add(slog.String("status", class(status)))
		}
	} else if status >= 400 && status < 500 {
		k.class = class(status)
	}
	call.Name(h.points.Of(k))
}

// name puts method, pattern and class together.
func (k key) name() string {
	parts := append([]string{"http", k.method}, route(k.pattern)...)
	if k.class != "" {
		parts = append(parts, k.class)
	}
	return strings.Join(parts, ".")
}

// route makes parts of a name of a pattern as net/http writes them,
// "[METHOD ][HOST]/PATH". A wildcard {id} becomes "_id", {path...} "_path_", the
// end of a subtree "_" and {$} "-".
func route(pattern string) []string {
	if _, rest, ok := strings.Cut(pattern, " "); ok {
		pattern = strings.TrimLeft(rest, " \t")
	}
	if pattern == "" {
		return []string{"unmatched"}
	}
	segments := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	for i, s := range segments {
		segments[i] = segment(s)
	}
	return segments
}

func segment(s string) string {
	inner, wildcard := strings.CutPrefix(s, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	switch {
	case s == "":
		return "_"
	case s == "{$}":
		return "-"
	case wildcard && closed:
		if name, rest := strings.CutSuffix(inner, "..."); rest {
			return "_" + telemetry.Letters(name, "-.") + "_"
		}
		return "_" + telemetry.Letters(inner, "-.")
	default:
		return telemetry.Letters(s, "-.")
	}
}

// method is one of RFC 9110 and RFC 5789, in lower case; clients can send any
// word for one.
func method(m string) string {
	switch m {
	case "": // net/http's clients mean GET by it
		return "get"
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return strings.ToLower(m)
	default:
		return "other"
	}
}

func class(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}[status/100-1]
}
