package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// TestMain lets this binary be the actors, too.
func TestMain(m *testing.M) {
	if code, is := actor(os.Args[1:]); is {
		os.Exit(code)
	}
	if inBox() { // the scenario of a mount namespace
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestScenarios plays a small round of each. Nothing is lost, nothing doubled.
func TestScenarios(t *testing.T) {
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			var out, complaints bytes.Buffer
			code := run(t.Context(), []string{"-short", "-json", "-run", "^" + sc.name + "$"}, &out, &complaints)
			var r result
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatalf("%v\n%s%s", err, out.String(), complaints.String())
			}
			if r.Skipped != "" {
				t.Skip(r.Skipped)
			}
			if code != 0 || r.Rounds != 1 || r.Acked == 0 && sc.name != "tail" {
				t.Errorf("exit code %d\n%s%s", code, out.String(), complaints.String())
			}
			t.Logf("%d kills, %d acknowledged, %d recovered, %d torn", r.Kills, r.Acked, r.Recovered, r.Torn)
		})
	}
}

// TestLedger shows that what is missing, or there twice, is seen.
func TestLedger(t *testing.T) {
	saw := func(l *ledger, kind event.Type, format string, args ...any) {
		t.Helper()
		if err := l.saw(kind, fmt.Appendf(nil, format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	say := func(l *ledger) {
		for _, line := range []string{"t 1 0 100", "t 1 1 200", "c 1 2 300", "f 1 9 300", "t 1 3 400", "t 1 4", "t 1"} {
			l.say(line)
		}
	}
	all := func(l *ledger) {
		for n := range 4 {
			saw(l, event.TypeCustom, `{"attributes":{"w":1,"n":%d}}`, n)
		}
		saw(l, event.TypeSummary, `{"feature":"soak.feature.w1","calls":12}`)
	}
	for name, c := range map[string]struct {
		do   func(*ledger)
		want tally
	}{
		"all there":               {all, tally{Acked: 4, Recovered: 4, Calls: 9}},
		"one that nobody said":    {func(l *ledger) { all(l); saw(l, event.TypeCustom, `{"attributes":{"w":1,"n":4}}`) }, tally{Acked: 4, Recovered: 4, Calls: 9}},
		"a command without end":   {func(l *ledger) { all(l); saw(l, event.TypeCommand, `{"outcome":"unfinished"}`) }, tally{Acked: 4, Recovered: 4, Calls: 9}},
		"an event twice":          {func(l *ledger) { all(l); saw(l, event.TypeCustom, `{"attributes":{"w":1,"n":3}}`) }, tally{Acked: 4, Recovered: 4, Calls: 9, Doubled: 1}},
		"a summary twice":         {func(l *ledger) { all(l); saw(l, event.TypeSummary, `{"feature":"soak.feature.w1","calls":9}`) }, tally{Acked: 4, Recovered: 4, Calls: 9, Doubled: 6}},
		"nothing":                 {func(*ledger) {}, tally{Acked: 4, Calls: 9, Lost: 4 + 9}},
		"nothing, and all may go": {func(l *ledger) { l.forgive(1000) }, tally{Acked: 4, Excused: 4}},
		"the first half may go":   {func(l *ledger) { l.forgive(200) }, tally{Acked: 4, Excused: 2, Lost: 2}},
		"three have expired":      {func(l *ledger) { l.expired = 3 }, tally{Acked: 4, Excused: 3, Lost: 1}},
	} {
		l := newLedger()
		say(l)
		c.do(l)
		got := l.balance()
		notes := got.Notes
		got.Notes = nil
		if fmt.Sprint(got) != fmt.Sprint(c.want) || len(notes) == 0 != (got.Lost+got.Doubled == 0) {
			t.Errorf("%s: want %+v, got %+v %q", name, c.want, got, notes)
		}
	}
}

// TestLosses shows that the whole of a round sees a segment that somebody took
// away, and one that is there under other ids.
func TestLosses(t *testing.T) {
	sabotage := scenario{name: "sabotage", run: func(r *round) error {
		c, err := r.collect()
		if err != nil {
			return err
		}
		if err := r.record(20); err != nil {
			return err
		}
		if err := os.RemoveAll(r.home); err != nil {
			return err
		}
		if err := r.record(20); err != nil {
			return err
		}
		return r.conclude(c)
	}}
	s := testStage(t)
	got, err := s.round(t.Context(), sabotage, 0)
	if err != nil || got.Acked != 40 || got.Recovered != 20 || got.Lost != 20+20*3 || got.Doubled != 0 {
		t.Errorf("%+v (%v)", got, err)
	}
}

func testStage(t *testing.T) *stage {
	t.Helper()
	root := t.TempDir()
	self, err := copySelf(root)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{options: options{short: true, seed: 1}, root: root, self: self, progress: &progress{}}
}

// An interrupt ends the command within a round, with what there is, and leaves
// nothing behind.
func TestInterrupt(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp) // Windows
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	var out, complaints bytes.Buffer
	began := time.Now()
	code := run(ctx, []string{"-duration", "1h", "-run", "^(kill|crowd)$"}, &out, &complaints)
	if took := time.Since(began); took > 10*time.Second || code != 0 || !strings.HasPrefix(strings.TrimSpace(out.String()), "scenario") {
		t.Errorf("exit code %d after %s\n%s%s", code, took, out.String(), complaints.String())
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v (%v)", left, err)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-run", "("}, {"-run", "nothing"}, {"more"}, {"-duration", "x"}} {
		if code := run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); code != 2 {
			t.Errorf("%q: exit code %d, want 2", args, code)
		}
	}
}
