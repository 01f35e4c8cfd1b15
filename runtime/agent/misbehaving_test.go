package agent

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
	"github.com/telemetry-kit/telemetry-kit-go/server/store/sqlite"
)

// real is a tkserver in this process, with its store on the disk.
type real struct {
	*server.Server
	t       *testing.T
	data    string
	dsn     wire.DSN
	handler http.Handler

	// A request that a program has given up may still be read here: hence the lock.
	mu    sync.Mutex
	clock time.Time // its time, and that of the program
	front front     // what stands before it, nil for nothing
}

func (r *real) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

// passes lets time pass.
func (r *real) passes(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

// behind puts f before the server, or removes what is there.
func (r *real) behind(f front) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.front = f
}

func (r *real) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	f := r.front
	r.mu.Unlock()
	if f == nil {
		f = func(*real, http.ResponseWriter, *http.Request) { r.handler.ServeHTTP(w, req) }
	}
	f(r, w, req)
}

// front stands before a server and answers, or lets srv.handler do so.
type front func(srv *real, w http.ResponseWriter, r *http.Request)

func realServer(t *testing.T) *real {
	t.Helper()
	r := &real{t: t, data: t.TempDir(), clock: time.Now().Truncate(time.Second)}
	var err error
	if r.Server, err = server.Open(server.Config{Data: r.data, Now: r.now}); err != nil {
		t.Fatal(err)
	}
	r.handler = r.Server.Handler()
	web := httptest.NewUnstartedServer(r)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.Start()
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
		if err := r.Server.Close(); err != nil {
			t.Error(err)
		}
	})
	if r.dsn, err = r.CreateApp(t.Context(), "acme", "prog", web.URL); err != nil {
		t.Fatal(err)
	}
	return r
}

// events calls f with each event that the server has.
func (r *real) events(app store.AppID, f func(store.Event)) {
	r.t.Helper()
	db, err := sqlite.Open(filepath.Join(r.data, "telemetry.db"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	if err := db.Events(r.t.Context(), app, func(e store.Event) error { f(e); return nil }); err != nil {
		r.t.Error(err)
	}
}

// counts fails unless the server has counted so many calls.
func (r *real) counts(want uint64) {
	r.t.Helper()
	u, err := r.Usage(r.t.Context(), analytics.Query{Org: "acme", App: "prog"})
	if err != nil || u.Total.Calls != want {
		r.t.Errorf("the server has counted %d calls, %v; want %d", u.Total.Calls, err, want)
	}
}

// at is where the events are after a run.
type at struct{ pending, sent, rejected int }

// misbehaviour is one thing that can be wrong with a server, and what becomes of
// three events.
type misbehaviour struct {
	// front stands before the real server; dsn changes where the program sends to.
	front front
	dsn   func(t *testing.T, dsn wire.DSN) wire.DSN

	hangs bool  // a request would last until the program gives it up
	err   error // of the run
	at    at
	why   string        // in the last error, or in the reasons of the dead letters
	next  time.Duration // until the next attempt; none: there is no time for one
	// sent is what a run against the server that behaves again sends, and
	// duplicates those among it that it had after all. counted is what the server
	// has counted then, of three.
	sent, duplicates int
	counted          uint64
}

// soon is any time within the first span of the backoff, half a minute.
const soon = 30 * time.Second

func status(code int, header, body string) front {
	return func(_ *real, w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if header != "" {
			w.Header().Set("Retry-After", header)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// statusUntil is 429 with a date.
func statusUntil(after time.Duration) front {
	return func(srv *real, w http.ResponseWriter, r *http.Request) {
		status(429, srv.now().Add(after).UTC().Format(http.TimeFormat), failure("rate_limited"))(srv, w, r)
	}
}

func failure(code string) string { return `{"error":{"code":"` + code + `","message":"x"}}` }

const page = "<html><body>Please log in</body></html>"

// taken lets the real server take the batch, and loses its answer.
func taken(srv *real, _ http.ResponseWriter, r *http.Request) {
	srv.handler.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// later is what nearly everything comes to: all events stay, and the next attempt
// has its time.
func later(front front, why string, next time.Duration) misbehaviour {
	return misbehaviour{front: front, err: ErrLater, at: at{pending: 3}, why: why, next: next, sent: 3, counted: 3}
}

// elsewhere is later, with another address.
func elsewhere(why string, dsn func(*testing.T, wire.DSN) wire.DSN) misbehaviour {
	m := later(nil, why, soon)
	m.dsn = dsn
	return m
}

// hanging is later, of a server that the program has to give up.
func hanging(front front, why string) misbehaviour {
	m := later(front, why, soon)
	m.hangs = true
	return m
}

func hang(_ *real, _ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func misbehaviours() map[string]misbehaviour {
	duplicated := later(taken, "EOF", soon)
	duplicated.duplicates = 3
	cut := later(func(srv *real, w http.ResponseWriter, r *http.Request) {
		srv.handler.ServeHTTP(httptest.NewRecorder(), r)
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"status":"succ`)
	}, "unexpected EOF", soon)
	cut.duplicates = 3
	silent := elsewhere("no answer in time", silentDSN)
	silent.hangs = true
	refused := func(code int, body, why string) misbehaviour {
		return misbehaviour{front: status(code, "", body), err: ErrRefused, at: at{pending: 3}, why: why, sent: 3, counted: 3}
	}
	dead := func(code int, body, why string) misbehaviour {
		return misbehaviour{front: status(code, "", body), at: at{rejected: 3}, why: why}
	}
	return map[string]misbehaviour{
		"refuses the connection":  elsewhere("refused", closedDSN),
		"no such host":            elsewhere("no such host", func(_ *testing.T, dsn wire.DSN) wire.DSN { return moved(dsn, "http", "nowhere.invalid") }),
		"accepts, never answers":  silent,
		"speaks no HTTP":          elsewhere("malformed HTTP", greetingDSN),
		"a bad certificate":       elsewhere("certificate", badCertificateDSN),
		"hangs before the answer": hanging(hang, "no answer in time"),
		"hangs in the answer": hanging(func(srv *real, w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, `{"status":"success","accep`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "reading the answer"),
		"slow loris": hanging(func(srv *real, w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}, "reading the answer"),
		"gigabytes": later(func(srv *real, w http.ResponseWriter, r *http.Request) {
			for chunk := strings.Repeat(" ", 1<<16); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, "unexpected_answer", soon),
		"cuts the connection in the request": later(func(*real, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF", soon),
		"takes it and cuts the connection":   duplicated,
		"takes it and cuts the answer":       cut,
		"a redirect": later(func(srv *real, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "307", soon),
		"200 with a page":         later(status(200, "", page), "is the endpoint a tkserver", soon),
		"200 with nothing":        later(status(200, "", ""), "is the endpoint a tkserver", soon),
		"400 of a header":         later(status(400, "", failure("bad_nonce")), "bad_nonce", soon),
		"400 with a page":         later(status(400, "", page), "400", soon),
		"401":                     refused(401, failure("unknown_token"), "unknown_token"),
		"401 of the clock":        later(status(401, "", failure("bad_timestamp")), "bad_timestamp", soon),
		"401 with a page":         later(status(401, "", page), "401", soon),
		"403":                     refused(403, failure("wrong_application"), "wrong_application"),
		"403 with a page":         later(status(403, "", page), "403", soon),
		"404 with a page":         later(status(404, "", page), "404", soon),
		"409":                     later(status(409, "", failure("nonce_used")), "nonce_used", soon),
		"422 of the schema":       later(status(422, "", failure("unsupported_schema")), "unsupported_schema", soon),
		"429 without a time":      later(status(429, "", failure("rate_limited")), "rate_limited", soon),
		"429 in seconds":          later(status(429, "90", failure("rate_limited")), "rate_limited", 90*time.Second),
		"429 with a date":         later(statusUntil(20*time.Minute), "rate_limited", 20*time.Minute),
		"429 with a date of old":  later(statusUntil(-time.Hour), "rate_limited", soon),
		"429 for a year":          later(status(429, "31536000", failure("rate_limited")), "rate_limited", 24*time.Hour),
		"429 with nonsense":       later(status(429, "tomorrow", failure("rate_limited")), "rate_limited", soon),
		"500":                     later(status(500, "", failure("internal")), "internal", soon),
		"502 with a page":         later(status(502, "", page), "502", soon),
		"503 in seconds":          later(status(503, "120", failure("unavailable")), "unavailable", 2*time.Minute),
		"413 of every single one": dead(413, failure("too_large"), "too_large"),
		"400 of every single one": dead(400, failure("malformed_body"), "malformed_body"),
		"413 of more than one": {
			front: func(srv *real, w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Batch-Size") != "1" {
					status(413, "", failure("too_large"))(srv, w, r)
					return
				}
				srv.handler.ServeHTTP(w, r)
			},
			at: at{sent: 3}, counted: 3,
		},
		"207 for one of them": {
			front: spoil, at: at{sent: 2, rejected: 1}, why: "invalid_event: /service/version", counted: 2,
		},
		"207 for ids that nobody sent": {
			front: func(srv *real, w http.ResponseWriter, r *http.Request) {
				srv.handler.ServeHTTP(httptest.NewRecorder(), r)
				status(207, "", `{"status":"partial_success","accepted":3,"rejected":2,"errors":[{"index":77,"event_id":"","error":"x"},{"index":-1,"event_id":"00000000-0000-7000-8000-000000000001","error":"x"}]}`)(srv, w, r)
			},
			at: at{sent: 3}, counted: 3,
		},
	}
}

// TestMisbehaving sends three events to each server that misbehaves, and then, when
// their time has come, to one that behaves. What the first has not taken the
// second counts, once.
func TestMisbehaving(t *testing.T) {
	t.Setenv("TESTPROG_TELEMETRY", "on")
	for name, m := range misbehaviours() {
		t.Run(name, func(t *testing.T) {
			srv := realServer(t)
			run := attempt{t: t, dir: t.TempDir(), srv: srv, dsn: srv.dsn}
			recordSome(t, run.dir)
			srv.behind(m.front)
			if m.dsn != nil {
				run.dsn = m.dsn(t, srv.dsn)
			}
			if m.hangs {
				run.limit = 250 * time.Millisecond
			}
			began := time.Now()
			_, err := run.sync()
			run.limit = 0
			if !errors.Is(err, m.err) || err != nil && (strings.Contains(err.Error(), srv.dsn.Token) || strings.Contains(err.Error(), srv.dsn.Secret)) {
				t.Errorf("the run: %v, want %v and no credentials in it", err, m.err)
			}
			if took := time.Since(began); m.hangs && took > 5*time.Second {
				t.Errorf("it took %s, with a limit of 250 ms for a request", took)
			}
			run.wants(m.at, m.why, m.next)

			srv.behind(nil)
			run.dsn = srv.dsn
			if m.err != nil && m.dsn == nil {
				if got, err := run.sync(); got.Requests != 0 || !errors.Is(err, m.err) {
					t.Errorf("before its time: %+v, %v", got, err)
				}
			}
			srv.passes(m.next)
			run.force = errors.Is(m.err, ErrRefused) // a person asks
			got, err := run.sync()
			if err != nil || got.Sent != m.sent || got.Duplicates != m.duplicates {
				t.Errorf("then: %+v, %v; want %d sent, %d of them duplicates", got, err, m.sent, m.duplicates)
			}
			if got, err := run.sync(); err != nil || got.Requests != 0 {
				t.Errorf("and once more: %+v, %v", got, err)
			}
			srv.counts(m.counted)
		})
	}
}

// attempt is a program's sending, by the server's clock.
type attempt struct {
	t     *testing.T
	dir   string
	srv   *real
	dsn   wire.DSN
	force bool
	limit time.Duration // of a request; none: 20 s
}

func (a *attempt) sync() (Result, error) {
	a.t.Helper()
	client := upload.NewClient()
	client.Timeout = cmp.Or(a.limit, 20*time.Second)
	return Sync(a.t.Context(), Options{
		Service: "testprog", Dir: a.dir, DSN: a.dsn.String(), Client: client, Force: a.force, Now: a.srv.now,
	})
}

// wants looks at the outbox.
func (a *attempt) wants(want at, why string, next time.Duration) {
	a.t.Helper()
	box, err := outbox.Open(a.t.Context(), a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	defer box.Close()
	var got at
	reasons := ""
	err = box.Rows(a.t.Context(), func(r outbox.Row) error {
		*map[string]*int{"pending": &got.pending, "sent": &got.sent, "rejected": &got.rejected, "open": new(int)}[r.State]++
		reasons += r.Reason
		return nil
	})
	if err != nil || got != want {
		a.t.Errorf("the events are at %+v, %v; want %+v", got, err, want)
	}
	state, err := upload.ReadState(a.t.Context(), box)
	if err != nil || !strings.Contains(state.LastError+reasons, why) {
		a.t.Errorf("last error %q, reasons %q, %v; want %q in it", state.LastError, reasons, err, why)
	}
	wait := state.NextAttempt.Sub(a.srv.now())
	if next == 0 && !state.NextAttempt.IsZero() || next == soon && (wait < time.Second || wait > soon) || next > 0 && next != soon && wait != next {
		a.t.Errorf("the next attempt is in %s (%s), want %s", wait, state.NextAttempt, next)
	}
}

// spoil makes the second event of a batch one that the server will not take.
func spoil(srv *real, w http.ResponseWriter, r *http.Request) {
	zipped, err := gzip.NewReader(r.Body)
	if err != nil {
		srv.t.Error(err)
		return
	}
	var batch wire.Batch
	if err := json.NewDecoder(zipped).Decode(&batch); err != nil {
		srv.t.Error(err)
		return
	}
	version := regexp.MustCompile(`("service":\{[^}]*"version":)"[^"]*"`)
	batch.Events[1] = version.ReplaceAll(batch.Events[1], []byte(`$1""`))
	body, err := wire.Encode(batch.Events)
	if err != nil {
		srv.t.Error(err)
		return
	}
	again, err := wire.Request{DSN: srv.dsn, Time: srv.now(), Nonce: event.NewID(srv.now()), BatchSize: len(batch.Events), SDKVersion: "x"}.NewHTTP(body)
	if err != nil {
		srv.t.Error(err)
		return
	}
	srv.handler.ServeHTTP(w, again)
}

func moved(dsn wire.DSN, scheme, host string) wire.DSN {
	dsn.Scheme, dsn.Host = scheme, host
	return dsn
}

func closedDSN(t *testing.T, dsn wire.DSN) wire.DSN {
	l := listen(t)
	l.Close()
	return moved(dsn, "http", l.Addr().String())
}

// silentDSN is that of a port where the kernel accepts and nobody answers.
func silentDSN(t *testing.T, dsn wire.DSN) wire.DSN {
	return moved(dsn, "http", listen(t).Addr().String())
}

func greetingDSN(t *testing.T, dsn wire.DSN) wire.DSN {
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
		}
	}()
	return moved(dsn, "http", l.Addr().String())
}

func badCertificateDSN(t *testing.T, dsn wire.DSN) wire.DSN {
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") }))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	t.Cleanup(web.Close)
	return moved(dsn, "https", web.Listener.Addr().String())
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
