// Package heldout is the third of the labelled functions that was written last, by
// other ideas than package cases, and first run when all of it stood here.
package heldout

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"text/template"
	"time"
	"unicode/utf8"

	"analyzer.test/privacy/who"
	tele "github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryhttp"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryslog"
)

type server struct {
	log     *slog.Logger
	tenants map[string]tenant
	last    atomic.Value
	hooks   []func(string)
	prefix  string
}

type tenant struct {
	Contact struct {
		Mobile string `yaml:"phone_number"`
		Lang   string
	}
	Tier      string
	BirthDate time.Time
	Latitude  float64
	Tags      []string
}

type session struct {
	*tenant
	token   string
	started time.Time
	hits    int
}

type cliArgs struct {
	File    string `arg:"" help:"what to read"`
	Verbose bool   `help:"say more"`
	Region  string `env:"REGION"`
	Level   int    `env:"LEVEL"`
}

type visitor interface{ visit(string) }

type counting struct{ n int }

func (c *counting) visit(string) { c.n++ }

type shape int

const (
	round shape = iota
	square
)

func (s shape) String() string { return [...]string{"round", "square"}[s] }

type result[T any] struct {
	value T
	err   error
}

func wrap[T any](v T, err error) result[T] { return result[T]{v, err} }

func (r result[T]) get() T { return r.value }

func pick[K comparable, V any](m map[K]V, k K, otherwise V) V {
	if v, ok := m[k]; ok {
		return v
	}
	return otherwise
}

func (s *server) track(event string, attrs ...slog.Attr) {
	tele.Track(s.prefix+event, attrs...)
}

type option func(*tenant)

func withTier(t string) option { return func(o *tenant) { o.Tier = t } }

func build(opts ...option) *tenant {
	t := &tenant{}
	for _, o := range opts {
		o(t)
	}
	return t
}

// leak: struct tags
func taggedDeep(t tenant) { tele.Track("x", slog.String("m", t.Contact.Mobile)) }

// fine: field names
func language(t tenant) { tele.Track("x", slog.String("l", t.Contact.Lang)) }

// leak: numbers
func place(t *tenant) { tele.Track("x", slog.Float64("lat", t.Latitude)) }

// fine: numbers
func age(s session) { tele.Track("x", slog.Duration("age", time.Since(s.started)), slog.Int("hits", s.hits)) }

// leak: field names
func tokenOfSession(s *session) { tele.Track("x", slog.String("s", s.token[:4])) }

// fine: field names
func tokenGiven(s *session) { tele.Track("x", slog.Bool("s", s.token != "")) }

// leak: struct tags
func positional(a cliArgs) { tele.Track("x", slog.String("ext", filepath.Ext(a.File))) }

// fine: struct tags
func options(a cliArgs) { tele.Track("x", slog.Bool("v", a.Verbose), slog.Int("l", a.Level)) }

// leak: struct tags
func region(a cliArgs) { tele.Track("x", slog.String("r", a.Region)) }

// leak: maps
func tenantNames(s *server) {
	for customerID := range s.tenants {
		tele.Track("x", slog.String("c", customerID))
	}
}

// fine: maps
func tiers(s *server, id string) { tele.Track("x", slog.String("t", s.tenants[id].Tier)) }

// fine: slices
func tags(s *session) { tele.Track("x", slog.Int("t", len(s.Tags))) }

// leak: atomics
func remembered(s *server, r *http.Request) {
	s.last.Store(r.Host)
	tele.Track("x", slog.String("h", s.last.Load().(string)))
}

// leak: wrappers
func byMethod(s *server, r *http.Request) {
	s.track("asked", slog.String("q", r.URL.RawQuery))
}

// fine: wrappers
func byMethodLength(s *server, r *http.Request) {
	s.track("asked", slog.Int("q", len(r.URL.RawQuery)))
}

// leak: wrappers
func eventName(s *server, r *http.Request) { s.track(strings.Trim(r.URL.Path, "/")) }

// leak: options
func functionalOption() {
	tele.Track("x", slog.String("t", build(withTier(os.Getenv("TIER"))).Tier))
}

// fine: options
func functionalConstant() {
	t := &tenant{Tier: "free"}
	tele.Track("x", slog.String("t", t.Tier))
}

// leak: generics
func genericStruct() {
	r := wrap(os.Hostname())
	tele.Track("x", slog.String("h", r.get()))
}

// fine: generics
func genericLookup() {
	short := map[string]string{"en": "english"}
	tele.Track("x", slog.String("l", pick(short, os.Getenv("LANG"), "other")))
}

// leak: encodings
func encoded() {
	dir, _ := os.Getwd()
	tele.Track("x", slog.String("d", base64.StdEncoding.EncodeToString([]byte(dir))))
}

// leak: text
func expanded() {
	t := template.Must(template.New("x").Parse("{{.}}"))
	var b strings.Builder
	_ = t.Execute(&b, os.Args)
	tele.Track("x", tele.Text("t", b.String()))
}

// leak: text
func matched() {
	m := regexp.MustCompile(`\w+`).FindString(os.Args[1])
	tele.Track("x", slog.String("m", m))
}

// fine: text
func runes() { tele.Track("x", slog.Int("n", utf8.RuneCountInString(os.Args[1]))) }

// leak: text
func oneByOne() {
	var out []rune
	for _, r := range os.Args[1] {
		out = append(out, r)
	}
	tele.Track("x", slog.String("o", string(out)))
}

// leak: text
func copied() {
	buf := make([]byte, 8)
	n := copy(buf, os.Args[1])
	tele.Track("x", slog.String("o", string(buf[:n])))
}

// leak: errors
func pathOfError(err error) {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		tele.Track("x", slog.String("p", pe.Path))
	}
}

// fine: errors
func opOfError(err error) {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		tele.Track("x", slog.String("op", pe.Op))
	}
}

// leak: errors
func joined(a, b error) { tele.Begin(errors.Join(a, b).Error()).End(nil) }

// leak: errors
func stack() { tele.Track("x", tele.Text("stack", string(debug.Stack()))) }

// fine: errors
func parsedNumber() {
	_, err := strconv.Atoi(os.Args[1])
	tele.Track("x", slog.Bool("bad", errors.Is(err, strconv.ErrSyntax)))
}

// fine: enums
func enum(s shape) { tele.Track("x", slog.String("shape", s.String())) }

// fine: enums
func enumOfArgument() {
	s := round
	if len(os.Args) > 3 {
		s = square
	}
	tele.Track("shape." + s.String())
}

// leak: callbacks
func callback(s *server) {
	s.hooks = append(s.hooks, func(v string) { tele.Track("x", slog.String("v", v)) })
	_ = slices.IndexFunc(os.Args, func(a string) bool {
		tele.Track("x", slog.String("a", a))
		return false
	})
}

// fine: callbacks
func counted() {
	c := &counting{}
	var v visitor = c
	for _, a := range os.Args {
		v.visit(a)
	}
	tele.Count("visited", int64(c.n))
}

// leak: callbacks
func handler() {
	http.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		q := req.URL.Query()
		tele.Track("x", slog.String("q", q.Get("q")))
	})
}

// fine: callbacks
func onSignal() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	tele.Track("x", slog.String("signal", (<-c).String()))
}

// leak: contexts
func fromContext(ctx context.Context) {
	userID, _ := ctx.Value("user").(string)
	tele.Track("x", slog.String("u", userID))
}

// leak: adapters
func routes(next http.Handler) http.Handler {
	return telemetryhttp.Options{Route: func(r *http.Request) string { return r.URL.Path }}.Handler(next)
}

// fine: adapters
func patterns(next http.Handler) http.Handler {
	return telemetryhttp.Options{Route: func(r *http.Request) string { return r.Pattern }}.Handler(next)
}

// fine: adapters
func logged(next slog.Handler) slog.Handler {
	return telemetryslog.Handler(next, telemetryslog.Event{Message: "done", Keys: map[string][]string{"format": {"json", "yaml"}, "n": nil}})
}

// leak: adapters
func loggedAnything(next slog.Handler) slog.Handler {
	return telemetryslog.Handler(next, telemetryslog.Event{Message: "done", Keys: map[string][]string{"name": os.Args}})
}

// leak: files
func rows(f *os.File) {
	r := csv.NewReader(f)
	row, _ := r.Read()
	tele.Track("x", slog.String("first", row[0]))
}

// fine: files
func columns(f *os.File) {
	row, _ := csv.NewReader(f).Read()
	tele.Measure("columns", float64(len(row)), tele.One)
}

// leak: addresses
func resolved() {
	list, _ := net.LookupHost("localhost")
	tele.Track("x", slog.String("a", list[0]))
}

// fine: addresses
func fastest() {
	list, _ := net.InterfaceAddrs()
	tele.Count("interfaces", int64(len(list)))
}

// leak: defaults
func defaulted() {
	tele.Track("x", slog.String("e", cmp.Or(os.Getenv("EDITOR"), "vi")))
}

// fine: defaults
func compared() { tele.Track("x", slog.Int("c", cmp.Compare(os.Args[1], "m"))) }

// leak: switches
func switched(v any) {
	switch v := v.(type) {
	case error:
		tele.Track("x", slog.String("e", v.Error()))
	case int:
		tele.Track("x", slog.Int("n", v))
	}
}

// fine: switches
func switchedConstants() {
	kind := "other"
	switch os.Args[1] {
	case "get", "put":
		kind = "known"
	}
	tele.Track("x", slog.String("kind", kind))
}

// leak: deferred
func deferredArgument() (err error) {
	name := os.Args[1]
	t := tele.Begin("x")
	defer t.End(&err, tele.Value("n", len(name)), slog.String("name", name))
	return nil
}

// fine: deferred
func deferredCount() (err error) {
	t := tele.Begin("x")
	defer t.End(&err, tele.Value("n", len(os.Args)), tele.Value("ok", err == nil))
	return nil
}

// leak: packages
func structOfPackage() {
	a := *who.Load()
	tele.Track("x", slog.String("o", fmt.Sprint(a.Owner, a.Seats)))
}

// fine: packages
func formattedSeats() { tele.Track("x", slog.String("s", fmt.Sprintf("%d", who.Load().Seats))) }

// leak: arrays
func array() {
	pair := [2]string{"a", os.Args[1]}
	tele.Track("x", slog.String("p", pair[1]))
}

// fine: look-alikes
func addressable(tokenizer, emailFormat, secretariat, phonetics string) {
	tele.Track("x", slog.String("a", tokenizer), slog.String("b", emailFormat), slog.String("c", secretariat), slog.String("d", phonetics))
}

// useless: attributes
func birthday(t tenant) { tele.Track("x", slog.Time("b", t.BirthDate)) }

// useless: attributes
func list(s *session) { tele.Track("x", slog.Any("tags", s.Tags)) }
