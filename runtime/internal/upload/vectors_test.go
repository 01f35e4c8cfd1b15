package upload

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

var update = flag.Bool("update", false, "write testdata/wire anew")

const (
	vectorDir = "../../../testdata/wire"
	vectorDSN = "https://tk_vector_token:vector-secret-do-not-use@telemetry.example/acme/mytool"
	vectorSDK = "1.2.3"
	vectorID  = "client_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

var vectorNow = time.Date(2026, 11, 23, 10, 0, 5, 0, time.UTC)

// vector is one file of testdata/wire/requests; its README says what the
// fields hold.
type vector struct {
	About   string            `json:"about"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body_base64"`
	Events  []json.RawMessage `json:"events"`
	Answer  answerVector      `json:"answer"`
}

// answerVector is also one file of testdata/wire/answers.
type answerVector struct {
	About   string            `json:"about,omitempty"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body"`
}

// TestRequestVectors sends the events of each vector the way a program does and
// compares what crosses the network with the file. Run it with -update after a
// deliberate change of the format.
func TestRequestVectors(t *testing.T) {
	for name, v := range map[string]struct {
		about  string
		events []event.Event
		nonce  byte
	}{
		"command":         {"one command that returned an error", []event.Event{commandEvent()}, 1},
		"feature_summary": {"what a feature did in a window (schema 1.1.0)", []event.Event{summaryEvent()}, 2},
		"custom":          {"something that happened", []event.Event{customEvent()}, 3},
		"batch_of_3":      {"one of each in one batch", []event.Event{commandEvent(), summaryEvent(), customEvent()}, 4},
		"feature_each":    {"one call of a feature that is recorded call by call", []event.Event{featureEvent()}, 5},
		"canceled":        {"what ended in context.Canceled, as a call and among the counts of a window", []event.Event{canceledEvent(), canceledSummaryEvent()}, 8},
		"metrics":         {"what was counted and what was measured in a window (schema 1.2.0)", []event.Event{countEvent(), measureEvent()}, 9},
		"marks":           {"of an install without an id: the first event of its day and week, and one after it (schema 1.2.0)", []event.Event{markedEvent(true), markedEvent(false)}, 10},
		"unfinished":      {"a command whose process went away in the middle", []event.Event{unfinishedEvent()}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			req, body := capture(t, v.events, v.nonce)
			got := vector{
				About: v.about, Method: req.Method, Path: req.URL.Path, Headers: flatten(req.Header),
				Body: base64.StdEncoding.EncodeToString(body), Events: inflate(t, body),
				Answer: accepted(len(v.events)),
			}
			compare(t, name, got)
		})
	}
}

// TestDeletionVector holds the request by which a person is forgotten.
func TestDeletionVector(t *testing.T) {
	var req *http.Request
	var body []byte
	u := Uploader{
		DSN: mustDSN(t), Dir: t.TempDir(), SDKVersion: vectorSDK,
		Now:   func() time.Time { return vectorNow },
		NewID: func(time.Time) event.ID { return vectorNonce(9) },
		Client: &http.Client{Transport: roundTrip(func(r *http.Request) (resp *http.Response, err error) {
			req = r
			body, err = io.ReadAll(r.Body)
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"status":"success","deleted":3}`))}, err
		})},
	}
	if err := AskDeletion(u.Dir, vectorID, vectorNow); err != nil {
		t.Fatal(err)
	}
	done, err := u.Delete(t.Context())
	if err != nil || done != (Deleted{Confirmed: 1, Events: 3}) {
		t.Fatalf("%+v, %v", done, err)
	}
	got := deletionVector{
		About: "a person wants everything removed that was sent under an id, of which the server has nothing", Method: req.Method, Path: req.URL.Path,
		Headers: flatten(req.Header), Body: base64.StdEncoding.EncodeToString(body), Deletion: body,
		Answer: answerVector{Status: 200, Body: wire.DeletionAnswer{Status: "success"}},
	}
	path := filepath.Join(vectorDir, "deletions", "deletion.json")
	if *update {
		writeJSON(t, path, got)
	}
	var want deletionVector
	readJSON(t, path, &want)
	want.Answer, got.Answer = answerVector{}, answerVector{} // the server's test reads it
	compactly := cmp.Transformer("compact", func(raw json.RawMessage) string { return compact(t, []json.RawMessage{raw})[0] })
	if diff := cmp.Diff(want, got, compactly); diff != "" {
		t.Errorf("the runtime asks otherwise than %s (-want +got):\n%s", path, diff)
	}
}

// deletionVector is one file of testdata/wire/deletions.
type deletionVector struct {
	About    string            `json:"about"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body_base64"`
	Deletion json.RawMessage   `json:"deletion"`
	Answer   answerVector      `json:"answer"`
}

// TestRustVector holds a batch of schema 1.0.0 as the Rust kit writes it, not
// compressed. Nothing here writes such events; the file is for servers.
func TestRustVector(t *testing.T) {
	dsn := mustDSN(t)
	body := []byte(`{"events":[` + strings.Join(rustEvents, ",") + `]}`)
	stamp, nonce := "1795428005", vectorNonce(7).String()
	compare(t, "rust_1_0_0", vector{
		About: "events of schema 1.0.0 as the Rust kit writes them, not compressed", Method: "POST", Path: "/v1/ingest/acme/mytool",
		Headers: map[string]string{
			"Authorization": "Bearer " + dsn.Token, "Content-Type": "application/json",
			wire.HeaderTimestamp: stamp, wire.HeaderNonce: nonce,
			wire.HeaderSignature: wire.Sign(dsn.Secret, stamp, nonce, body),
			wire.HeaderBatchSize: "4", wire.HeaderSDKVersion: "0.3.0", wire.HeaderSchemaVersion: "1.0.0",
		},
		Body: base64.StdEncoding.EncodeToString(body), Events: inflate(t, body), Answer: accepted(4),
	})
}

// compare checks got against the file, or writes it. The compressed body may
// differ from one version of Go to the next, so what it says is compared, and
// its signature is checked.
func compare(t *testing.T, name string, got vector) {
	t.Helper()
	path := filepath.Join(vectorDir, "requests", name+".json")
	if *update {
		writeJSON(t, path, got)
	}
	var want vector
	readJSON(t, path, &want)
	body, err := base64.StdEncoding.DecodeString(want.Body)
	if err != nil {
		t.Fatal(err)
	}
	h := want.Headers
	if !wire.Verify(mustDSN(t).Secret, h[wire.HeaderTimestamp], h[wire.HeaderNonce], body, h[wire.HeaderSignature]) {
		t.Errorf("%s: the signature does not fit the body", path)
	}
	if diff := cmp.Diff(compact(t, want.Events), compact(t, inflate(t, body))); diff != "" {
		t.Errorf("%s: events and body_base64 differ (-events +body):\n%s", path, diff)
	}
	if diff := cmp.Diff(compact(t, want.Events), compact(t, got.Events)); diff != "" {
		t.Errorf("the runtime writes other events than %s (-want +got):\n%s", path, diff)
	}
	delete(want.Headers, wire.HeaderSignature)
	delete(got.Headers, wire.HeaderSignature)
	if diff := cmp.Diff(want.Headers, got.Headers); diff != "" {
		t.Errorf("the runtime sends other headers than %s (-want +got):\n%s", path, diff)
	}
	if want.Method != got.Method || want.Path != got.Path {
		t.Errorf("want %s %s, got %s %s", want.Method, want.Path, got.Method, got.Path)
	}
}

// TestAnswerVectors reads every answer that a server can give, as the uploader
// does.
func TestAnswerVectors(t *testing.T) {
	for name, v := range answers {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(vectorDir, "answers", name+".json")
			if *update {
				writeJSON(t, path, v.answer)
			}
			var file struct {
				Status  int
				Headers map[string]string
				Body    json.RawMessage
			}
			readJSON(t, path, &file)
			resp := &http.Response{StatusCode: file.Status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(file.Body))}
			for k, v := range file.Headers {
				resp.Header.Set(k, v)
			}
			got := judge(resp, parcelOf(commandEvent(), customEvent()), vectorNow)
			want := v.want
			if want.kind != taken {
				want.why = got.why // in the vector's own words
				if !strings.Contains(got.why, failureCode(t, file.Body)) {
					t.Errorf("why: %q does not name the code", got.why)
				}
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(verdict{})); diff != "" {
				t.Errorf("judging %s (-want +got):\n%s", name, diff)
			}
		})
	}
}

func failureCode(t *testing.T, body []byte) string {
	t.Helper()
	var f wire.Failure
	if err := json.Unmarshal(body, &f); err != nil || f.Error.Code == "" {
		t.Fatalf("no failure in %s: %v", body, err)
	}
	return f.Error.Code
}

type answerCase struct {
	answer answerVector
	want   verdict
}

func failing(status int, code, message string, kind kind, headers map[string]string, after time.Duration) answerCase {
	return answerCase{
		answerVector{Status: status, Headers: headers, Body: wire.Failure{Error: wire.FailureError{Code: code, Message: message}}},
		verdict{kind: kind, after: after},
	}
}

var answers = map[string]answerCase{
	"200_success": {
		answerVector{Status: 200, Body: wire.Answer{Status: "success", Accepted: 2}},
		verdict{kind: taken, refused: map[event.ID]string{}},
	},
	"200_duplicates": {
		answerVector{Status: 200, Body: wire.Answer{Status: "success", Accepted: 2, Duplicates: 1}},
		verdict{kind: taken, refused: map[event.ID]string{}, duplicates: 1},
	},
	"207_partial": {
		answerVector{Status: 207, Body: wire.Answer{
			Status: "partial_success", Accepted: 1, Rejected: 1,
			Errors: []wire.EventRefuse{{
				Index: 1, EventID: customEvent().ID.String(), Error: "invalid_event",
				Message: "/event/data/name: it is missing",
			}},
		}},
		verdict{kind: taken, refused: map[event.ID]string{customEvent().ID: "invalid_event: /event/data/name: it is missing"}},
	},
	"207_unreadable_id": {
		answerVector{Status: 207, Body: wire.Answer{
			Status: "partial_success", Accepted: 1, Rejected: 1,
			Errors: []wire.EventRefuse{{Index: 0, EventID: "", Error: "invalid_event", Message: "/event_id: want a UUID of 36 characters"}},
		}},
		verdict{kind: taken, refused: map[event.ID]string{commandEvent().ID: "invalid_event: /event_id: want a UUID of 36 characters"}},
	},
	"400_malformed_body":       failing(400, "malformed_body", `the body is not {"events":[…]}`, tooLarge, nil, 0),
	"400_bad_nonce":            failing(400, "bad_nonce", "X-Nonce is not a UUID", later, nil, 0),
	"400_bad_batch_size":       failing(400, "bad_batch_size", "X-Batch-Size is not a number", later, nil, 0),
	"400_unsupported_encoding": failing(400, "unsupported_encoding", "Content-Encoding is neither gzip nor zstd", later, nil, 0),
	"400_truncated_body":       failing(400, "truncated_body", "the body ended early", later, nil, 0),
	"401_missing_token":        failing(401, "missing_token", "the header Authorization is missing", refused, nil, 0),
	"401_unknown_token":        failing(401, "unknown_token", "no application has this token", refused, nil, 0),
	"401_missing_signature":    failing(401, "missing_signature", "X-Signature is missing", refused, nil, 0),
	"401_bad_signature":        failing(401, "bad_signature", "the signature does not fit the body", refused, nil, 0),
	"401_bad_timestamp":        failing(401, "bad_timestamp", "X-Timestamp is 1h0m0s behind the server's clock", later, nil, 0),
	"403_wrong_application":    failing(403, "wrong_application", "the token belongs to another application", refused, nil, 0),
	"409_nonce_used":           failing(409, "nonce_used", "this nonce was used before", later, nil, 0),
	"413_too_large":            failing(413, "too_large", "the body is larger than 4194304 bytes", tooLarge, nil, 0),
	"422_batch_size_mismatch":  failing(422, "batch_size_mismatch", "X-Batch-Size is 3, the body holds 2 events", later, nil, 0),
	"422_invalid_user":         failing(422, "invalid_user", "/user_id: want \"client_\" and 64 lower-case hex digits", later, nil, 0),
	"422_empty_batch":          failing(422, "empty_batch", "the batch holds no events", later, nil, 0),
	"422_too_many_events":      failing(422, "too_many_events", "the batch holds more than 1000 events", tooLarge, nil, 0),
	"422_unsupported_schema":   failing(422, "unsupported_schema", "X-Schema-Version is not 1.x", later, nil, 0),
	"429_rate_limited":         failing(429, "rate_limited", "this application sends too often", later, map[string]string{"Retry-After": "120"}, 2*time.Minute),
	"500_internal":             failing(500, "internal", "the server failed", later, nil, 0),
	"503_unavailable":          failing(503, "unavailable", "the server cannot write at the moment", later, map[string]string{"Retry-After": "Mon, 23 Nov 2026 10:00:35 GMT"}, 30*time.Second),
}

// TestCredentialsVector keeps the file that says what the requests are signed
// with in step with the code.
func TestCredentialsVector(t *testing.T) {
	dsn := mustDSN(t)
	want := map[string]string{
		"dsn": vectorDSN, "org": dsn.Org, "app": dsn.App, "token": dsn.Token, "secret": dsn.Secret,
		"now": vectorNow.Format(time.RFC3339), "endpoint": dsn.Endpoint(),
	}
	path := filepath.Join(vectorDir, "credentials.json")
	if *update {
		writeJSON(t, path, want)
	}
	var got map[string]string
	readJSON(t, path, &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// capture sends events and returns the request that was made.
func capture(t *testing.T, events []event.Event, nonce byte) (*http.Request, []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, InstallFile), []byte(vectorID+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var req *http.Request
	var body []byte
	u := Uploader{
		DSN: mustDSN(t), Queue: newQueue(0), Dir: dir, SDKVersion: vectorSDK,
		Now:   func() time.Time { return vectorNow },
		NewID: func(time.Time) event.ID { return vectorNonce(nonce) },
		Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			var err error
			req = r
			body, err = io.ReadAll(r.Body)
			return nil, errors.Join(err, errors.New("captured"))
		})},
	}.withDefaults()
	if _, err := u.send(t.Context(), parcelOf(events...)); err != nil {
		t.Fatal(err)
	}
	return req, body
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func parcelOf(events ...event.Event) event.Parcel {
	p := event.Parcel{ID: vectorNonce(99), Attempt: 1}
	for _, e := range events {
		p.Records = append(p.Records, event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)})
	}
	return p
}

func accepted(n int) answerVector {
	return answerVector{Status: 200, Body: wire.Answer{Status: "success", Accepted: n}}
}

func vectorNonce(n byte) event.ID {
	return event.ID{0x01, 0xa2, 0x07, 0xe0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n}
}

func vectorEvent(n byte, typ event.Type, data []byte) event.Event {
	id := vectorNonce(n)
	id[15], id[9] = n, 0xee
	return event.Event{
		SchemaVersion: event.SchemaVersion, ID: id, Timestamp: vectorNow.Add(-time.Minute),
		Service:     event.Service{Name: "mytool", Version: "v1.4.0", Revision: "4e6774312a5b+dirty", Language: "go", LanguageVersion: "1.26.8"},
		SessionID:   "01a207df-0000-7000-8000-000000000001",
		Environment: event.Environment{OS: "linux", OSVersion: "debian 12", Arch: "amd64", Shell: "bash", Container: "docker", Terminal: "vscode", AIAgent: "codex"},
		Body:        event.Body{Type: typ, Data: data},
	}
}

func commandEvent() event.Event {
	return vectorEvent(1, event.TypeCommand, event.AppendCall(nil, event.TypeCommand, "cluster.deploy", event.Ending{
		Outcome: event.Error, Took: 1234567 * time.Microsecond, ErrorType: "*fs.PathError", ErrorCode: "quota.exceeded", ExitCode: new(3),
	}, []slog.Attr{slog.String("format", "json"), slog.Int("nodes", 3), slog.Bool("dry_run", true)}))
}

func featureEvent() event.Event {
	return vectorEvent(4, event.TypeFeature, event.AppendCall(nil, event.TypeFeature, "cache.warm", event.Ending{
		Outcome: event.OK, Took: 250 * time.Microsecond,
	}, []slog.Attr{slog.Duration("age", 90*time.Second)}))
}

func unfinishedEvent() event.Event {
	return vectorEvent(5, event.TypeCommand, event.AppendCall(nil, event.TypeCommand, "cluster.deploy", event.Ending{Outcome: event.Unfinished}, nil))
}

func markedEvent(first bool) event.Event {
	e, n := customEvent(), byte(10)
	e.Marks = &event.Marks{InstallWeek: "2026-W31", Day: first, Week: first}
	if !first {
		n++
	}
	e.SessionID, e.ID[15] = "", n
	return e
}

func canceledEvent() event.Event {
	return vectorEvent(6, event.TypeFeature, event.AppendCall(nil, event.TypeFeature, "cache.warm", event.Ending{Outcome: event.Canceled, Took: 30 * time.Second}, nil))
}

func canceledSummaryEvent() event.Event {
	s := event.Summary{
		Feature: "cache.get", WindowStart: vectorNow.Add(-time.Minute), WindowEnd: vectorNow.Add(-30 * time.Second),
		Calls: 5, Errors: 1, Canceled: 2, Goexits: 1,
	}
	for _, ns := range []uint64{900, 1000, 1100, 2_000_000, 30_000_000_000} {
		s.Duration.Add(ns)
	}
	return vectorEvent(7, event.TypeSummary, event.AppendSummary(nil, s))
}

func summaryEvent() event.Event {
	s := event.Summary{
		Feature: "cache.get", WindowStart: vectorNow.Add(-time.Minute), WindowEnd: vectorNow.Add(-30 * time.Second),
		Calls: 4, Errors: 1, Panics: 1,
	}
	for _, ns := range []uint64{900, 1000, 1100, 2_000_000} {
		s.Duration.Add(ns)
	}
	return vectorEvent(2, event.TypeSummary, event.AppendSummary(nil, s))
}

func countEvent() event.Event {
	return vectorEvent(8, event.TypeMetric, event.AppendMetric(nil, event.Metric{
		Name: "index.files", Unit: "1", WindowStart: vectorNow.Add(-time.Minute), WindowEnd: vectorNow.Add(-30 * time.Second), Total: 1234,
	}))
}

func measureEvent() event.Event {
	m := event.Metric{
		Name: "clock.skew", Unit: "s", WindowStart: vectorNow.Add(-time.Minute), WindowEnd: vectorNow.Add(-30 * time.Second),
		Values: new(event.Distribution), Invalid: 1,
	}
	for _, s := range []float64{0.25, 0.5, 0, 1e-12, -3, 90} {
		m.Values.Add(s)
	}
	return vectorEvent(9, event.TypeMetric, event.AppendMetric(nil, m))
}

func customEvent() event.Event {
	return vectorEvent(3, event.TypeCustom, event.AppendCustom(nil, "config.migrated", []slog.Attr{slog.Int("from", 1), slog.Float64("share", 0.25)}))
}

const rustHead = `"timestamp":"2026-11-23T09:59:05.123456789Z","service":{"name":"mytool","version":"0.9.1","language":"rust","language_version":"1.90.0"},` +
	`"user_id":"client_ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100","session_id":"sess_1c3b8f1e","environment":{"os":"macos","os_version":"15.1","arch":"aarch64","ci":false,"shell":"zsh"}`

const rustTail = `"metadata":{"sdk_version":"0.3.0","transmission_timestamp":"2026-11-23T10:00:05.000000001Z","batch_size":4,"retry_count":0}}`

var rustEvents = []string{
	`{"schema_version":"1.0.0","event_id":"0b7a2c4e-5d6f-4a81-9b3c-000000000001",` + rustHead + `,"event":{"type":"command_execution","category":"cli","data":{"command":"deploy","subcommand":"cluster","flags":["--force","--region"],"success":true,"duration_ms":1234,"exit_code":0}},` + rustTail,
	`{"schema_version":"1.0.0","event_id":"0b7a2c4e-5d6f-4a81-9b3c-000000000002",` + rustHead + `,"event":{"type":"command_execution","data":{"command":"build","success":false,"exit_code":2}},` + rustTail,
	`{"schema_version":"1.0.0","event_id":"0b7a2c4e-5d6f-4a81-9b3c-000000000003",` + rustHead + `,"event":{"type":"feature_used","data":{"feature":"export","method":"csv","success":true,"rows":120}},` + rustTail,
	`{"schema_version":"1.0.0","event_id":"0b7a2c4e-5d6f-4a81-9b3c-000000000004",` + rustHead + `,"event":{"type":"command_execution","data":{"command":"version"}},` + rustTail,
}

func mustDSN(t *testing.T) wire.DSN {
	t.Helper()
	dsn, err := wire.ParseDSN(vectorDSN)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func flatten(h http.Header) map[string]string {
	flat := map[string]string{}
	for k := range h {
		flat[k] = h.Get(k)
	}
	return flat
}

func inflate(t *testing.T, body []byte) []json.RawMessage {
	t.Helper()
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err = io.ReadAll(zip); err != nil {
			t.Fatal(err)
		}
	}
	var batch wire.Batch
	if err := json.Unmarshal(body, &batch); err != nil {
		t.Fatal(err)
	}
	return batch.Events
}

func compact(t *testing.T, raws []json.RawMessage) []string {
	t.Helper()
	var lines []string
	for _, raw := range raws {
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, b.String())
	}
	return lines
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := errors.Join(e.Encode(v), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -run Vector -update writes it)", err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
