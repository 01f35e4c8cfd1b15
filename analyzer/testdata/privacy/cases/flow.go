package cases

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"analyzer.test/privacy/who"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func arg() string { return os.Args[1] }

func same[T any](v T) T { return v }

func firstOf[T any](list []T) T { return list[0] }

func record(v string) { telemetry.Track("recorded", slog.String("v", v)) }

func recordTwice(v string) { record(strings.TrimSpace(v)) }

func both() (verb, object string) { return "get", os.Args[2] }

func named() (s string) {
	defer func() { s = os.Getenv("X") }()
	return "constant"
}

func classify(s string) string {
	switch {
	case strings.HasPrefix(s, "/"):
		return "absolute"
	case s == "":
		return "none"
	}
	return "relative"
}

func fill(to *string) { *to = os.Args[1] }

type options struct {
	format, file string
	nested       struct{ target string }
}

func parse() options {
	o := options{format: "json", file: os.Args[1]}
	o.nested.target = os.Args[2]
	return o
}

type base struct{ value string }

type derived struct {
	base
	n int
}

type namer interface{ called() string }

type fixed struct{}

type typed struct{ text string }

func (fixed) called() string { return "fixed" }

func (t typed) called() string { return t.text }

type onlyFixed interface{ word() string }

func (fixed) word() string { return "word" }

// leak: variables
func alias() {
	a := os.Args
	b := a[1:]
	c := b[0]
	telemetry.Track("x", slog.String("v", c))
}

// fine: variables
func overwritten() {
	v := os.Args[1]
	_ = v
	v = "constant"
	telemetry.Track("x", slog.String("v", v))
}

// leak: variables
func oneBranch() {
	v := "none"
	if len(os.Args) > 1 {
		v = os.Args[1]
	}
	telemetry.Track("x", slog.String("v", v))
}

// fine: variables
func branches() {
	v := "none"
	if len(os.Args) > 1 {
		v = "some"
	}
	telemetry.Track("x", slog.String("v", v))
}

// leak: text
func concatenated() { telemetry.Track("x", slog.String("v", "a-"+os.Args[1]+"-b")) }

// leak: text
func formatted() { telemetry.Track("x", slog.String("v", fmt.Sprintf("%s:%d", arg(), 1))) }

// leak: text
func built() {
	var b strings.Builder
	b.WriteString("v=")
	b.WriteString(os.Args[1])
	telemetry.Track("x", slog.String("v", b.String()))
}

// leak: text
func buffered() {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s", os.Args[1])
	telemetry.Track("x", slog.String("v", b.String()))
}

// leak: text
func replaced() {
	telemetry.Track("x", slog.String("v", strings.ToLower(strings.ReplaceAll(os.Args[1], "a", "b"))))
}

// leak: calls
func called() { telemetry.Track("x", slog.String("v", arg())) }

// leak: calls
func second() {
	_, object := both()
	telemetry.Track("x", slog.String("v", object))
}

// fine: calls
func first() {
	verb, _ := both()
	telemetry.Track("x", slog.String("v", verb))
}

// leak: calls
func recorded() { record(os.Args[1]) }

// leak: calls
func recordedTwice() { recordTwice(os.Getenv("X")) }

// fine: calls
func recordedConstant() { recordTwice("constant") }

// leak: named results
func namedResult() { telemetry.Track("x", slog.String("v", named())) }

// fine: lookups
func classified() { telemetry.Track("x", slog.String("v", classify(os.Args[1]))) }

// fine: lookups
func mapped() {
	words := map[string]string{"g": "get", "p": "put"}
	telemetry.Track("x", slog.String("v", words[os.Args[1]]))
}

// leak: maps
func inMap() {
	m := map[string]string{"v": os.Args[1]}
	telemetry.Track("x", slog.String("v", m["v"]))
}

// leak: maps
func keysOfMap() {
	m := map[string]int{}
	m[os.Args[1]]++
	for k, n := range m {
		telemetry.Track("x", slog.Int(k, n))
	}
}

// fine: maps
func valuesOfMap() {
	m := map[string]int{}
	m[os.Args[1]]++
	for _, n := range m {
		telemetry.Track("x", slog.Int("n", n))
	}
}

// leak: slices
func ranged() {
	for _, a := range os.Args[1:] {
		telemetry.Track("x", slog.String("v", a))
	}
}

// fine: slices
func indexes() {
	for i := range os.Args {
		telemetry.Track("x", slog.Int("i", i))
	}
}

// leak: slices
func appended() {
	var list []string
	list = append(list, "a", os.Args[1])
	telemetry.Track("x", slog.String("v", list[len(list)-1]))
}

// leak: fields
func field() { telemetry.Track("x", slog.String("v", parse().file)) }

// fine: fields
func otherField() { telemetry.Track("x", slog.String("v", parse().format)) }

// leak: fields
func nestedField() {
	o := parse()
	p := &o
	telemetry.Track("x", slog.String("v", p.nested.target))
}

// leak: fields
func embedded() {
	d := derived{base: base{value: os.Args[1]}, n: 2}
	telemetry.Track("x", slog.String("v", d.value))
}

// fine: fields
func embeddedNumber() {
	d := derived{base: base{value: os.Args[1]}, n: 2}
	telemetry.Track("x", slog.Int("v", d.n))
}

// leak: closures
func closure() {
	v := os.Args[1]
	func() { telemetry.Track("x", slog.String("v", v)) }()
}

// leak: closures
func closureWrites() {
	var v string
	set := func() { v = os.Args[1] }
	set()
	telemetry.Track("x", slog.String("v", v))
}

// leak: closures
func closureParameter() {
	track := func(v string) { telemetry.Track("x", slog.String("v", v)) }
	track("constant")
	track(os.Args[1])
}

// fine: closures
func closureConstant() {
	track := func(v string) { telemetry.Track("x", slog.String("v", v)) }
	track("constant")
}

// leak: closures
func deferredClosure() {
	v := ""
	defer func() { telemetry.Track("x", slog.String("v", v)) }()
	v = os.Args[1]
}

// leak: closures
func once() {
	var o sync.Once
	v := arg()
	o.Do(func() { telemetry.Track("x", slog.String("v", v)) })
}

// leak: method values
func methodValue() {
	f := typed{os.Args[1]}.called
	telemetry.Track("x", slog.String("v", f()))
}

// fine: method values
func methodValueFixed() {
	f := fixed{}.called
	telemetry.Track("x", slog.String("v", f()))
}

// leak: method values
func functionValue() {
	f := telemetry.Track
	f(os.Args[1])
}

// leak: generics
func generic() { telemetry.Track("x", slog.String("v", same(os.Args[1]))) }

// leak: generics
func genericFirst() { telemetry.Track("x", slog.String("v", firstOf(os.Args))) }

// fine: generics
func genericConstant() { telemetry.Track("x", slog.String("v", same("constant"))) }

// leak: interfaces
func byInterface(n namer) {
	n = typed{os.Args[1]}
	telemetry.Track("x", slog.String("v", n.called()))
}

// fine: interfaces
func byOnlyFixed(n onlyFixed) { telemetry.Track("x", slog.String("v", n.word())) }

// leak: interfaces
func asserted() {
	var v any = os.Args[1]
	if s, ok := v.(string); ok {
		telemetry.Track("x", slog.String("v", s))
	}
}

// leak: channels
func received() {
	c := make(chan string, 1)
	c <- os.Args[1]
	telemetry.Track("x", slog.String("v", <-c))
}

// leak: pointers
func filled() {
	var s string
	fill(&s)
	telemetry.Track("x", slog.String("v", s))
}

// leak: iterators
func sortedKeys() {
	m := map[string]bool{os.Args[1]: true}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		telemetry.Track("x", slog.String("k", k))
	}
}

// leak: goroutines
func goroutine() {
	go record(os.Args[1])
}

// leak: attributes
func list() {
	attrs := []slog.Attr{slog.Int("n", 1)}
	attrs = append(attrs, slog.String("v", os.Args[1]))
	telemetry.Track("x", attrs...)
}

// fine: attributes
func listOfNumbers() {
	attrs := []slog.Attr{slog.Int("n", len(os.Args))}
	telemetry.Track("x", attrs...)
}

// leak: attributes
func literal() {
	telemetry.Track("x", slog.Attr{Key: "v", Value: slog.StringValue(os.Args[1])})
}

// leak: attributes
func anyString() { telemetry.Track("x", slog.Any("v", os.Args[1])) }

// useless: attributes
func anyStruct() { telemetry.Track("x", slog.Any("v", parse())) }

// useless: attributes
func group() { telemetry.Track("x", slog.Group("g", slog.String("v", os.Args[1]))) }

// leak: attributes
func keyOfAttribute() { telemetry.Track("x", slog.Bool(os.Args[1], true)) }

// leak: attributes
func atEnd() (err error) {
	defer telemetry.Begin("x").End(&err, slog.String("v", os.Args[1]))
	return nil
}

// leak: attributes
func added() {
	c := telemetry.BeginCall()
	c.Add(slog.String("v", os.Args[1]))
}

// useless: choices
func noChoices() { telemetry.Track("x", telemetry.OneOf("v", os.Args[1])) }

// leak: choices
func ownChoice() { telemetry.Track("x", telemetry.OneOf("v", os.Args[1], os.Args...)) }

var formats = []string{"json", "yaml"}

// fine: choices
func variableChoices() { telemetry.Track("x", telemetry.OneOf("v", os.Args[1], formats...)) }

// leak: names
func madeName(n int) { telemetry.Track(fmt.Sprintf("step.%d", n)) }

// fine: names
func chosenName(ok bool) {
	name := "yes"
	if !ok {
		name = "no"
	}
	telemetry.Track(name)
}

// leak: names
func countName() { telemetry.Count("used."+arg(), 1) }

// leak: names
func point() { _ = telemetry.Point{Name: os.Args[1]} }

type quota struct{ who string }

func (q quota) Error() string { return "quota of " + q.who }

// leak: codes
func (q quota) TelemetryCode() string { return "quota." + q.Error() }

type limit struct{ error }

// fine: codes
func (limit) TelemetryCode() string { return "limit" }

// leak: config
func config() {
	h, _ := os.Hostname()
	telemetry.Start(telemetry.Config{Service: "x", Version: h})
}

var version = "devel"

// fine: config
func configVersion() { telemetry.Start(telemetry.Config{Service: "x", Version: version}) }

// leak: packages
func fromPackage() { telemetry.Track("x", slog.String("v", who.Editor())) }

// fine: packages
func modeOfPackage() { telemetry.Track("x", slog.String("v", who.Mode())) }

// leak: packages
func throughPackage() { telemetry.Track("x", slog.String("v", who.Upper(os.Args[1]))) }

// fine: packages
func constantThroughPackage() { telemetry.Track("x", slog.String("v", who.Upper("a"))) }

// fine: packages
func sizeOfPackage() { telemetry.Track("x", slog.Int("v", who.Size(os.Args[1]))) }

// leak: packages
func intoPackage() { who.Note(os.Args[1]) }

// leak: packages
func intoPackageTwice() { who.NoteAll("a", os.Args[1]) }

// fine: packages
func lengthIntoPackage() { who.NoteLen(os.Args[1]) }

// leak: packages
func fieldOfPackage() { telemetry.Track("x", slog.String("v", who.Load().Owner)) }

// fine: packages
func otherFieldOfPackage() {
	a := who.Load()
	telemetry.Track("x", slog.String("v", a.Plan), slog.Int("n", a.Seats))
}

// fine: packages
func kindOfPackage(err error) { telemetry.Track("x", slog.String("v", who.Kind(err))) }

// leak: packages
func nameOfPackage() { who.Event("x." + os.Args[1]) }

// fine: errors
func codeByIs(err error) {
	code := "other"
	if errors.Is(err, os.ErrNotExist) {
		code = "missing"
	}
	telemetry.Track("x", slog.String("code", code))
}

var current string

func remember() { current = os.Args[1] }

// leak: package variables
func packageVariable() { telemetry.Track("x", slog.String("v", current)) }

func recursive(n int, s string) string {
	if n == 0 {
		return s
	}
	return recursive(n-1, s+".")
}

// leak: recursion
func throughRecursion() { telemetry.Track("x", slog.String("v", recursive(3, os.Args[1]))) }

func even(n int, s string) string {
	if n == 0 {
		return s
	}
	return odd(n-1, s)
}

func odd(n int, s string) string { return even(n-1, s) }

// leak: recursion
func throughMutualRecursion() { telemetry.Track("x", slog.String("v", even(4, os.Args[1]))) }

// leak: recursion
func throughTheOther() { telemetry.Track("x", slog.String("v", odd(4, os.Args[1]))) }

// leak: method values
func boundEnd() (err error) {
	end := telemetry.Begin("x").End
	defer end(&err, slog.String("v", os.Args[1]))
	return nil
}

// fine: generics
func genericField[T interface{ ~struct{ word string } }](list ...T) {
	telemetry.Track("x", slog.Int("n", len(list)))
}

// fine: closures
func swapped() {
	a, b := map[string]func(){}, map[string]func(){}
	a, b = b, a
	func() {
		a["x"]()
		b["x"]()
	}()
	telemetry.Track("x", slog.Int("n", len(b)))
}
