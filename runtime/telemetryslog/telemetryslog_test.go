package telemetryslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryslog"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

var deployed = telemetryslog.Event{Message: "Deploy finished!", Keys: map[string][]string{
	"format": {"json", "yaml"}, "count": nil, "took": nil, "ok": nil, "request.took": nil, "request.http.status": nil,
}}

// format is a word as programs have it, with a method that nobody may call.
type format string

func (f format) String() string { panic("this is not to be formatted") }

type count int8

// asked is a value that counts how often it is asked.
type asked struct {
	value slog.Value
	times int
}

func (a *asked) LogValue() slog.Value {
	a.times++
	return a.value
}

// text returns a handler that writes to buf, without the time.
func text(buf io.Writer) slog.Handler {
	return slog.NewTextHandler(buf, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
}

// TestHandler logs to a bare handler and to a wrapped one: what comes out is the
// same, and what is declared is recorded.
func TestHandler(t *testing.T) {
	const message = "Deploy finished!"
	for name, c := range map[string]struct {
		log  func(*slog.Logger)
		want map[string]any // nil: no event
	}{
		"plain": {func(l *slog.Logger) {
			l.Info(message, "format", "json", "count", 3, "took", time.Second, "ok", true, "user", "bob")
		}, map[string]any{"format": "json", "count": 3.0, "took": 1000.0, "ok": true}},
		"nothing declared": {func(l *slog.Logger) { l.Info(message, "user", "bob") }, map[string]any{}},
		"another message":  {func(l *slog.Logger) { l.Info("deploy finished", "format", "json") }, nil},
		"another level":    {func(l *slog.Logger) { l.Error(message, "ok", false) }, map[string]any{"ok": false}},
		"not in the list":  {func(l *slog.Logger) { l.Info(message, "format", "/home/bob") }, map[string]any{"format": "other"}},
		"no list":          {func(l *slog.Logger) { l.Info(message, "count", "bob") }, map[string]any{"count": "other"}},
		"number in a list": {func(l *slog.Logger) { l.Info(message, "format", 77177) }, map[string]any{}},
		"no closed kind": {func(l *slog.Logger) {
			l.Info(message, "count", io.EOF, "took", time.Unix(77177, 0), "ok", nil)
		}, map[string]any{}},
		"types over kinds": {func(l *slog.Logger) {
			l.LogAttrs(context.Background(), slog.LevelInfo, message, slog.Any("count", count(-3)), slog.Any("ok", false), slog.Any("took", float32(0.5)))
		}, map[string]any{"count": -3.0, "ok": false, "took": 0.5}},
		"twice":   {func(l *slog.Logger) { l.Info(message, "count", 1, "count", 2) }, map[string]any{"count": 2.0}},
		"group":   {func(l *slog.Logger) { l.WithGroup("request").Info(message, "took", 2, "count", 1) }, map[string]any{"request_took": 2.0}},
		"another": {func(l *slog.Logger) { l.WithGroup("bob").Info(message, "took", 2, "count", 1) }, map[string]any{}},
		"inline":  {func(l *slog.Logger) { l.Info(message, slog.Group("request", "took", 2, "user", "bob")) }, map[string]any{"request_took": 2.0}},
		"nested": {func(l *slog.Logger) {
			l.Info(message, slog.Group("request", slog.Group("http", "status", 200), "http.status", "bob"))
		}, map[string]any{"request_http_status": "other"}}, // the last one of that path
		"without a name": {func(l *slog.Logger) { l.Info(message, slog.Group("", "count", 4)) }, map[string]any{"count": 4.0}},
		"a group by the name of a key": {func(l *slog.Logger) {
			l.Info(message, slog.Group("count", "ok", true))
		}, map[string]any{}},
		"with": {func(l *slog.Logger) {
			l.With("count", 1, "user", "bob").WithGroup("request").With("took", 5).Info(message, "http.status", 200)
		}, map[string]any{"count": 1.0, "request_took": 5.0, "request_http_status": 200.0}},
		"with, and again": {func(l *slog.Logger) { l.With("count", 1).Info(message, "count", 2) }, map[string]any{"count": 2.0}},
		"asked": {func(l *slog.Logger) {
			l.Info(message, "count", &asked{value: slog.IntValue(3)}, "user", &asked{value: slog.StringValue("bob")},
				slog.Group("request", "took", &asked{value: slog.IntValue(6)}, "x", 1))
		}, map[string]any{"count": 3.0, "request_took": 6.0}},
		"asked for a group": {func(l *slog.Logger) {
			l.With("request", &asked{value: slog.GroupValue(slog.Int("took", 7))}).Info(message)
		}, map[string]any{"request_took": 7.0}},
	} {
		t.Run(name, func(t *testing.T) {
			recorded := telemetrytest.Start(t)
			var bare, got bytes.Buffer
			c.log(slog.New(text(&bare)))
			c.log(slog.New(telemetryslog.Handler(text(&got), deployed)))
			if diff := cmp.Diff(bare.String(), got.String()); diff != "" {
				t.Errorf("not what is logged without:\n%s", diff)
			}
			events := recorded.Events()
			if c.want == nil {
				if len(events) > 0 {
					t.Errorf("recorded %+v", events)
				}
				return
			}
			e := recorded.Call("deploy_finished")
			if e.Attributes == nil {
				e.Attributes = map[string]any{}
			}
			if diff := cmp.Diff(c.want, e.Attributes); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(e.JSON, "bob") || strings.Contains(e.JSON, "77177") {
				t.Errorf("a secret is in %s", e.JSON)
			}
		})
	}
}

// TestWordsOfAType reads a word without calling the methods of its type.
func TestWordsOfAType(t *testing.T) {
	recorded := telemetrytest.Start(t)
	l := slog.New(telemetryslog.Handler(slog.DiscardHandler, deployed))
	l.Info(deployed.Message, "format", format("yaml"))
	if got := recorded.Call("deploy_finished").Attributes["format"]; got != "yaml" {
		t.Errorf("recorded %v", got)
	}
}

// TestAskedOnce: a LogValuer is asked once if it is declared, and else only by
// the handler inside.
func TestAskedOnce(t *testing.T) {
	for _, on := range []bool{false, true} {
		if on {
			telemetrytest.Start(t)
		}
		for _, c := range []struct {
			name string
			log  func(*slog.Logger, *asked)
			next slog.Handler
			want int
		}{
			{"declared", func(l *slog.Logger, a *asked) { l.Info(deployed.Message, "count", a) }, text(io.Discard), 1},
			{"bound", func(l *slog.Logger, a *asked) { l.With("count", a).Info(deployed.Message) }, text(io.Discard), 1},
			{"in a group", func(l *slog.Logger, a *asked) { l.Info(deployed.Message, slog.Group("request", "took", a)) }, text(io.Discard), 1},
			{"undeclared", func(l *slog.Logger, a *asked) { l.Info(deployed.Message, "user", a) }, text(io.Discard), 1},
			{"another message", func(l *slog.Logger, a *asked) { l.Info("x", "count", a) }, text(io.Discard), 1},
			{"undeclared, nobody writes", func(l *slog.Logger, a *asked) { l.With("user", a).Info(deployed.Message, "user", a) }, silent{}, 0},
			{"without a name", func(l *slog.Logger, a *asked) { l.Info(deployed.Message, "", a) }, silent{}, 0},
			{"another message, nobody writes", func(l *slog.Logger, a *asked) { l.Info("x", "count", a) }, silent{}, 0},
			{"in another group", func(l *slog.Logger, a *asked) { l.WithGroup("g").Info(deployed.Message, "count", a) }, silent{}, 0},
		} {
			a := &asked{value: slog.IntValue(3)}
			c.log(slog.New(telemetryslog.Handler(c.next, deployed)), a)
			if a.times != c.want {
				t.Errorf("%s (recording: %v): asked %d times, want %d", c.name, on, a.times, c.want)
			}
		}
	}
}

// silent is a handler that is enabled and looks at nothing.
type silent struct{}

func (silent) Enabled(context.Context, slog.Level) bool  { return true }
func (silent) Handle(context.Context, slog.Record) error { return nil }
func (s silent) WithAttrs([]slog.Attr) slog.Handler      { return s }
func (s silent) WithGroup(string) slog.Handler           { return s }

// TestSlogtest holds the handler to what the standard library expects of one,
// off, on, and with declared messages and keys among the ones that come.
func TestSlogtest(t *testing.T) {
	check := func(t *testing.T) {
		var buf bytes.Buffer
		slogtest.Run(t, func(*testing.T) slog.Handler {
			buf.Reset()
			return telemetryslog.Handler(slog.NewJSONHandler(&buf, nil), telemetryslog.Event{
				Message: "msg", Keys: map[string][]string{"a": {"b"}, "G.c": nil, "G.H.e": nil, "G.a": nil, "k": nil},
			})
		}, func(t *testing.T) map[string]any {
			var m map[string]any
			if err := json.Unmarshal(buf.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
			return m
		})
	}
	t.Run("off", check)
	t.Run("on", func(t *testing.T) {
		recorded := telemetrytest.Start(t)
		check(t)
		if len(recorded.Events()) == 0 {
			t.Error("nothing was recorded")
		}
	})
}

// TestLevels: an event is recorded although its level is not logged, and that
// does not change what is.
func TestLevels(t *testing.T) {
	var buf bytes.Buffer
	next := slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelWarn})
	debug := telemetryslog.Event{Message: "cache warm", Name: "cache.warm", Level: slog.LevelDebug}
	l := slog.New(telemetryslog.Handler(next, deployed, debug))
	say := func() {
		l.Info(deployed.Message)
		l.Info("another")
		l.Debug("cache warm")
		l.Log(t.Context(), slog.LevelInfo+1, deployed.Message) // nobody asks for that level
	}
	if l.Enabled(t.Context(), slog.LevelInfo) {
		t.Error("enabled while off")
	}
	say()
	recorded := telemetrytest.Start(t)
	say()
	recorded.Call("deploy_finished")
	recorded.Call("cache.warm")
	if buf.Len() > 0 {
		t.Errorf("logged: %s", &buf)
	}
}

// TestManyKeys keeps as many as an event holds.
func TestManyKeys(t *testing.T) {
	recorded := telemetrytest.Start(t)
	e := telemetryslog.Event{Message: "m", Keys: map[string][]string{}}
	var args []any
	for i := range 40 {
		k := fmt.Sprintf("k%02d", i)
		e.Keys[k] = nil
		args = append([]any{k, i}, args...)
	}
	slog.New(telemetryslog.Handler(slog.DiscardHandler, e)).Info("m", args...)
	got := recorded.Call("m").Attributes
	if len(got) != 16 || got["k00"] != 0.0 || got["k15"] != 15.0 {
		t.Errorf("recorded %v", got)
	}
}

// TestConcurrent is for the race detector: loggers that share attributes.
func TestConcurrent(t *testing.T) {
	recorded := telemetrytest.Start(t)
	shared := slog.Group("request", "took", &always{}, "x", 1)
	l := slog.New(telemetryslog.Handler(slog.NewTextHandler(io.Discard, nil), deployed)).With("count", 1)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			own := l.With("ok", i%2 == 0)
			for range 50 {
				own.With("format", "json").Info(deployed.Message, shared)
			}
		})
	}
	wg.Wait()
	events, truths := recorded.Events(), 0
	for _, e := range events {
		if e.Attributes["ok"] == true {
			truths++
		}
		if e.Attributes["request_took"] != 9.0 || e.Attributes["count"] != 1.0 || e.Attributes["format"] != "json" {
			t.Fatalf("recorded %+v", e)
		}
	}
	if len(events) != 400 || truths != 200 {
		t.Errorf("%d events, %d of them ok", len(events), truths)
	}
}

type always struct{}

func (*always) LogValue() slog.Value { return slog.IntValue(9) }

// TestOff adds no allocation, and asks nobody.
func TestOff(t *testing.T) {
	l := slog.New(telemetryslog.Handler(silent{}, deployed))
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		l.LogAttrs(ctx, slog.LevelInfo, deployed.Message, slog.Int("count", 1))
	}); n != 0 {
		t.Errorf("%v allocations while off", n)
	}
}

func BenchmarkHandler(b *testing.B) {
	log := func(h slog.Handler, message string) func(*testing.B) {
		return func(b *testing.B) {
			l, ctx := slog.New(h), b.Context()
			b.ReportAllocs()
			for b.Loop() {
				l.LogAttrs(ctx, slog.LevelInfo, message, slog.String("format", "json"), slog.Int("count", 3), slog.String("user", "bob"))
			}
		}
	}
	bare := slog.NewTextHandler(io.Discard, nil)
	wrapped := telemetryslog.Handler(bare, deployed)
	b.Run("bare", log(bare, deployed.Message))
	b.Run("off", log(wrapped, deployed.Message))
	b.Run("on", func(b *testing.B) {
		telemetrytest.Start(b)
		b.Run("undeclared", log(wrapped, "another message"))
		b.Run("declared", log(wrapped, deployed.Message))
	})
}

func Example() {
	dir, _ := os.MkdirTemp("", "example") // programs leave Dir empty
	defer os.RemoveAll(dir)
	defer telemetry.Start(telemetry.Config{Service: "mytool", Dir: dir}).Stop()

	log := slog.New(telemetryslog.Handler(text(os.Stdout), telemetryslog.Event{
		Message: "deploy finished", Keys: map[string][]string{"format": {"json", "yaml"}, "replicas": nil},
	}))
	log.Info("deploy finished", "format", "json", "replicas", 3, "user", "bob")
	// Output: level=INFO msg="deploy finished" format=json replicas=3 user=bob
}
