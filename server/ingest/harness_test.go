package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/credentials"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

const (
	token  = "tkt_test"
	secret = "tks_test"
	path   = "/v1/ingest/acme/tool"
)

// start is when every test begins.
var start = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// bench is a handler with all around it, and a clock that stands still.
type bench struct {
	t       testing.TB
	handler http.Handler
	memory  *memory
	now     time.Time
	nonce   uint64
}

func newBench(t testing.TB, limits Limits) *bench {
	b := &bench{t: t, memory: &memory{seen: map[event.ID]bool{}}, now: start}
	h := New(Config{Keys: keys{}, Writer: b.memory, Limits: limits, Now: func() time.Time { return b.now }})
	mux := http.NewServeMux()
	mux.Handle("POST /v1/ingest/{org}/{app}", h)
	mux.Handle("POST /v1/delete/{org}/{app}", h.Deletions())
	b.handler = mux
	return b
}

// keys knows two applications.
type keys struct{}

func (keys) Find(_ context.Context, t string) (credentials.Grant, error) {
	switch t {
	case token:
		return credentials.Grant{App: store.App{ID: 1, Org: "acme", Name: "tool"}, Secret: secret}, nil
	case "tkt_other":
		return credentials.Grant{App: store.App{ID: 2, Org: "acme", Name: "other"}, Secret: "tks_other"}, nil
	case "tkt_broken":
		return credentials.Grant{}, fmt.Errorf("reading: %w", store.ErrUnavailable)
	}
	return credentials.Grant{}, credentials.ErrUnknownToken
}

// memory is a writer that keeps what it is given.
type memory struct {
	mu     sync.Mutex
	seen   map[event.ID]bool
	events []store.Event
	gone   map[string]bool // users
	fail   error
}

func (m *memory) Write(_ context.Context, _ store.AppID, events []store.Event) (done store.Written, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return done, m.fail
	}
	for i, e := range events {
		switch {
		case m.gone[e.User]:
			done.Forgotten = append(done.Forgotten, i)
		case m.seen[e.ID]:
			done.Duplicates++
		default:
			m.seen[e.ID] = true
			m.events = append(m.events, e)
		}
	}
	return done, nil
}

func (m *memory) Forget(_ context.Context, _ store.AppID, user string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return 0, m.fail
	}
	before := len(m.events)
	m.events = slices.DeleteFunc(m.events, func(e store.Event) bool { return e.User == user })
	if m.gone == nil {
		m.gone = map[string]bool{}
	}
	m.gone[user] = true
	return before - len(m.events), nil
}

// request is a right one until a test changes it.
type request struct {
	method, path string
	header       http.Header
	body         []byte
	timestamp    time.Time
	nonce        string
	secret       string
	// unsigned leaves X-Signature as it is in header.
	unsigned bool
	// length, if not zero, is declared instead of the body's own.
	length int64
	remote string
}

func (b *bench) request(body []byte) *request {
	b.nonce++
	return &request{
		method: http.MethodPost, path: path, body: body, timestamp: b.now, secret: secret,
		nonce: fmt.Sprintf("00000000-0000-4000-8000-%012d", b.nonce), remote: "192.0.2.1:1234",
		header: http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}},
	}
}

func (r *request) http() *http.Request {
	stamp := strconv.FormatInt(r.timestamp.Unix(), 10)
	defaults := map[string]string{wire.HeaderTimestamp: stamp, wire.HeaderNonce: r.nonce}
	if !r.unsigned {
		defaults[wire.HeaderSignature] = wire.Sign(r.secret, stamp, r.nonce, r.body)
	}
	for key, value := range defaults {
		if _, ok := r.header[http.CanonicalHeaderKey(key)]; !ok {
			r.header.Set(key, value)
		}
	}
	req := httptest.NewRequest(r.method, r.path, bytes.NewReader(r.body))
	req.Header, req.RemoteAddr = r.header, r.remote
	if r.length != 0 {
		req.ContentLength = r.length
	}
	return req
}

// answer is an answer, whichever of the two it is.
type answer struct {
	status int
	size   int
	header http.Header
	wire.Answer
	wire.Failure
}

func (b *bench) send(r *request) answer {
	b.t.Helper()
	return b.do(r.http())
}

func (b *bench) do(req *http.Request) answer {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, req)
	got := answer{status: w.Code, size: w.Body.Len(), header: w.Header()}
	var err error
	if w.Code < 300 {
		err = json.Unmarshal(w.Body.Bytes(), &got.Answer)
	} else {
		err = json.Unmarshal(w.Body.Bytes(), &got.Failure)
	}
	if err != nil {
		b.t.Errorf("answer %d %q is not JSON: %v", w.Code, w.Body, err)
	}
	return got
}

// want compares status and code.
func (got answer) want(t testing.TB, status int, code string) {
	t.Helper()
	if got.status != status || got.Failure.Error.Code != code {
		t.Errorf("got %d %s (%s), want %d %s", got.status, got.Failure.Error.Code, got.Failure.Error.Message, status, code)
	}
}

var userID = "client_" + strings.Repeat("0a", 32)

// valid is an event of schema 1.1.0 whose parts a test may replace.
func valid(id int, data string) string {
	return fmt.Sprintf(`{"schema_version":"1.1.0","event_id":"01a207e0-0000-7000-8000-%012x","timestamp":"2026-03-14T15:00:00.123Z",`+
		`"service":{"name":"tool","version":"v1.2.3","language":"go"},"user_id":%q,"session_id":"s1","environment":{"os":"linux"},`+
		`"event":{"type":"command_execution","data":%s},"metadata":{"sdk_version":"0.1.0","transmission_timestamp":"2026-03-14T15:09:26.000Z","batch_size":1,"retry_count":0}}`,
		id, userID, data)
}

func okCall(id int) string {
	return valid(id, `{"command":"deploy","success":true,"duration_ms":12.5,"outcome":"ok"}`)
}

func batch(events ...string) []byte {
	return []byte(`{"events":[` + strings.Join(events, ",") + `]}`)
}

func zip(t testing.TB, body io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.Copy(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
