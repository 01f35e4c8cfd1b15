package telemetrygrpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// service does what the messages say.
type service struct {
	testpb.UnimplementedTestServiceServer
}

// do does what a word says: "ok", "wait", "panic", "plain", "NotFound", ...
func do(ctx context.Context, word string) error {
	switch word {
	case "ok":
		return nil
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	case "panic":
		panic("at the disco")
	case "plain":
		return errors.New("of bob")
	case "wrapped":
		return fmt.Errorf("of bob: %w", status.Error(codes.NotFound, "of bob"))
	case "internal, canceled inside": // what is sent is Internal
		return &own{}
	case "42":
		return status.Error(42, "of bob")
	}
	for c := codes.Canceled; c <= codes.Unauthenticated; c++ {
		if c.String() == word {
			return status.Error(c, "of bob")
		}
	}
	return status.Error(codes.InvalidArgument, "the test asks for "+word)
}

// own is an error that says what is to be sent, and wraps another one.
type own struct{}

func (*own) Error() string              { return "of bob" }
func (*own) Unwrap() error              { return context.Canceled }
func (*own) GRPCStatus() *status.Status { return status.New(codes.Internal, "of bob") }

func payload(word string) *testpb.Payload { return &testpb.Payload{Body: []byte(word)} }

func (service) UnaryCall(ctx context.Context, in *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	return &testpb.SimpleResponse{Payload: in.GetPayload()}, do(ctx, string(in.GetPayload().GetBody()))
}

func (service) StreamingOutputCall(in *testpb.StreamingOutputCallRequest, out grpc.ServerStreamingServer[testpb.StreamingOutputCallResponse]) error {
	for range 3 {
		if err := out.Send(&testpb.StreamingOutputCallResponse{Payload: in.GetPayload()}); err != nil {
			return err
		}
	}
	return do(out.Context(), string(in.GetPayload().GetBody()))
}

func (service) StreamingInputCall(in grpc.ClientStreamingServer[testpb.StreamingInputCallRequest, testpb.StreamingInputCallResponse]) error {
	word, n := "ok", int32(0)
	for {
		m, err := in.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		word, n = string(m.GetPayload().GetBody()), n+1
	}
	if err := do(in.Context(), word); err != nil {
		return err
	}
	return in.SendAndClose(&testpb.StreamingInputCallResponse{AggregatedPayloadSize: n})
}

func (service) FullDuplexCall(both grpc.BidiStreamingServer[testpb.StreamingOutputCallRequest, testpb.StreamingOutputCallResponse]) error {
	for {
		m, err := both.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(both.Context(), string(m.GetPayload().GetBody())); err != nil {
			return err
		}
		if err := both.Send(&testpb.StreamingOutputCallResponse{Payload: m.GetPayload()}); err != nil {
			return err
		}
	}
}

// world is a server and a connection to it.
type world struct {
	testpb.TestServiceClient
	conn   *grpc.ClientConn
	server *grpc.Server
	done   chan error
}

// serve starts a real server on loopback, and connects to it.
func serve(t testing.TB, server []grpc.ServerOption, client []grpc.DialOption) *world {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{server: grpc.NewServer(server...), done: make(chan error, 1)}
	testpb.RegisterTestServiceServer(w.server, service{})
	go func() { w.done <- w.server.Serve(listener) }()
	client = append(client, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if w.conn, err = grpc.NewClient(listener.Addr().String(), client...); err != nil {
		t.Fatal(err)
	}
	w.TestServiceClient = testpb.NewTestServiceClient(w.conn)
	return w
}

// stop returns when all calls have ended, on both sides.
func (w *world) stop(t testing.TB) {
	t.Helper()
	w.server.GracefulStop()
	if err := w.conn.Close(); err != nil {
		t.Error(err)
	}
	if err := <-w.done; err != nil {
		t.Error(err)
	}
}

// calls are all kinds of calls, each with what its client sees.
var calls = map[string]func(ctx context.Context, w *world, word string) string{
	"unary": func(ctx context.Context, w *world, word string) string {
		out, err := w.UnaryCall(ctx, &testpb.SimpleRequest{Payload: payload(word)})
		return seen(err, string(out.GetPayload().GetBody()))
	},
	"server stream": func(ctx context.Context, w *world, word string) string {
		in, err := w.StreamingOutputCall(ctx, &testpb.StreamingOutputCallRequest{Payload: payload(word)})
		if err != nil {
			return seen(err)
		}
		return read(in.Recv)
	},
	"client stream": func(ctx context.Context, w *world, word string) string {
		out, err := w.StreamingInputCall(ctx)
		if err != nil {
			return seen(err)
		}
		for range 2 {
			_ = out.Send(&testpb.StreamingInputCallRequest{Payload: payload(word)})
		}
		sum, err := out.CloseAndRecv()
		return seen(err, fmt.Sprint(sum.GetAggregatedPayloadSize()))
	},
	"both": func(ctx context.Context, w *world, word string) string {
		both, err := w.FullDuplexCall(ctx)
		if err != nil {
			return seen(err)
		}
		for _, word := range []string{"ok", "ok", word} {
			_ = both.Send(&testpb.StreamingOutputCallRequest{Payload: payload(word)})
		}
		_ = both.CloseSend()
		return read(both.Recv)
	},
}

// read returns what a stream brings until it ends.
func read(recv func() (*testpb.StreamingOutputCallResponse, error)) string {
	var got []string
	for {
		m, err := recv()
		if errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			got = append(got, string(m.GetPayload().GetBody()))
			continue
		}
		return seen(err, got...)
	}
}

// seen is what a client sees of a call.
func seen(err error, got ...string) string {
	s := status.Convert(err)
	if s.Code() == codes.DeadlineExceeded || s.Code() == codes.Canceled {
		return s.Code().String() // found by the client or by the server: the text differs
	}
	return fmt.Sprint(s.Code(), " ", s.Message(), " ", strings.Join(got, ","))
}

// eventually waits until a condition holds: some ends are seen in the background.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to this: ", what)
		}
	}
}

// marked is a context with metadata, which nobody records.
func marked(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "user", "bob")
}
