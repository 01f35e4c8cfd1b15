package ingest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// typed is a valid event of another type and schema.
func typed(schema, kind, data string) string {
	e := strings.Replace(valid(1, data), `"1.1.0"`, `"`+schema+`"`, 1)
	return strings.Replace(e, `"command_execution"`, `"`+kind+`"`, 1)
}

func TestWhatEventsCountAs(t *testing.T) {
	type counted struct {
		Kind     store.Kind
		Name     string
		Outcome  event.Outcome
		Duration time.Duration
	}
	const none = store.NoDuration
	for _, test := range []struct {
		schema, kind, data string
		want               counted
	}{
		{"1.1.0", "command_execution", `{"command":"a.b","success":false,"duration_ms":1234.567,"outcome":"panic"}`, counted{"command", "a.b", "panic", 1234567 * time.Microsecond}},
		{"1.1.0", "command_execution", `{"command":"a","success":false,"outcome":"unfinished"}`, counted{"command", "a", "unfinished", none}},
		{"1.1.0", "feature_used", `{"feature":"f","success":true,"duration_ms":0,"outcome":"ok","attributes":{"n":1}}`, counted{"feature", "f", "ok", 0}},
		{"1.1.0", "custom", `{"name":"c"}`, counted{"custom", "c", "", none}},
		{"1.2.0", "metric_summary", `{"metric":"m","unit":"1","total":7,"invalid":1}`, counted{"metric", "m", "", none}},
		{"1.2.0", "metric_summary", `{"metric":"m","unit":"By","values":{"scale":3,"count":2,"sum":1.5,"min":-0.5,"max":2,"positive":{"offset":7,"bucket_counts":[1]},"negative":{"offset":-9,"bucket_counts":[1]}}}`, counted{"metric", "m", "", none}},
		{"1.2.0", "metric_summary", `{"metric":"m","unit":"other","values":{"scale":3,"count":0,"sum":0,"min":0,"max":0},"invalid":1}`, counted{"metric", "m", "", none}},
		{"1.0.0", "command_execution", `{"command":"a","subcommand":"b","flags":["-v"],"success":true,"duration_ms":5,"exit_code":0}`, counted{"command", "a b", "ok", 5 * time.Millisecond}},
		{"1.0.0", "command_execution", `{"command":"a","exit_code":3}`, counted{"command", "a", "error", none}},
		{"1.0.0", "command_execution", `{"command":"a","exit_code":0}`, counted{"command", "a", "ok", none}},
		{"1.0.0", "command_execution", `{"command":"a","success":null,"duration_ms":null}`, counted{"command", "a", "", none}},
		{"1.0.0", "feature_used", `{"feature":"f","method":"m","success":false,"rows":[1,{"a":2}]}`, counted{"feature", "f", "error", none}},
		{"1.0.0", "custom", `{"anything":[1]}`, counted{"custom", "custom", "", none}},
		{"1.9.3", "command_execution", `{"command":"a","success":true,"new":1}`, counted{"command", "a", "ok", none}},
	} {
		raw := typed(test.schema, test.kind, test.data)
		e, _, err := checkRaw(json.RawMessage(raw), 1<<16, start)
		got := counted{e.Kind, e.Name, e.Outcome, e.Duration}
		if err != nil || got != test.want {
			t.Errorf("%s %s:\n got %v, %v\nwant %v", test.schema, test.data, got, err, test.want)
		}
	}
	withCategory := strings.Replace(typed("1.0.0", "custom", `{}`), `"custom",`, `"custom","category":"cat",`, 1)
	if e, _, err := checkRaw(json.RawMessage(withCategory), 1<<16, start); err != nil || e.Name != "cat" {
		t.Errorf("custom event with a category counts as %q, %v; want cat", e.Name, err)
	}
}

func TestWhatIsKept(t *testing.T) {
	raw := `{"schema_version":"1.0.0","event_id":"0B7A2C4E-5D6F-4a81-9b3c-000000000001","timestamp":"2026-03-14T16:00:00.123456789+01:00",
		"service":{"name":"tool","version":"v1","revision":"0123456","language":"rust","language_version":"1.90"},"user_id":"` + userID + `","session_id":"s",
		"environment":{"os":"macos","os_version":"15","arch":"arm64","ci":true,"shell":"zsh","container":"docker","terminal":"tmux","ai_agent":"other"},"unknown":{"ip":"192.0.2.1"},
		"event":{"type":"feature_used","data":{"feature":"f", "x":[1]}},"metadata":{"sdk_version":"0.3","more":1}}`
	got, _, err := checkRaw(json.RawMessage(raw), 1<<16, start)
	id, _ := event.ParseID("0b7a2c4e-5d6f-4a81-9b3c-000000000001")
	want := store.Event{
		ID: id, Time: time.Date(2026, 3, 14, 15, 0, 0, 123e6, time.UTC), Type: event.TypeFeature,
		Kind: store.KindFeature, Name: "f",
		Service:     event.Service{Name: "tool", Version: "v1", Revision: "0123456", Language: "rust", LanguageVersion: "1.90"},
		Environment: event.Environment{OS: "macos", OSVersion: "15", Arch: "arm64", CI: true, Shell: "zsh", Container: "docker", Terminal: "tmux", AIAgent: "other"},
		User:        userID, Session: "s", SDK: "0.3", Duration: store.NoDuration, Data: json.RawMessage(`{"feature":"f", "x":[1]}`),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("event (-want +got), %v:\n%s", err, diff)
	}
}

func TestReasons(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(okCall(1), old) {
			t.Fatalf("no %s in the event", old)
		}
		return strings.Replace(okCall(1), old, new, 1)
	}
	summary := func(fields string) string {
		return typed("1.1.0", "feature_summary", `{"feature":"f","window_start":"2026-03-14T15:00:00Z","window_end":"2026-03-14T15:01:00Z",`+fields+`}`)
	}
	metric := func(fields string) string {
		return typed("1.2.0", "metric_summary", `{"metric":"m","window_start":"2026-03-14T15:00:00Z","window_end":"2026-03-14T15:01:00Z",`+fields+`}`)
	}
	marked := func(marks string) string { return swap(`"user_id":"`+userID+`"`, `"marks":`+marks) }
	if _, refused := checkAll([]json.RawMessage{json.RawMessage(marked(`{"install_week":"2026-W10","day":true}`))}, 1<<16, start); refused != nil {
		t.Errorf("marks in the place of an id: %v", refused)
	}
	long := strings.Repeat("x", 201)
	for _, test := range []struct{ raw, code, reason string }{
		{`null`, "invalid_event", "/schema_version: it is missing"},
		{`[]`, "invalid_event", ": want an object, got array"},
		{"\"\xff\"", "invalid_event", ": it is not UTF-8"},
		{`{"a":"` + strings.Repeat("x", 1<<16) + `"}`, "invalid_event", ": it is larger than 65536 bytes"},
		{swap(`"1.1.0"`, `"2.0.0"`), "unsupported_schema", `/schema_version: "2.0.0" is not 1.x: upgrade the server`},
		{swap(`"1.1.0"`, `1`), "invalid_event", "/schema_version: want a string, got number"},
		{swap(`"01a207e0-`, `"01a207e0`), "invalid_event", "/event_id: want a UUID of 36 characters"},
		{swap(`01a207e0-0000-7000-8000-000000000001`, `00000000-0000-0000-0000-000000000000`), "invalid_event", "/event_id: want a UUID of 36 characters"},
		{swap(`2026-03-14T15:00:00.123Z`, `yesterday`), "invalid_event", `/timestamp: "yesterday" is not a time of RFC 3339`},
		{swap(`2026-03-14T15:00:00.123Z`, `1970-01-01T00:00:00Z`), "invalid_event", "/timestamp: 1970-01-01T00:00:00Z is before 2020-01-01: was the clock set?"},
		{swap(`2026-03-14T15:00:00.123Z`, `2026-03-15T15:09:27Z`), "invalid_event", "/timestamp: 2026-03-15T15:09:27Z is 24h0m1s ahead of the server's clock"},
		{swap(`"name":"tool"`, `"name":""`), "invalid_event", "/service/name: it is missing"},
		{swap(`"name":"tool"`, `"name":["tool"]`), "invalid_event", "/service/name: want a string, got array"},
		{swap(`"v1.2.3"`, `"v\u0000"`), "invalid_event", "/service/version: it holds control characters"},
		{swap(`"s1"`, `"`+long+`"`), "invalid_event", "/session_id: it is longer than 100 bytes"},
		{swap(userID, `somebody@example.org`), "invalid_event", `/user_id: want "client_" and 64 lower-case hex digits, or marks in its place`},
		{swap(userID, strings.ToUpper(userID)), "invalid_event", `/user_id: want "client_" and 64 lower-case hex digits, or marks in its place`},
		{swap(`"user_id":"`+userID+`",`, ``), "invalid_event", `/user_id: want "client_" and 64 lower-case hex digits, or marks in its place`},
		{swap(`"session_id"`, `"marks":{"install_week":"2026-W10"},"session_id"`), "invalid_event", "/marks: they stand in the place of user_id, and both are there"},
		{marked(`{}`), "invalid_event", `/marks/install_week: reading week "": want a week of ISO 8601, such as 2026-W48`},
		{marked(`{"install_week":"2026-W54"}`), "invalid_event", `/marks/install_week: reading week "2026-W54": want a week of ISO 8601, such as 2026-W48`},
		{marked(`{"install_week":"2019-W01"}`), "invalid_event", `/marks/install_week: week 2019-W01 is not between 2020-W01 and now`},
		{marked(`{"install_week":"2026-W13"}`), "invalid_event", `/marks/install_week: week 2026-W13 is not between 2020-W01 and now`},
		{marked(`{"install_week":"2026-W10","day":"yes"}`), "invalid_event", "/marks/day: want a boolean, got string"},
		{swap(`"linux"`, `"linux","ci":"yes"`), "invalid_event", "/environment/ci: want a boolean, got string"},
		{swap(`"sdk_version":"0.1.0",`, ``), "invalid_event", "/metadata/sdk_version: it is missing"},
		{swap(`"command_execution"`, `"metric"`), "unknown_type", `/event/type: this server does not know "metric": upgrade it`},
		{swap(`"type":"command_execution",`, ``), "invalid_event", "/event/type: it is missing"},
		{valid(1, `null`), "invalid_event", "/event/data: it is missing"},
		{valid(1, `7`), "invalid_event", "/event/data: want an object, got number"},
		{valid(1, `{"command":"`+strings.Repeat("x", 1<<14)+`"}`), "invalid_event", "/event/data: it is larger than 16384 bytes"},
		{valid(1, `{"feature":"f"}`), "invalid_event", "/event/data/command: it is missing"},
		{valid(1, `{"command":"`+long+`"}`), "invalid_event", "/event/data/command: it is longer than 200 bytes"},
		{valid(1, `{"command":"a","outcome":"fine"}`), "invalid_event", `/event/data/outcome: "fine" is none of ok, error, canceled, panic, goexit and unfinished`},
		{valid(1, `{"command":"a","duration_ms":-1}`), "invalid_event", "/event/data/duration_ms: -1 is not between 0 and a year"},
		{valid(1, `{"command":"a","duration_ms":1e300}`), "invalid_event", "/event/data/duration_ms: 1e+300 is not between 0 and a year"},
		{valid(1, `{"command":"a","duration_ms":"5"}`), "invalid_event", "/event/data/duration_ms: want a number that fits, got string"},
		{typed("1.1.0", "custom", `{}`), "invalid_event", "/event/data/name: it is missing"},
		{summary(`"calls":0`), "invalid_event", "/event/data/calls: 0 is not between 1 and 2^53"},
		{summary(`"calls":-1`), "invalid_event", "/event/data/calls: want a number that fits, got number -1"},
		{summary(`"calls":18446744073709551615`), "invalid_event", "/event/data/calls: 18446744073709551615 is not between 1 and 2^53"},
		{summary(`"calls":2,"errors":1,"panics":1,"goexits":1`), "invalid_event", "/event/data/calls: 2 calls cannot have ended in 1 errors, 0 canceled, 1 panics and 1 goexits"},
		{summary(`"calls":2,"errors":1,"canceled":2`), "invalid_event", "/event/data/calls: 2 calls cannot have ended in 1 errors, 2 canceled, 0 panics and 0 goexits"},
		{summary(`"calls":2,"errors":18446744073709551615,"panics":3`), "invalid_event", "/event/data/calls: 2 calls cannot have ended in 18446744073709551615 errors, 0 canceled, 3 panics and 0 goexits"},
		{summary(`"calls":1,"duration_ns":{"scale":2}`), "invalid_event", "/event/data/duration_ns: histogram of scale 2: this version reads scale 3"},
		{summary(`"calls":1,"duration_ns":{"scale":3,"count":2,"bucket_counts":[1]}`), "invalid_event", "/event/data/duration_ns: histogram counts 2 values but its buckets hold 1"},
		{summary(`"calls":1,"duration_ns":{"scale":3,"sum":18446744073709551615}`), "invalid_event", "/event/data/duration_ns: count and sum must be at most 2^53"},
		{metric(`"unit":"1"`), "invalid_event", "/event/data: neither was anything counted nor measured"},
		{metric(`"unit":"1","total":9007199254740993`), "invalid_event", "/event/data/total: total and invalid must be at most 2^53"},
		{metric(`"unit":"1","total":-1`), "invalid_event", "/event/data/total: want a number that fits, got number -1"},
		{metric(`"unit":"1","total":1,"values":{"scale":3}`), "invalid_event", "/event/data/values: what is counted has a total, what is measured has values: want one of them"},
		{metric(`"total":1`), "invalid_event", "/event/data/unit: it is missing"},
		{metric(`"unit":"1","values":{"scale":2,"count":1}`), "invalid_event", "/event/data/values: histogram of scale 2: this version reads scale 3"},
		{metric(`"unit":"1","values":{"scale":3,"count":1}`), "invalid_event", "/event/data/values: histogram counts 1 values but its buckets hold 0"},
		{metric(`"unit":"1","values":{"scale":3,"count":18446744073709551615,"zero_count":18446744073709551615}`), "invalid_event", "/event/data/values/count: 18446744073709551615 is above 2^53"},
		{metric(`"unit":"1","values":{"scale":3,"count":1,"sum":1e300,"zero_count":1}`), "invalid_event", "/event/data/values: histogram of 1 values with the sum 1e+300: no values of at most 2^64 have that"},
		{metric(`"unit":"1","values":{"scale":3,"count":1,"max":1e999,"zero_count":1}`), "invalid_event", "/event/data/values/max: want a number that fits, got number 1e999"},
		{metric(`"unit":"1","values":{"scale":3,"count":1,"min":-1e20,"zero_count":1}`), "invalid_event", "/event/data/values: histogram from -1e+20 to 0: must lie within -2^64 to 2^64"},
		{metric(`"unit":"1","values":{"scale":3,"count":1,"positive":{"offset":512,"bucket_counts":[1]}}`), "invalid_event", "/event/data/values: histogram buckets 512 and 1 more: must lie within -256 to 512"},
		{strings.Replace(metric(`"unit":"1","total":1`), `"metric":"m"`, `"metric":""`, 1), "invalid_event", "/event/data/metric: it is missing"},
		{strings.Replace(metric(`"unit":"1","total":1`), "15:01:00", "14:01:00", 1), "invalid_event", "/event/data/window_end: it is before window_start"},
		{strings.Replace(summary(`"calls":1`), "15:01:00", "14:01:00", 1), "invalid_event", "/event/data/window_end: it is before window_start"},
	} {
		_, refused := checkAll([]json.RawMessage{json.RawMessage(test.raw)}, 1<<16, start)
		if len(refused) != 1 || refused[0].Error != test.code || refused[0].Message != test.reason {
			t.Errorf("%.300s:\n got %v\nwant %s %s", test.raw, refused, test.code, test.reason)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"}, {"é", 1, ""}} {
		if got := cut(test.in, test.n); got != test.want {
			t.Errorf("cut(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func TestAddressesAreMetered(t *testing.T) {
	b := newBench(t, Limits{AddressRate: 1, AddressBurst: 2})
	from := func(remote string) answer {
		r := b.request(batch(okCall(1)))
		r.remote = remote
		r.header.Set("Authorization", "Bearer nobody") // metered before it is looked at
		return b.send(r)
	}
	const v4, host1, host2 = "192.0.2.1:1", "[2001:db8::1]:5", "[2001:db8::2]:6"
	for _, step := range []struct {
		remote string
		status int
	}{
		{v4, 401},
		{v4, 401},
		{v4, 429},
		{"192.0.2.1:999", 429},
		{"[::ffff:192.0.2.1]:1", 429},
		{"192.0.2.2:1", 401},
		{host1, 401},
		{host2, 401},
		{host1, 429},
		{"not an address", 401},
	} {
		if got := from(step.remote); got.status != step.status {
			t.Errorf("from %s: got %d, want %d", step.remote, got.status, step.status)
		} else if step.status == 429 && got.header.Get("Retry-After") != "1" {
			t.Errorf("from %s: Retry-After %q, want 1", step.remote, got.header.Get("Retry-After"))
		}
	}
	b.now = start.Add(time.Second)
	if got := from(v4); got.status != 401 {
		t.Errorf("a second later: got %d, want 401", got.status)
	}
	off := newBench(t, Limits{AddressRate: -1})
	for range 1000 {
		off.send(off.request(batch(okCall(1)))).want(t, 200, "")
	}
}

func TestApplicationsAreMetered(t *testing.T) {
	b := newBench(t, Limits{AppRate: 1, AppBurst: 1})
	forged := b.request(batch(okCall(1)))
	forged.secret = "guess"
	b.send(forged).want(t, 401, "bad_signature") // costs the application nothing
	b.send(b.request(batch(okCall(1)))).want(t, 200, "")
	late := b.request(batch(okCall(2)))
	b.send(late).want(t, 429, "rate_limited")
	b.now = start.Add(time.Second)
	b.send(late).want(t, 200, "") // its nonce was not used up
}

func TestMeterForgets(t *testing.T) {
	m := newMeter[int](1, 1)
	for sender := range 3 * meterSize {
		if wait := m.wait(sender, start); wait != 0 {
			t.Fatalf("sender %d has to wait %s", sender, wait)
		}
	}
	if n := len(m.young) + len(m.old); n > 2*meterSize {
		t.Errorf("it remembers %d senders, want at most %d", n, 2*meterSize)
	}
	if wait := m.wait(3*meterSize-1, start); wait == 0 {
		t.Error("the last sender was forgotten")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(okCall(1))
	f.Add(typed("1.0.0", "custom", `{"anything":[1]}`))
	f.Add(typed("1.1.0", "feature_summary", `{"feature":"f","calls":2,"errors":1,"duration_ns":{"scale":3,"count":1,"sum":5,"max":5,"offset":18,"bucket_counts":[1]}}`))
	f.Add(typed("1.2.0", "metric_summary", `{"metric":"m","unit":"By","values":{"scale":3,"count":1,"sum":2,"min":2,"max":2,"positive":{"offset":7,"bucket_counts":[1]}},"invalid":1}`))
	f.Fuzz(func(t *testing.T, raw string) {
		if !json.Valid([]byte(raw)) {
			return
		}
		e, _, err := checkRaw(json.RawMessage(raw), 1<<16, start)
		if err != nil {
			return
		}
		var sum store.Counts
		if err := sum.AddEvent(&e); err != nil || sum.Calls == 0 || sum.Judged() > sum.Calls {
			t.Errorf("accepted, but counts as %+v, %v", sum, err)
		}
		if e.Name == "" || e.Kind == "" || e.ID.IsZero() || fmt.Sprint(e.Time) == "" {
			t.Errorf("accepted without a name, kind or id: %+v", e)
		}
	})
}
