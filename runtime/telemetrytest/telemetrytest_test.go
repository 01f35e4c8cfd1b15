package telemetrytest_test

import (
	"io/fs"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

var tkDeploy = telemetry.Point{Name: "cluster.deploy", Kind: telemetry.Command}

func deploy(format string) (err error) {
	defer tkDeploy.Begin().End(&err, telemetry.OneOf("format", format, "json", "yaml"))
	if format == "" {
		return fs.ErrNotExist
	}
	return render()
}

func render() (err error) {
	defer telemetry.Begin("render").End(&err)
	telemetry.Track("rendered", slog.Int("files", 3), slog.Duration("took", time.Second))
	return nil
}

// The environment of build servers and of people who refuse has no say.
func TestStart(t *testing.T) {
	t.Setenv("CI", "true")
	t.Setenv("DO_NOT_TRACK", "1")
	recorded := telemetrytest.Start(t)
	if got := recorded.Events(); len(got) != 0 {
		t.Errorf("before the first call: %v", got)
	}
	_ = deploy("json")
	_ = deploy("")
	_ = render()
	want := []telemetrytest.Event{
		{Name: "cluster.deploy", Type: event.TypeCommand, Outcome: event.OK, Attributes: map[string]any{"format": "json"}},
		{Name: "rendered", Type: event.TypeCustom, Attributes: map[string]any{"files": 3.0, "took": 1000.0}},
		{Name: "cluster.deploy", Type: event.TypeCommand, Outcome: event.Error, ErrorType: "*errors.errorString", Attributes: map[string]any{"format": "other"}},
		{Name: "rendered", Type: event.TypeCustom, Attributes: map[string]any{"files": 3.0, "took": 1000.0}},
	}
	events := recorded.Events()
	if diff := cmp.Diff(want, events, cmpopts.IgnoreFields(telemetrytest.Event{}, "Time", "Took", "JSON")); diff != "" {
		t.Error(diff)
	}
	for _, e := range events {
		if age := time.Since(e.Time); age < 0 || age > time.Minute || !strings.Contains(e.JSON, e.Name) {
			t.Errorf("%+v", e)
		}
	}
	if diff := cmp.Diff(map[string]telemetrytest.Count{"render": {Calls: 2}}, recorded.Features()); diff != "" {
		t.Error(diff)
	}
	_ = render()
	if got := recorded.Features()["render"].Calls; got != 3 {
		t.Errorf("%d calls, and one more after the first look", got)
	}
}

func TestCallThatRuns(t *testing.T) {
	recorded := telemetrytest.Start(t)
	func() {
		defer tkDeploy.Begin().End(nil)
		if got := recorded.Call("cluster.deploy"); got.Outcome != event.Unfinished {
			t.Errorf("while it runs: %+v", got)
		}
	}()
	if got := recorded.Call("cluster.deploy"); got.Outcome != event.OK || got.Took <= 0 {
		t.Errorf("then: %+v", got)
	}
}

// One test sees nothing of another one.
func TestNothingOfOthers(t *testing.T) {
	for range 2 {
		t.Run("", func(t *testing.T) {
			recorded := telemetrytest.Start(t)
			_ = deploy("yaml")
			recorded.Call("cluster.deploy")
		})
	}
}

func TestMetrics(t *testing.T) {
	recorded := telemetrytest.Start(t)
	telemetry.Count("files", 2)
	telemetry.Count("files", 3)
	telemetry.Measure("size", 0.5, telemetry.Bytes)
	telemetry.Measure("size", 1.5, telemetry.Bytes)
	telemetry.Measure("size", math.Inf(1), telemetry.Bytes)
	got := recorded.Metrics()
	if files := got["files"]; files.Total != 5 || len(got) != 2 || len(recorded.Events()) != 0 {
		t.Errorf("recorded %+v and %v", got, recorded.Events())
	}
	if size := got["size By"]; size.Values.Count != 2 || size.Values.Sum != 2 || size.Values.Max != 1.5 || size.Invalid != 1 {
		t.Errorf("recorded %+v", size)
	}
}

func TestNew(t *testing.T) {
	recorded := telemetrytest.New(t, "my-tool")
	func() { // a program that starts telemetry itself
		defer telemetry.Start(recorded.Config).Stop()
		_ = render()
	}()
	if got := recorded.Features()["render"]; got.Calls != 1 {
		t.Errorf("recorded %+v", got)
	}
}

// fake is a test that fails.
type fake struct {
	testing.TB
	said string
}

func (f *fake) Helper() {}

func (f *fake) Fatalf(format string, _ ...any) {
	f.said = format
	panic(f)
}

func TestCallThatIsMissing(t *testing.T) {
	f := &fake{TB: t}
	recorded := telemetrytest.Start(f)
	func() {
		defer func() { _ = recover() }()
		recorded.Call("nobody")
	}()
	if !strings.Contains(f.said, "want one event") {
		t.Error("a call that is missing does not fail the test")
	}
}

func Example() {
	// In a test, with its t:
	test := func(t *testing.T) {
		recorded := telemetrytest.Start(t)
		if err := deploy("yaml"); err != nil {
			t.Fatal(err)
		}
		if got := recorded.Call("cluster.deploy"); got.Attributes["format"] != "yaml" {
			t.Errorf("recorded %+v", got)
		}
	}
	_ = test
}
