package telemetrygrpc_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrygrpc"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"
)

// words are all that a handler is told to do in turn.
var words = []string{
	"ok", "plain", "wrapped", "internal, canceled inside", "42", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound",
	"AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
	"Internal", "Unavailable", "DataLoss", "Unauthenticated",
}

// callAll makes all calls, and returns what their clients see.
func callAll(t *testing.T, server []grpc.ServerOption, client []grpc.DialOption) map[string]string {
	t.Helper()
	w := serve(t, server, client)
	got := map[string]string{}
	for kind, call := range calls {
		for _, word := range words {
			got[kind+" "+word] = call(marked(t.Context()), w, word)
		}
	}
	w.stop(t)
	return got
}

// TestCalls: a server and a client that are recorded do what others do, and of
// each method it is known how its calls ended.
func TestCalls(t *testing.T) {
	recorded := telemetrytest.Start(t)
	bare := callAll(t, nil, nil)
	if got := recorded.Features(); len(got) > 0 {
		t.Fatalf("recorded %v", got)
	}
	got := callAll(t, telemetrygrpc.Server(), telemetrygrpc.Client())
	if diff := cmp.Diff(bare, got); diff != "" {
		t.Errorf("not what clients see without:\n%s", diff)
	}
	// 21 calls of a method: one is a success and one is canceled. The client calls
	// the other 19 errors; so does the server 9 of them, and counts the rest, ten
	// of nine statuses, apart.
	want := map[string]telemetrytest.Count{}
	for _, method := range []string{"unarycall", "streamingoutputcall", "streaminginputcall", "fullduplexcall"} {
		want["grpc.client.grpc.testing.testservice."+method] = telemetrytest.Count{Calls: 21, Errors: 19, Canceled: 1}
		name := "grpc.server.grpc.testing.testservice." + method
		want[name] = telemetrytest.Count{Calls: 11, Errors: 9, Canceled: 1}
		for _, code := range []string{
			"invalid_argument", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
			"aborted", "out_of_range", "unauthenticated",
		} {
			want[name+"."+code] = telemetrytest.Count{Calls: 1, Errors: 1}
		}
		want[name+".not_found"] = telemetrytest.Count{Calls: 2, Errors: 2} // and the one that is wrapped
	}
	if diff := cmp.Diff(want, recorded.Features()); diff != "" {
		t.Error(diff)
	}
}

// TestEach has the status of every call, and nothing of what was said.
func TestEach(t *testing.T) {
	recorded := telemetrytest.Start(t)
	each := telemetrygrpc.Options{Each: true}
	w := serve(t, each.Server(), each.Client())
	for _, word := range []string{"ok", "NotFound", "Canceled", "plain", "42"} {
		calls["both"](marked(t.Context()), w, word)
	}
	w.stop(t)
	var got []string
	for _, e := range recorded.Events() {
		got = append(got, fmt.Sprint(e.Name, " ", e.Outcome, " ", e.ErrorType, " ", e.ErrorCode, " ", e.Attributes["code"]))
		if strings.Contains(e.JSON, "bob") || strings.Contains(e.JSON, "127.0.0.1") {
			t.Errorf("a secret is in %s", e.JSON)
		}
	}
	var want []string
	for _, how := range []string{
		"ok   ok", "error telemetrygrpc.statusError grpc.not_found not_found", "canceled   canceled",
		"error telemetrygrpc.statusError grpc.unknown unknown", "error telemetrygrpc.statusError grpc.unknown unknown",
	} {
		want = append(want, "grpc.client.grpc.testing.testservice.fullduplexcall "+how, "grpc.server.grpc.testing.testservice.fullduplexcall "+how)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDeadlineAndCancel ends calls from outside while their handlers wait.
func TestDeadlineAndCancel(t *testing.T) {
	recorded := telemetrytest.Start(t)
	w := serve(t, telemetrygrpc.Server(), telemetrygrpc.Client())
	for kind, call := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if got := call(ctx, w, "wait"); got != "DeadlineExceeded" {
			t.Errorf("%s, with a deadline: %s", kind, got)
		}
		cancel()
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if got := call(ctx, w, "wait"); got != "Canceled" {
			t.Errorf("%s, canceled: %s", kind, got)
		}
	}
	w.stop(t)
	want := map[string]telemetrytest.Count{}
	for _, name := range []string{"unarycall", "streamingoutputcall", "streaminginputcall", "fullduplexcall"} {
		want["grpc.client.grpc.testing.testservice."+name] = telemetrytest.Count{Calls: 2, Errors: 1, Canceled: 1}
	}
	got := recorded.Features()
	// Which of the two a server sees first when a deadline passes, its own clock's or
	// the client's cancellation, is a race: either is an end.
	for name, count := range got {
		if strings.HasPrefix(name, "grpc.server.") {
			if count.Calls != 2 || count.Errors+count.Canceled != 2 || count.Canceled == 0 {
				t.Errorf("%s: %+v", name, count)
			}
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAbandoned: a client that gives up a stream without reading its end.
func TestAbandoned(t *testing.T) {
	recorded := telemetrytest.Start(t)
	w := serve(t, telemetrygrpc.Server(), telemetrygrpc.Client())
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := w.StreamingOutputCall(ctx, &testpb.StreamingOutputCallRequest{Payload: payload("wait")}); err != nil {
		t.Fatal(err)
	}
	cancel()
	const name = "grpc.client.grpc.testing.testservice.streamingoutputcall"
	eventually(t, "the call is recorded", func() bool {
		return recorded.Features()[name] == telemetrytest.Count{Calls: 1, Canceled: 1}
	})
	w.stop(t)
}

// TestNobodyThere: a stream that never begins is an error, once.
func TestNobodyThere(t *testing.T) {
	recorded := telemetrytest.Start(t)
	w := serve(t, nil, telemetrygrpc.Client())
	w.server.Stop()
	<-w.done
	for _, call := range calls {
		if got := call(t.Context(), w, "ok"); !strings.HasPrefix(got, "Unavailable") {
			t.Errorf("the client sees %s", got)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, call := range calls {
		if got := call(canceled, w, "ok"); got != "Canceled" {
			t.Errorf("the client sees %s", got)
		}
	}
	for name, got := range recorded.Features() {
		if want := (telemetrytest.Count{Calls: 2, Errors: 1, Canceled: 1}); got != want {
			t.Errorf("%s: want %+v, got %+v", name, want, got)
		}
	}
	if got := len(recorded.Features()); got != 4 {
		t.Errorf("%d names", got)
	}
	w.conn.Close()
}

// TestPanic: a panic goes on to whoever recovers it, and is recorded as one.
func TestPanic(t *testing.T) {
	recorded := telemetrytest.Start(t)
	var recovered []any
	unary := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (_ any, err error) {
		defer func() {
			recovered = append(recovered, recover())
			err = status.Error(codes.Internal, "sorry")
		}()
		return h(ctx, req)
	}
	stream := func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) (err error) {
		defer func() {
			recovered = append(recovered, recover())
			err = status.Error(codes.Internal, "sorry")
		}()
		return h(srv, s)
	}
	options := append([]grpc.ServerOption{grpc.UnaryInterceptor(unary), grpc.StreamInterceptor(stream)}, telemetrygrpc.Server()...)
	w := serve(t, options, nil)
	for kind, call := range calls {
		if got := call(t.Context(), w, "panic"); !strings.HasPrefix(got, "Internal sorry") {
			t.Errorf("%s: the client sees %s", kind, got)
		}
	}
	w.stop(t)
	for _, r := range recovered {
		if r != "at the disco" {
			t.Errorf("recovered %v", r)
		}
	}
	for name, got := range recorded.Features() {
		if (got != telemetrytest.Count{Calls: 1, Panics: 1}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := len(recorded.Features()); got != 4 || len(recovered) != 4 {
		t.Errorf("%d names, %d panics", got, len(recovered))
	}
}

// TestMain is a server that crashes, if a test asks for that.
func TestMain(m *testing.M) {
	how := os.Getenv("CRASH")
	if how == "" {
		os.Exit(m.Run())
	}
	server := telemetrygrpc.Server()
	if how == "bare" {
		server = nil
	}
	defer telemetry.Start(telemetry.Config{Service: "crash", Dir: os.Getenv("CRASH_DIR")}).Stop()
	w := serve(&testing.T{}, server, nil)
	calls[os.Getenv("CRASH_CALL")](context.Background(), w, "panic")
}

// TestCrash: without anybody who recovers, a server crashes as it did.
func TestCrash(t *testing.T) {
	for kind := range calls {
		crash := func(how string) (status int, trace string) {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "CRASH="+how, "CRASH_CALL="+kind, "CRASH_DIR="+t.TempDir(), "CI=", "CRASH_TELEMETRY=local")
			out, _ := cmd.CombinedOutput()
			return cmd.ProcessState.ExitCode(), string(out)
		}
		wantStatus, want := crash("bare")
		gotStatus, got := crash("recorded")
		if gotStatus != wantStatus || wantStatus != 2 {
			t.Errorf("%s: exit status %d, want %d", kind, gotStatus, wantStatus)
		}
		// The frames below the handler are those of gRPC, with the interceptor's.
		if diff := cmp.Diff(untilHandler(want), untilHandler(got)); diff != "" {
			t.Errorf("%s: not the crash that it was:\n%s", kind, diff)
		}
		if !strings.Contains(got, "telemetrygrpc.(*side)") {
			t.Errorf("%s: not recorded at all:\n%s", kind, got)
		}
	}
}

var addresses = regexp.MustCompile(`0x[0-9a-f]+\??`)

// untilHandler returns the head of a crash: the panic, and functions and lines from
// there to the service's handler.
func untilHandler(crash string) (head []string) {
	for line := range strings.Lines(crash) {
		if strings.HasPrefix(line, "goroutine ") {
			continue // its number
		}
		head = append(head, strings.TrimSpace(addresses.ReplaceAllString(line, "0x")))
		if strings.Contains(line, "service.") {
			return head
		}
	}
	return head
}

// TestUnknownService: what whoever connects makes up is no name.
func TestUnknownService(t *testing.T) {
	recorded := telemetrytest.Start(t)
	proxy := grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error { return status.Error(codes.Unavailable, "nobody") })
	w := serve(t, append(telemetrygrpc.Server(), proxy), nil)
	for i := range 3 {
		_ = w.conn.Invoke(t.Context(), fmt.Sprint("/of.bob/Secret", i), &testpb.Empty{}, &testpb.Empty{})
	}
	w.stop(t)
	want := map[string]telemetrytest.Count{"grpc.server.unmatched": {Calls: 3, Errors: 3}}
	if diff := cmp.Diff(want, recorded.Features()); diff != "" {
		t.Error(diff)
	}
}

func TestSkip(t *testing.T) {
	recorded := telemetrytest.Start(t)
	o := telemetrygrpc.Options{Skip: func(method string) bool { return !strings.HasSuffix(method, "/UnaryCall") }}
	w := serve(t, o.Server(), o.Client())
	for _, call := range calls {
		call(t.Context(), w, "ok")
	}
	w.stop(t)
	got := slices.Sorted(maps.Keys(recorded.Features()))
	want := []string{"grpc.client.grpc.testing.testservice.unarycall", "grpc.server.grpc.testing.testservice.unarycall"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOff calls through interceptors that record nothing, and leaves no file.
func TestOff(t *testing.T) {
	config := telemetrytest.New(t, "off").Config
	t.Setenv("OFF_TELEMETRY", "off")
	defer telemetry.Start(config).Stop()
	if diff := cmp.Diff(callAll(t, nil, nil), callAll(t, telemetrygrpc.Server(), telemetrygrpc.Client())); diff != "" {
		t.Error(diff)
	}
	if entries, err := os.ReadDir(config.Dir); err != nil || len(entries) > 0 {
		t.Errorf("there are %v (%v)", entries, err)
	}
}

func BenchmarkUnary(b *testing.B) {
	run := func(server []grpc.ServerOption, client []grpc.DialOption) func(*testing.B) {
		return func(b *testing.B) {
			w := serve(b, server, client)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.UnaryCall(b.Context(), &testpb.SimpleRequest{Payload: payload("ok")}); err != nil {
					b.Fatal(err)
				}
			}
			w.stop(b)
		}
	}
	b.Run("bare", run(nil, nil))
	b.Run("off", run(telemetrygrpc.Server(), telemetrygrpc.Client()))
	b.Run("on", func(b *testing.B) {
		telemetrytest.Start(b)
		run(telemetrygrpc.Server(), telemetrygrpc.Client())(b)
	})
}

func Example() {
	defer telemetry.Start(telemetry.Config{Service: "myserver"}).Stop()

	// Counted as grpc.server.helloworld.greeter.sayhello, whoever is greeted.
	server := grpc.NewServer(telemetrygrpc.Server()...)
	defer server.Stop()
	// helloworld.RegisterGreeterServer(server, ...); server.Serve(listener)
}
