package main

import (
	"fmt"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// TestDeploy is how an author tests what a program records.
func TestDeploy(t *testing.T) {
	for _, c := range []struct {
		args       []string
		outcome    event.Outcome
		attributes string
	}{
		{[]string{"up", "web", "--replicas", "3"}, event.OK, "map[flag_replicas:true]"},
		{[]string{"deploy", "web", "--replicas", "0"}, event.Error, "map[flag_replicas:true]"},
		{[]string{"deploy"}, event.Error, "map[usage:arguments]"},
	} {
		recorded := telemetrytest.New(t, "fleet")
		root := rootCommand()
		root.SetArgs(c.args)
		_ = telemetrycobra.Execute(t.Context(), root, telemetrycobra.Options{Config: recorded.Config})
		e := recorded.Call("deploy")
		if got := fmt.Sprint(e.Attributes); e.Outcome != c.outcome || got != c.attributes {
			t.Errorf("%v: recorded %s %s", c.args, e.Outcome, got)
		}
	}
}
