package upload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

// queue is an outbox in memory.
type queue struct {
	waiting []event.Record
	parcel  *event.Parcel
	sent    []event.ID
	refused map[event.ID]string
	notes   map[string]string
	gone    error
}

func newQueue(n int) *queue {
	q := &queue{refused: map[event.ID]string{}, notes: map[string]string{}}
	for i := range n {
		e := commandEvent()
		e.ID[10], e.ID[11] = byte(i>>8), byte(i)
		q.waiting = append(q.waiting, event.Record{ID: e.ID, Consented: true, JSON: e.AppendJSON(nil)})
	}
	return q
}

func (q *queue) Next(_ context.Context, _ time.Time, events, _ int, _ time.Time) (event.Parcel, error) {
	if q.parcel == nil {
		n := min(events, len(q.waiting))
		q.parcel = &event.Parcel{ID: event.ID{1}, Records: q.waiting[:n]}
	}
	q.parcel.Attempt++
	return *q.parcel, nil
}

func (q *queue) Settle(_ context.Context, _ event.ID, refused map[event.ID]string, _ time.Time) error {
	for _, r := range q.parcel.Records {
		if why, no := refused[r.ID]; no {
			q.refused[r.ID] = why
		} else {
			q.sent = append(q.sent, r.ID)
		}
	}
	q.waiting, q.parcel = q.waiting[len(q.parcel.Records):], nil
	return nil
}

func (q *queue) Intact() error { return q.gone }

func (q *queue) Release(context.Context, event.ID) error { q.parcel = nil; return nil }

func (q *queue) Note(_ context.Context, key, text string) error { q.notes[key] = text; return nil }

func (q *queue) Noted(_ context.Context, key string) (string, error) { return q.notes[key], nil }

// server answers as a tkserver does, as far as the uploader can tell: it checks
// token, time, nonce, signature and size before it takes anything.
type server struct {
	*httptest.Server
	now    func() time.Time
	mu     sync.Mutex
	limit  int // events a body may hold before it is too large
	nonces map[string]bool
	got    map[string]int // ids
	sizes  []int          // of the requests that were taken
	before func(http.ResponseWriter, *http.Request) bool
	refuse func(i int) bool
	// indigestible is the id of an event for which the whole batch is refused.
	indigestible string
	metas        []event.Metadata
}

func serve(t *testing.T) *server {
	s := &server{now: func() time.Time { return vectorNow }, limit: 1000, nonces: map[string]bool{}, got: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) dsn(t *testing.T, secret string) wire.DSN {
	t.Helper()
	d, err := wire.ParseDSN("http://tok:" + secret + "@" + s.Listener.Addr().String() + "/acme/mytool")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(status int, code, message string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(wire.Failure{Error: wire.FailureError{Code: code, Message: message}})
	}
	body, _ := io.ReadAll(r.Body)
	if s.before != nil && s.before(w, r) {
		return
	}
	stamp, nonce := r.Header.Get(wire.HeaderTimestamp), r.Header.Get(wire.HeaderNonce)
	if err := wire.CheckTime(stamp, s.now()); err != nil {
		fail(401, "bad_timestamp", err.Error())
		return
	}
	if r.Header.Get("Authorization") != "Bearer tok" || !wire.Verify("secret", stamp, nonce, body, r.Header.Get(wire.HeaderSignature)) {
		fail(401, "bad_signature", "no")
		return
	}
	if s.nonces[nonce] {
		fail(409, "nonce_used", "twice")
		return
	}
	s.nonces[nonce] = true
	events := inflateQuietly(body)
	if len(events) > s.limit {
		fail(413, "too_large", "too large")
		return
	}
	for _, raw := range events {
		if s.indigestible != "" && strings.Contains(string(raw), s.indigestible) {
			fail(400, "malformed_body", "x")
			return
		}
	}
	s.sizes = append(s.sizes, len(events))
	answer := wire.Answer{Status: "success"}
	for i, raw := range events {
		var e event.Event
		if err := json.Unmarshal(raw, &e); err != nil || s.refuse != nil && s.refuse(i) {
			answer.Errors = append(answer.Errors, wire.EventRefuse{Index: i, EventID: e.ID.String(), Error: "invalid_event", Message: "/x: y"})
			continue
		}
		s.metas = append(s.metas, e.Metadata)
		answer.Accepted++
		if s.got[e.ID.String()]++; s.got[e.ID.String()] > 1 {
			answer.Duplicates++
		}
	}
	if answer.Rejected = len(answer.Errors); answer.Rejected > 0 {
		answer.Status = "partial_success"
		w.WriteHeader(http.StatusMultiStatus)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func inflateQuietly(body []byte) []json.RawMessage {
	var t testing.T
	return inflate(&t, body)
}

func uploader(t *testing.T, s *server, q *queue) Uploader {
	return Uploader{
		DSN: s.dsn(t, "secret"), Queue: q, Dir: t.TempDir(), SDKVersion: vectorSDK,
		Now: func() time.Time { return vectorNow }, Jitter: func() float64 { return 0.5 },
	}
}

func TestSend(t *testing.T) {
	s, q := serve(t), newQueue(2500)
	s.refuse = func(i int) bool { return i == 7 }
	q.waiting[3].JSON = []byte(`{"event_id":"damaged`)
	got, err := uploader(t, s, q).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Of each of the three requests the eighth; of the first also the damaged one.
	if want := (Result{Sent: 2496, Rejected: 4, Requests: 3}); got != want {
		t.Errorf("want %+v, got %+v", want, got)
	}
	if diff := cmp.Diff([]int{999, 1000, 500}, s.sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	for id, why := range q.refused {
		if !strings.Contains(why, "invalid_event") && !strings.Contains(why, "cannot be read") {
			t.Errorf("%s was refused because of %q", id, why)
		}
	}
	if m := s.metas[0]; m.BatchSize != 999 || m.RetryCount != 0 || m.SDKVersion != vectorSDK || !m.TransmissionTimestamp.Equal(vectorNow) {
		t.Errorf("metadata: %+v", m)
	}
	state, err := ReadState(t.Context(), q)
	if err != nil || !state.LastSent.Equal(vectorNow) || state.LastError != "" {
		t.Errorf("state: %+v (%v)", state, err)
	}
}

func TestTooLargeIsHalved(t *testing.T) {
	s, q := serve(t), newQueue(100)
	s.limit = 30
	got, err := uploader(t, s, q).Run(t.Context())
	if err != nil || got.Sent != 100 {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]int{25, 25, 25, 25}, s.sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	s, q = serve(t), newQueue(2)
	s.limit = 0 // not even one fits: it is of no use to try for ever
	if got, err = uploader(t, s, q).Run(t.Context()); err != nil || got.Rejected != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestFailures holds for each way in which sending fails: nothing is lost, the
// reason is kept, and so is when to try again.
func TestFailures(t *testing.T) {
	answer := func(status int, header, text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if header != "" {
				w.Header().Set("Retry-After", header)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return true
		}
	}
	for name, c := range map[string]struct {
		before func(http.ResponseWriter, *http.Request) bool
		change func(*Uploader, *server)
		want   error
		why    string
		wait   time.Duration
	}{
		"wrong secret":   {change: func(u *Uploader, s *server) { u.DSN.Secret = "wrong" }, want: ErrRefused, why: "bad_signature"},
		"forbidden":      {before: answer(403, "", `{"error":{"code":"wrong_application","message":"no"}}`), want: ErrRefused, why: "wrong_application"},
		"an hour behind": {change: func(u *Uploader, s *server) { s.now = func() time.Time { return vectorNow.Add(time.Hour) } }, want: ErrLater, why: "set the clock", wait: 15 * time.Second},
		"an hour ahead":  {change: func(u *Uploader, s *server) { s.now = func() time.Time { return vectorNow.Add(-time.Hour) } }, want: ErrLater, why: "set the clock", wait: 15 * time.Second},
		"nonce used":     {before: answer(409, "", `{"error":{"code":"nonce_used","message":"x"}}`), want: ErrLater, why: "nonce_used", wait: 15 * time.Second},
		"rate limited":   {before: answer(429, "120", `{"error":{"code":"rate_limited","message":"x"}}`), want: ErrLater, why: "rate_limited", wait: 2 * time.Minute},
		"a year":         {before: answer(503, "31536000", ``), want: ErrLater, why: "503", wait: 24 * time.Hour},
		"a date":         {before: answer(503, vectorNow.Add(time.Minute).Format(http.TimeFormat), ``), want: ErrLater, why: "503", wait: time.Minute},
		"server failed":  {before: answer(500, "", `{"error":{"code":"internal","message":"x"}}`), want: ErrLater, why: "internal", wait: 15 * time.Second},
		"a proxy's page": {before: answer(200, "", `<html>Please log in</html>`), want: ErrLater, why: "is the endpoint a tkserver", wait: 15 * time.Second},
		"a redirect":     {before: answer(307, "", ``), want: ErrLater, why: "307", wait: 15 * time.Second},
		"not found":      {before: answer(404, "", `404 page not found`), want: ErrLater, why: "404", wait: 15 * time.Second},
		"a bad header":   {before: answer(400, "", `{"error":{"code":"bad_nonce","message":"x"}}`), want: ErrLater, why: "bad_nonce", wait: 15 * time.Second},
		"a proxy's 403":  {before: answer(403, "", `<html>Please log in</html>`), want: ErrLater, why: "is the endpoint a tkserver", wait: 15 * time.Second},
		"refused":        {change: func(u *Uploader, s *server) { u.DSN.Host = closedPort() }, want: ErrLater, why: "refused", wait: 15 * time.Second},
		"never answers": {
			change: func(u *Uploader, s *server) {
				u.DSN.Host = silentPort(t)
				u.Client = NewClient()
				u.Client.Timeout = 50 * time.Millisecond
			},
			want: ErrLater, why: "no answer in time", wait: 15 * time.Second,
		},
		"answers without end": {
			before: func(w http.ResponseWriter, r *http.Request) bool {
				for r.Context().Err() == nil {
					_, _ = io.WriteString(w, strings.Repeat(" ", 1<<16))
				}
				return true
			},
			want: ErrLater, why: "unexpected_answer", wait: 15 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := serve(t), newQueue(3)
			s.before = c.before
			u := uploader(t, s, q)
			if c.change != nil {
				c.change(&u, s)
			}
			got, err := u.Run(t.Context())
			if !errors.Is(err, c.want) || got.Sent != 0 || len(q.waiting) != 3 {
				t.Fatalf("want %v, got %v; %+v, %d are waiting", c.want, err, got, len(q.waiting))
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), ":wrong@") {
				t.Errorf("the error tells the secret: %v", err)
			}
			state, err := ReadState(t.Context(), q)
			if err != nil || !strings.Contains(state.LastError, c.why) {
				t.Errorf("last error %q (%v), want something with %q", state.LastError, err, c.why)
			}
			if errors.Is(c.want, ErrLater) && state.NextAttempt.Sub(vectorNow) != c.wait {
				t.Errorf("next attempt in %s, want %s", state.NextAttempt.Sub(vectorNow), c.wait)
			}
			// Another process finds that, and asks nobody.
			s.before = func(http.ResponseWriter, *http.Request) bool { t.Error("tried again at once"); return false }
			if _, err := u.Run(t.Context()); !errors.Is(err, c.want) {
				t.Errorf("the next run: %v", err)
			}
		})
	}
}

// After the wait, or when a person asks, or with other credentials, it works.
func TestTryingAgain(t *testing.T) {
	s, q := serve(t), newQueue(3)
	broken := true
	s.before = func(w http.ResponseWriter, _ *http.Request) bool {
		if broken {
			w.WriteHeader(503)
		}
		return broken
	}
	u := uploader(t, s, q)
	_, _ = u.Run(t.Context())
	broken = false
	u.Now = func() time.Time { return vectorNow.Add(time.Minute) }
	if got, err := u.Run(t.Context()); err != nil || got.Sent != 3 {
		t.Errorf("after the wait: %+v, %v", got, err)
	}
	if m := s.metas[0]; m.RetryCount != 1 {
		t.Errorf("retry_count is %d, want 1", m.RetryCount)
	}
	for name, change := range map[string]func(*Uploader){
		"a person asks":     func(u *Uploader) { u.DSN, u.Force = s.dsn(t, "secret"), true },
		"other credentials": func(u *Uploader) { u.DSN = s.dsn(t, "secret") },
	} {
		q := newQueue(1)
		u := uploader(t, s, q)
		u.DSN = s.dsn(t, "wrong")
		if _, err := u.Run(t.Context()); !errors.Is(err, ErrRefused) {
			t.Fatalf("%s: %v", name, err)
		}
		change(&u)
		if got, err := u.Run(t.Context()); err != nil || got.Sent != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// The wait doubles, is a random part of its span, and has a longest.
func TestBackoff(t *testing.T) {
	u := Uploader{Jitter: func() float64 { return 0.999999 }}
	before := time.Duration(0)
	for failures := 1; failures < 40; failures++ {
		wait := u.wait(failures, 0)
		if wait < before || wait > longestWait {
			t.Errorf("after %d failures %s, before it %s", failures, wait, before)
		}
		before = wait
	}
	if before < longestWait-time.Minute {
		t.Errorf("the longest wait is %s", before)
	}
	u.Jitter = func() float64 { return 0 }
	if wait := u.wait(5, 0); wait != time.Second {
		t.Errorf("the shortest wait is %s", wait)
	}
}

// If the answer is lost, the same events are sent again and are duplicates.
func TestLostAnswer(t *testing.T) {
	s, q := serve(t), newQueue(3)
	u := uploader(t, s, q)
	real := http.DefaultTransport
	lose := true
	u.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := real.RoundTrip(r)
		if err == nil && lose {
			resp.Body.Close()
			return nil, errors.New("connection reset")
		}
		return resp, err
	})}
	if _, err := u.Run(t.Context()); !errors.Is(err, ErrLater) {
		t.Fatal(err)
	}
	lose, u.Force = false, true
	got, err := u.Run(t.Context())
	if err != nil || got.Sent != 3 || got.Duplicates != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	for id, n := range s.got {
		if n != 2 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

// A deadline that ends the run leaves a state that says so.
func TestDeadline(t *testing.T) {
	s, q := serve(t), newQueue(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := uploader(t, s, q).Run(ctx); !errors.Is(err, ErrLater) {
		t.Fatal(err)
	}
	if state, err := ReadState(t.Context(), q); err != nil || state.NextAttempt.IsZero() {
		t.Errorf("%+v, %v", state, err)
	}
}

func closedPort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// silentPort accepts connections and never answers.
func silentPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String() // the kernel accepts
}

func TestInstallID(t *testing.T) {
	dir := t.TempDir()
	ids := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 16 { // as many processes at once
		wg.Go(func() {
			id, err := InstallID(dir)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			ids[id] = true
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Errorf("%d ids", len(ids))
	}
	for id := range ids {
		if len(id) != len("client_")+64 {
			t.Errorf("id %q", id)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("files: %v (%v)", entries, err)
	}
	info, err := os.Stat(filepath.Join(dir, InstallFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	if other, err := InstallID(t.TempDir()); err != nil || ids[other] {
		t.Errorf("another folder has the id %s, too (%v)", other, err)
	}
	for _, damaged := range []string{"", "client_123", "user_" + strings.Repeat("a", 64), "client_" + strings.Repeat("A", 64)} {
		if err := os.WriteFile(filepath.Join(dir, InstallFile), []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if id, err := InstallID(dir); err == nil {
			t.Errorf("%q gives %s", damaged, fmt.Sprintf("%q", id))
		}
	}
}
