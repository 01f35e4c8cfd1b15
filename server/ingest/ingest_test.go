package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

func TestRefusals(t *testing.T) {
	many := func(n int) []byte {
		events := make([]string, n)
		for i := range events {
			events[i] = okCall(i)
		}
		return batch(events...)
	}
	for name, test := range map[string]struct {
		body   []byte
		change func(*request)
		status int
		code   string
	}{
		"right":                  {status: 200},
		"no token":               {change: func(r *request) { r.header.Del("Authorization") }, status: 401, code: "missing_token"},
		"another scheme":         {change: func(r *request) { r.header.Set("Authorization", "Basic "+token) }, status: 401, code: "missing_token"},
		"empty token":            {change: func(r *request) { r.header.Set("Authorization", "Bearer  ") }, status: 401, code: "missing_token"},
		"wrong token":            {change: func(r *request) { r.header.Set("Authorization", "Bearer x") }, status: 401, code: "unknown_token"},
		"hostile token":          {change: func(r *request) { r.header.Set("Authorization", "Bearer ' OR 1=1 --\x00\xff") }, status: 401, code: "unknown_token"},
		"token of another":       {change: func(r *request) { r.header.Set("Authorization", "Bearer tkt_other") }, status: 403, code: "wrong_application"},
		"another path":           {change: func(r *request) { r.path = "/v1/ingest/acme/other" }, status: 403, code: "wrong_application"},
		"store cannot read":      {change: func(r *request) { r.header.Set("Authorization", "Bearer tkt_broken") }, status: 503, code: "unavailable"},
		"wrong secret":           {change: func(r *request) { r.secret = "guess" }, status: 401, code: "bad_signature"},
		"no signature":           {change: func(r *request) { r.unsigned = true }, status: 401, code: "missing_signature"},
		"signature in capitals":  {change: capitals, status: 401, code: "bad_signature"},
		"signature of nothing":   {change: func(r *request) { r.unsigned = true; r.header.Set(wire.HeaderSignature, "00") }, status: 401, code: "bad_signature"},
		"clock an hour behind":   {change: func(r *request) { r.timestamp = r.timestamp.Add(-time.Hour) }, status: 401, code: "bad_timestamp"},
		"clock an hour ahead":    {change: func(r *request) { r.timestamp = r.timestamp.Add(time.Hour) }, status: 401, code: "bad_timestamp"},
		"clock 300 s behind":     {change: func(r *request) { r.timestamp = r.timestamp.Add(-300 * time.Second) }, status: 200},
		"clock 301 s ahead":      {change: func(r *request) { r.timestamp = r.timestamp.Add(301 * time.Second) }, status: 401, code: "bad_timestamp"},
		"no timestamp":           {change: func(r *request) { r.header.Set(wire.HeaderTimestamp, "") }, status: 401, code: "bad_timestamp"},
		"timestamp of no number": {change: func(r *request) { r.header.Set(wire.HeaderTimestamp, "9e99") }, status: 401, code: "bad_timestamp"},
		"timestamp too large":    {change: func(r *request) { r.header.Set(wire.HeaderTimestamp, "9223372036854775807") }, status: 401, code: "bad_timestamp"},
		"nonce no UUID":          {change: func(r *request) { r.nonce = "1" }, status: 400, code: "bad_nonce"},
		"encoding unknown":       {change: func(r *request) { r.header.Set("Content-Encoding", "br") }, status: 400, code: "unsupported_encoding"},
		"encodings in a row":     {change: func(r *request) { r.header.Set("Content-Encoding", "gzip, gzip") }, status: 400, code: "unsupported_encoding"},
		"batch size no number":   {change: func(r *request) { r.header.Set(wire.HeaderBatchSize, "one") }, status: 400, code: "bad_batch_size"},
		"batch size negative":    {change: func(r *request) { r.header.Set(wire.HeaderBatchSize, "-1") }, status: 400, code: "bad_batch_size"},
		"batch size other":       {change: func(r *request) { r.header.Set(wire.HeaderBatchSize, "2") }, status: 422, code: "batch_size_mismatch"},
		"batch size right":       {change: func(r *request) { r.header.Set(wire.HeaderBatchSize, "1") }, status: 200},
		"schema 2":               {change: func(r *request) { r.header.Set(wire.HeaderSchemaVersion, "2.0.0") }, status: 422, code: "unsupported_schema"},
		"schema of words":        {change: func(r *request) { r.header.Set(wire.HeaderSchemaVersion, "1.x") }, status: 422, code: "unsupported_schema"},
		"schema 1.7":             {change: func(r *request) { r.header.Set(wire.HeaderSchemaVersion, "1.7.0") }, status: 200},
		"hostile SDK version":    {change: func(r *request) { r.header.Set(wire.HeaderSDKVersion, "\x1b[31m"+strings.Repeat("é", 5000)) }, status: 200},
		"malformed JSON":         {body: []byte(`{"events":[{]}`), status: 400, code: "malformed_body"},
		"cut JSON":               {body: []byte(`{"events":[{"a":1}`), status: 400, code: "malformed_body"},
		"no JSON":                {body: []byte("hello"), status: 400, code: "malformed_body"},
		"no body":                {body: []byte{}, status: 400, code: "malformed_body"},
		"an array":               {body: []byte(`[` + okCall(1) + `]`), status: 400, code: "malformed_body"},
		"events an object":       {body: []byte(`{"events":{}}`), status: 400, code: "malformed_body"},
		"events null":            {body: []byte(`{"events":null}`), status: 400, code: "malformed_body"},
		"events twice":           {body: []byte(`{"events":[],"events":[]}`), status: 400, code: "malformed_body"},
		"two values":             {body: append(batch(okCall(1)), "{}"...), status: 400, code: "malformed_body"},
		"other keys":             {body: []byte(`{"a":[{"events":[]}],"events":[` + okCall(1) + `],"b":null}`), status: 200},
		"no events":              {body: []byte(`{}`), status: 422, code: "empty_batch"},
		"empty batch":            {body: batch(), status: 422, code: "empty_batch"},
		"1000 events":            {body: many(1000), status: 200},
		"1001 events":            {body: many(1001), status: 422, code: "too_many_events"},
		"deeply nested":          {body: []byte(strings.Repeat(`{"events":[`, 20000)), status: 400, code: "malformed_body"},
		"not gzip":               {change: func(r *request) { r.header.Set("Content-Encoding", "gzip") }, status: 400, code: "malformed_body"},
		"not zstd":               {change: func(r *request) { r.header.Set("Content-Encoding", "zstd") }, status: 400, code: "malformed_body"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Limits{})
			if test.body == nil {
				test.body = batch(okCall(1))
			}
			r := b.request(test.body)
			if test.change != nil {
				test.change(r)
			}
			b.send(r).want(t, test.status, test.code)
			if test.status >= 300 && len(b.memory.events) > 0 {
				t.Errorf("the request was refused, but %d events are stored", len(b.memory.events))
			}
		})
	}
}

func capitals(r *request) {
	signed := r.http().Header.Get(wire.HeaderSignature)
	r.header.Set(wire.HeaderSignature, strings.ToUpper(signed))
}

func TestSkewIsSaidInWords(t *testing.T) {
	b := newBench(t, Limits{})
	for want, shift := range map[string]time.Duration{"1h0m0s behind": -time.Hour, "1h0m0s ahead": time.Hour} {
		r := b.request(batch(okCall(1)))
		r.timestamp = r.timestamp.Add(shift)
		if got := b.send(r).Failure.Error.Message; !strings.Contains(got, want) {
			t.Errorf("message %q does not say %q", got, want)
		}
	}
}

func TestBodyLimitStandsBeforeAuthentication(t *testing.T) {
	b := newBench(t, Limits{BodyBytes: 1000})
	unread := iotest.ErrReader(errors.New("the body was read"))

	declared := b.request(nil)
	declared.header.Set("Authorization", "Bearer nobody")
	req := declared.http()
	req.Body, req.ContentLength = io.NopCloser(unread), 1001
	b.do(req).want(t, 413, "too_large")

	undeclared := b.request(nil) // chunked, from a stranger
	undeclared.header.Set("Authorization", "Bearer nobody")
	req = undeclared.http()
	req.Body, req.ContentLength = io.NopCloser(unread), -1
	b.do(req).want(t, 401, "unknown_token")

	known := b.request(bytes.Repeat([]byte(" "), 1001)) // chunked, from somebody known
	req = known.http()
	req.ContentLength = -1
	b.do(req).want(t, 413, "too_large")
}

func TestTruncatedBody(t *testing.T) {
	b := newBench(t, Limits{})
	req := b.request(batch(okCall(1))).http()
	req.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"events":[`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	b.do(req).want(t, 400, "truncated_body")
}

func TestCompressed(t *testing.T) {
	body := batch(okCall(1), okCall(2))
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for encoding, compressed := range map[string][]byte{
		"gzip": zip(t, bytes.NewReader(body)), "zstd": encoder.EncodeAll(body, nil), "identity": body, "GZIP": zip(t, bytes.NewReader(body)),
	} {
		t.Run(encoding, func(t *testing.T) {
			b := newBench(t, Limits{})
			for _, cut := range []int{0, 1, len(compressed) / 2} { // a pooled reader must survive a torn body
				r := b.request(compressed[:len(compressed)-cut])
				r.header.Set("Content-Encoding", encoding)
				if got := b.send(r); cut == 0 && got.Accepted != 2 || cut > 0 && got.status != 400 {
					t.Errorf("%d bytes cut off: got %d, %d accepted", cut, got.status, got.Accepted)
				}
			}
		})
	}
}

// A bomb of many times the limit costs no more than the limit.
func TestBombs(t *testing.T) {
	zeros := io.LimitReader(spaces{}, 8<<20)
	bomb := zip(t, io.MultiReader(strings.NewReader(`{"events":[`), zeros))
	var many bytes.Buffer
	many.WriteString(`{"events":[`)
	for range 1 << 16 {
		many.WriteString("1,")
	}
	for name, test := range map[string]struct {
		body []byte
		code string
	}{
		"gzip bomb":                        {bomb, "too_large"},
		"tens of thousands of tiny events": {zip(t, &many), "too_many_events"},
		"bomb within a document":           {zip(t, strings.NewReader(`{"x":"`+strings.Repeat("a", 1<<20)+`"}`)), "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Limits{InflatedBytes: 1 << 19})
			allocated := testing.AllocsPerRun(1, func() {
				r := b.request(test.body)
				r.header.Set("Content-Encoding", "gzip")
				if got := b.send(r); got.Failure.Error.Code != test.code {
					t.Errorf("got %d %s, want %s", got.status, got.Failure.Error.Code, test.code)
				}
			})
			if allocated > 20000 {
				t.Errorf("refusing it took %v allocations", allocated)
			}
		})
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestNonceIsUsedOnce(t *testing.T) {
	b := newBench(t, Limits{})
	r := b.request(batch(okCall(1)))
	wrong := *r
	wrong.header, wrong.secret = r.header.Clone(), "guess"
	b.send(&wrong).want(t, 401, "bad_signature") // uses nothing up
	b.send(r).want(t, 200, "")
	b.send(r).want(t, 409, "nonce_used")

	// A second before it is forgotten, a replay is too old to be let in.
	b.now = start.Add(wire.NonceTTL - time.Second)
	b.send(r).want(t, 401, "bad_timestamp")
	b.send(b.request(batch(okCall(2)))).want(t, 200, "")

	other := b.request(batch(okCall(3))) // another application's nonces are its own
	other.path, other.secret, other.nonce = "/v1/ingest/acme/other", "tks_other", r.nonce
	other.header.Set("Authorization", "Bearer tkt_other")
	b.send(other).want(t, 200, "")
}

// The latest that a nonce can come again is with a timestamp that was ahead of
// the clock by all that is allowed.
func TestNonceOutlivesItsTimestamp(t *testing.T) {
	b := newBench(t, Limits{})
	r := b.request(batch(okCall(1)))
	r.timestamp = start.Add(wire.MaxSkew)
	b.send(r).want(t, 200, "")
	for _, later := range []time.Duration{599 * time.Second, 600 * time.Second, 600*time.Second + 499*time.Millisecond} {
		b.now = start.Add(later)
		b.send(r).want(t, 409, "nonce_used")
	}
	b.now = start.Add(602 * time.Second)
	b.send(r).want(t, 401, "bad_timestamp")
}

func TestNoncesAreBounded(t *testing.T) {
	b := newBench(t, Limits{Nonces: 3})
	for i := range 3 {
		b.send(b.request(batch(okCall(i)))).want(t, 200, "")
	}
	got := b.send(b.request(batch(okCall(9))))
	got.want(t, 429, "rate_limited")
	if after := got.header.Get("Retry-After"); after != "601" {
		t.Errorf("Retry-After = %q, want 601: when the oldest nonce expires", after)
	}
	b.now = start.Add(601 * time.Second)
	b.send(b.request(batch(okCall(9)))).want(t, 200, "")
}

func TestStoreUnavailable(t *testing.T) {
	b := newBench(t, Limits{})
	b.memory.fail = fmt.Errorf("disk full: %w", store.ErrUnavailable)
	r := b.request(batch(okCall(1)))
	got := b.send(r)
	got.want(t, 503, "unavailable")
	if got.header.Get("Retry-After") == "" || strings.Contains(got.Failure.Error.Message, "disk") {
		t.Errorf("answer %v %q: want Retry-After, and the cause in the log only", got.header, got.Failure.Error.Message)
	}
	b.memory.fail = nil
	b.send(r).want(t, 200, "") // the very same request, and its nonce, may come again

	b.memory.fail = context.Canceled // the sender gave up before anything was kept
	given := b.request(batch(okCall(3)))
	b.send(given).want(t, 503, "unavailable")
	b.memory.fail = nil
	b.send(given).want(t, 200, "")

	b.memory.fail = errors.New("a bug")
	b.send(b.request(batch(okCall(2)))).want(t, 500, "internal")
}

func TestDuplicates(t *testing.T) {
	b := newBench(t, Limits{})
	for _, step := range []struct {
		events               []string
		accepted, duplicates int
	}{
		{[]string{okCall(1), okCall(2), okCall(1)}, 3, 1}, // within a batch
		{[]string{okCall(2), okCall(3)}, 2, 1},            // across batches
		{[]string{okCall(1), okCall(2), okCall(3)}, 3, 3}, // all of it again
	} {
		got := b.send(b.request(batch(step.events...)))
		want := wire.Answer{Status: "success", Accepted: step.accepted, Duplicates: step.duplicates}
		if got.status != 200 || got.Answer.Accepted != want.Accepted || got.Answer.Duplicates != want.Duplicates {
			t.Errorf("got %d %+v, want %+v", got.status, got.Answer, want)
		}
	}
	if len(b.memory.events) != 3 {
		t.Errorf("%d events stored, want 3", len(b.memory.events))
	}
}

func TestPartialRejection(t *testing.T) {
	b := newBench(t, Limits{})
	got := b.send(b.request(batch(okCall(1), valid(2, `{"command":""}`), `3`, okCall(4))))
	want := []wire.EventRefuse{
		{Index: 1, EventID: "01a207e0-0000-7000-8000-000000000002", Error: "invalid_event", Message: "/event/data/command: it is missing"},
		{Index: 2, Error: "invalid_event", Message: ": want an object, got number"},
	}
	if got.status != http.StatusMultiStatus || got.Status != "partial_success" || got.Accepted != 2 || got.Rejected != 2 {
		t.Errorf("got %d %+v, want 207 with 2 accepted and 2 rejected", got.status, got.Answer)
	}
	if fmt.Sprint(got.Errors) != fmt.Sprint(want) {
		t.Errorf("reasons %v, want %v", got.Errors, want)
	}
	none := b.send(b.request(batch(`{}`)))
	if none.status != http.StatusMultiStatus || none.Accepted != 0 || none.Rejected != 1 {
		t.Errorf("all refused: got %d %+v, want 207", none.status, none.Answer)
	}
}

// The largest answer must be one that clients read to its end.
func TestAnswerFitsItsLimit(t *testing.T) {
	b := newBench(t, Limits{})
	events := make([]string, wire.MaxEvents)
	for i := range events {
		events[i] = strings.Replace(okCall(i), `"command_execution"`, `"`+strings.Repeat(`\"<\u0001`, 50)+`"`, 1)
	}
	got := b.send(b.request(batch(events...)))
	if got.Rejected != wire.MaxEvents || got.size > wire.MaxAnswer {
		t.Errorf("%d rejected in %d bytes, want %d in at most %d", got.Rejected, got.size, wire.MaxEvents, wire.MaxAnswer)
	}
}
