package main

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
)

// TestMain makes this test's binary the stopwatch of what it measures, too.
func TestMain(m *testing.M) {
	lab.Stopwatch()
	os.Exit(m.Run())
}

// A short run, from building to the tables. That every event of this runtime is
// somewhere, and that the server understands what it is sent, is a part of it.
func TestShort(t *testing.T) {
	var out, progress strings.Builder
	if code := run([]string{"-short"}, &out, &progress); code != 0 {
		t.Fatalf("exit code %d: %s", code, progress.String())
	}
	tables := strings.Split(out.String(), "\n\n")
	if len(tables) < 3 {
		t.Fatalf("want three tables, got\n%s", out.String())
	}
	for _, p := range peers {
		row := line(tables[0], p.name)
		if row == "" || strings.Contains(row, "not measured") {
			t.Errorf("%s: %q", p.name, row)
		}
		// Every way but nothing at all and a full queue tells where its events are.
		if strings.HasPrefix(p.name, "telemetry-kit") && !strings.HasSuffix(row, " 0 %") {
			t.Errorf("%s has lost events: %s", p.name, row)
		}
		if !strings.Contains(row, "100 %") && p.with != "none" && p.with != "sentry" && p.with != "oteltrace" && p.with != "posthog" && p.with != "kitagent" {
			t.Errorf("nobody has the events of %s: %s", p.name, row)
		}
		if !p.alike && p.with != "none" && line(tables[1], p.name) == "" {
			t.Errorf("no process of %s in\n%s", p.name, tables[1])
		}
		if line(tables[2], p.with) == "" {
			t.Errorf("no size of %s in\n%s", p.with, tables[2])
		}
	}
}

func line(table, name string) string {
	for l := range strings.Lines(table) {
		if strings.HasPrefix(strings.TrimSpace(l), name+" ") {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

// A peer that cannot be had has a row that says so.
func TestMissing(t *testing.T) {
	away := errors.New("no such module")
	shop := shop{missing: map[string]error{}, kinds: []string{bare}}
	for _, p := range peers {
		shop.missing[p.with] = away
	}
	pairs, err := pairsOf(shop, bare)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		p.server.Close()
		if p.linked != nil {
			t.Errorf("%s is missing and has a process", p.name)
		}
	}
	var out strings.Builder
	row := trials{peer: peers[len(peers)-1]}
	if err := reportEvents(&out, []trials{row}, shop, rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Fatal(err)
	}
	if err := sizes(shop, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "not measured: no such module"); got < 2 {
		t.Errorf("want rows that say what is missing, got\n%s", out.String())
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-n", "1"}, {"-events", "1"}, {"-what"}} {
		if code := run(args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%v: exit code %d, want 2", args, code)
		}
	}
}
