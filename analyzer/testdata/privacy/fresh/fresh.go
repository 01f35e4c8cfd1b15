// Package fresh is the rest of the held-out third of the labelled functions: written
// after the analyzer had landed, and first run when all of it stood here.
package fresh

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/textproto"
	"os"
	"os/user"
	"path"
	"strings"
	"sync"
	"text/scanner"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

type invoice struct {
	XMLName  xml.Name
	IBAN     string
	Customer string `xml:"customer_id"`
	Currency string
	Lines    []struct {
		SKU   string
		Email *string
	}
	Notes map[string]string
}

type tree struct {
	left, right *tree
	label       string
}

type pool struct {
	mu    sync.Mutex
	items []*tree
	byKey sync.Map
}

type reader interface{ read() string }

type envReader struct{}

func (envReader) read() string { return os.Getenv("X") }

type lexer struct {
	token rune
	text  string
}

type ticket struct {
	issue    string
	secretly bool
	ipv6only bool
}

type status string

const (
	open   status = "open"
	closed status = "closed"
)

func stateOf(n int) status {
	if n > 0 {
		return open
	}
	return closed
}

func tokens(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(s, ",") {
			if !yield(part) {
				return
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func redact(string) string { return "***" }

func apply(f func(string) string, s string) string { return f(s) }

func emit(kind string, parts ...any) {
	telemetry.Track("emitted", slog.String("kind", kind), slog.Int("parts", len(parts)))
}

func emitAll(m map[string]string) {
	for k, v := range m {
		telemetry.Track("pair", slog.Int("k", len(k)), slog.String("v", v))
	}
}

func chain(next func(string)) func(string) {
	return func(s string) { next(strings.ToUpper(s)) }
}

// leak: field names
func account(i *invoice) { telemetry.Track("paid", slog.String("a", i.IBAN)) }

// leak: struct tags
func customer(i invoice) { telemetry.Track("paid", slog.String("c", i.Customer)) }

// fine: field names
func currency(i invoice) { telemetry.Track("paid", slog.String("c", i.Currency)) }

// leak: pointers
func lineEmail(i invoice) {
	for _, l := range i.Lines {
		if l.Email != nil {
			telemetry.Track("paid", slog.String("e", *l.Email))
		}
	}
}

// fine: slices
func lineSKU(i invoice) { telemetry.Track("paid", slog.String("s", i.Lines[0].SKU)) }

// leak: pointers
func treeLabel() {
	t := &tree{left: &tree{label: must(os.Hostname())}}
	telemetry.Track("x", slog.String("l", t.left.label))
}

// fine: pointers
func treeConstant() {
	t := &tree{left: &tree{label: "leaf"}, label: os.Args[0]}
	telemetry.Track("x", slog.String("l", t.left.label))
}

// leak: interfaces
func readerOfEnvironment(r reader) { telemetry.Track("x", slog.String("l", r.read())) }

// leak: generics
func mustUser() { telemetry.Track("x", slog.String("l", must(user.Current()).Name)) }

// fine: enums
func state() { telemetry.Track("x", slog.String("s", string(stateOf(len(os.Args))))) }

// leak: iterators
func iterated() {
	for t := range tokens(os.Args[1]) {
		telemetry.Track("x", slog.String("t", t))
	}
}

// fine: iterators
func iteratedCount() {
	n := 0
	for range tokens(os.Args[1]) {
		n++
	}
	telemetry.Track("x", slog.Int("n", n))
}

// fine: calls
func redacted() { telemetry.Track("x", slog.String("r", redact(os.Args[1]))) }

// leak: function values
func applied() { telemetry.Track("x", slog.String("r", apply(strings.TrimSpace, os.Args[1]))) }

// leak: function values
func chained() {
	f := chain(func(s string) { telemetry.Track("x", slog.String("s", s)) })
	f(os.Args[1])
}

// fine: variadic
func emitted() { emit("start", os.Args[1], os.Getenv("X")) }

// leak: variadic
func emittedKind() { emit(os.Args[1], "a") }

// leak: maps
func mapArgument() { emitAll(map[string]string{"a": os.Args[1]}) }

// fine: maps
func mapKeysOnly() { emitAll(map[string]string{os.Args[1]: "a"}) }

// leak: sync
func syncMap(p *pool) {
	p.byKey.Store("dir", must(os.Getwd()))
	v, _ := p.byKey.Load("dir")
	telemetry.Track("x", slog.String("v", v.(string)))
}

// fine: look-alikes
func lexed(l lexer) { telemetry.Track("x", slog.String("t", scanner.TokenString(l.token))) }

// fine: look-alikes
func bools(t ticket) {
	telemetry.Track("x", slog.Bool("s", t.secretly), slog.Bool("v6", t.ipv6only))
}

// fine: look-alikes
func codes() {
	const passwordRule = "strict"
	addressFamily, phoneFormat := "inet", "e164"
	telemetry.Track("x", slog.String("r", passwordRule), slog.String("f", addressFamily), slog.String("p", phoneFormat))
}

// leak: requests
func multipart(w http.ResponseWriter, r *http.Request) {
	_, head, err := r.FormFile("f")
	if err == nil {
		telemetry.Track("uploaded", slog.String("n", path.Ext(head.Filename)))
	}
}

// leak: requests
func headerNames(w http.ResponseWriter, r *http.Request) {
	for name := range r.Header {
		telemetry.Track("header", slog.String("n", textproto.CanonicalMIMEHeaderKey(name)))
	}
}

// fine: requests
func statusOf(resp *http.Response) {
	telemetry.Track("answered", slog.Int("s", resp.StatusCode), slog.String("t", http.StatusText(resp.StatusCode)))
}

// leak: requests
func middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer telemetry.Begin("serve").End(nil, slog.String("to", r.URL.Hostname()))
		next.ServeHTTP(w, r)
	})
}

// leak: text
func rendered(w io.Writer) {
	var out bytes.Buffer
	_ = template.Must(template.New("").Parse("{{.}}")).Execute(&out, os.Environ())
	telemetry.Track("x", telemetry.Text("t", out.String()))
}

// leak: text
func byBytes() {
	b := []byte("x:")
	b = append(b, os.Args[1]...)
	b = fmt.Appendf(b, "%d", 2)
	telemetry.Track("x", slog.String("b", string(b)))
}

// fine: text
func cutFlag() {
	_, _, found := strings.Cut(os.Args[1], "=")
	telemetry.Track("x", slog.Bool("f", found))
}

// leak: text
func cutValue() {
	_, value, _ := strings.Cut(os.Args[1], "=")
	telemetry.Track("x", slog.String("f", value))
}

// leak: goroutines
func selected(done chan struct{}) {
	c := make(chan string)
	go func() { c <- os.Args[1] }()
	select {
	case v := <-c:
		telemetry.Track("x", slog.String("v", v))
	case <-done:
	}
}

// fine: goroutines
func selectedConstant(done chan struct{}) {
	c := make(chan string)
	go func() { c <- "ready" }()
	select {
	case v := <-c:
		telemetry.Track("x", slog.String("v", v))
	case <-done:
	}
}

// leak: closures
func counter() {
	last := ""
	add := func(s string) { last = s }
	for _, a := range os.Args {
		add(a)
	}
	telemetry.Track("x", slog.String("last", last))
}

// leak: errors
func wrapped() error {
	err := fmt.Errorf("reading %s: %w", os.Args[1], os.ErrNotExist)
	telemetry.Track("x", slog.String("e", strings.SplitN(err.Error(), ":", 2)[0]))
	return err
}

// fine: errors
func causes(err error) {
	n := 0
	for ; err != nil; n++ {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = u.Unwrap()
	}
	telemetry.Track("x", slog.Int("depth", n))
}

// leak: names
func numbered() {
	for i := range 3 {
		telemetry.Measure(fmt.Sprint("disk.", i), 1, telemetry.One)
	}
}

// fine: names
func table() {
	names := [...]string{"a.b", "c.d"}
	for _, n := range names {
		telemetry.Count(n, 1)
	}
}

// leak: choices
func choicesOfFiles() {
	var names []string
	for _, e := range must(os.ReadDir(".")) {
		names = append(names, e.Name())
	}
	telemetry.Track("x", telemetry.OneOf("f", os.Args[1], names...))
}
