// Package telemetrygrpc records the calls that a gRPC server answers and that a
// gRPC client makes, by the names of their methods.
//
// In come the options of a server or a connection; out go, for each method, how
// often it was called, how that ended and how long it took:
//
//	server := grpc.NewServer(telemetrygrpc.Server()...)
//	conn, err := grpc.NewClient(target, append(telemetrygrpc.Client(), opts...)...)
//
// "/helloworld.Greeter/SayHello" is the feature
// "grpc.server.helloworld.greeter.sayhello". A call of status OK is a success, one
// of Canceled is canceled, one of any other status an error. What a server refuses
// because of the one who asks (NotFound, Unauthenticated, ...) is counted apart, as
// "grpc.server.helloworld.greeter.sayhello.not_found": it would blur rate and
// duration of the rest. A stream is one call, from its beginning to its end.
// Messages, metadata, addresses and the texts of statuses are never looked at.
//
// These are interceptors, and not a stats.Handler as OpenTelemetry's
// instrumentation is today: a stats.Handler takes a panic for a success, sees
// names of methods that whoever connects made up, and has to bind the context anew.
// Nothing is wrapped here: messages, streams, contexts, errors and panics go on as
// they are. What gRPC answers by itself (methods that do not exist, messages that
// cannot be read) is not recorded.
//
// The package is a module of its own, so that only those who use it depend on gRPC.
package telemetrygrpc

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Options change what [Server] and [Client] do. The zero value is what they do.
type Options struct {
	// Each records every call by itself, with the attribute "code" ("not_found"),
	// instead of counting: for few calls. Then no status is told apart by name.
	Each bool
	// Skip reports whether a method ("/package.Service/Method") is not recorded: of
	// health checks, or of a client whose methods are its user's choice.
	Skip func(fullMethod string) bool
}

// Server returns the options with which grpc.NewServer records the calls that it
// answers. Interceptors of options behind it run inside.
func Server() []grpc.ServerOption { return Options{}.Server() }

// Client returns the options with which grpc.NewClient records the calls that it
// makes. A call that is tried several times is one.
func Client() []grpc.DialOption { return Options{}.Client() }

// Server is [Server] with options.
func (o Options) Server() []grpc.ServerOption {
	s := o.side("server")
	return []grpc.ServerOption{grpc.ChainUnaryInterceptor(s.answer), grpc.ChainStreamInterceptor(s.answerStream)}
}

// Client is [Client] with options.
func (o Options) Client() []grpc.DialOption {
	s := o.side("client")
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(s.call), grpc.WithChainStreamInterceptor(s.callStream)}
}

// side is a server or a client.
type side struct {
	name   string
	o      Options
	points telemetry.Points[key]
}

// key is what a name is made of.
type key struct {
	method string
	code   codes.Code // OK, unless it is told apart
}

func (o Options) side(name string) *side {
	if o.Skip == nil {
		o.Skip = func(string) bool { return false }
	}
	s := &side{name: name, o: o, points: telemetry.Points[key]{Other: "grpc." + name + ".other", Each: o.Each}}
	s.points.Name = s.nameOf
	return s
}

// unmatched is the method of calls that a server's unknown service handler
// answers, whatever was asked for.
const unmatched = "/unmatched"

func (s *side) nameOf(k key) string {
	method := strings.ReplaceAll(strings.TrimPrefix(k.method, "/"), "/", ".")
	name := "grpc." + s.name + "." + telemetry.Letters(method, "-.")
	if k.code != codes.OK {
		name += "." + word(k.code)
	}
	return name
}

// answer is the interceptor of a server's unary calls.
func (s *side) answer(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	var how error
	call := telemetry.BeginCall()
	defer call.End(&how)
	// Runs first, after a panic as well: only then the status is known.
	defer func() { how = s.settle(&call, info.FullMethod, err) }()
	return handler(ctx, req)
}

// answerStream is the interceptor of a server's streams.
func (s *side) answerStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	var how error
	call := telemetry.BeginCall()
	defer call.End(&how)
	method := info.FullMethod
	if srv == nil { // grpc.UnknownServiceHandler: the name is that of whoever asks
		method = unmatched
	}
	defer func() { how = s.settle(&call, method, err) }()
	return handler(srv, stream)
}

// call is the interceptor of a client's unary calls.
func (s *side) call(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) (err error) {
	var how error
	call := telemetry.BeginCall()
	defer call.End(&how)
	defer func() { how = s.settle(&call, method, err) }()
	return invoke(ctx, method, req, reply, cc, opts...)
}

// callStream is the interceptor of a client's streams. gRPC says when one has
// ended, in whatever way: an end that is read, an error, a context that is done.
func (s *side) callStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	call := telemetry.BeginCall()
	if !call.Recording() {
		return open(ctx, desc, cc, method, opts...)
	}
	var once sync.Once
	end := func(err error) {
		once.Do(func() {
			how := s.settle(&call, method, err)
			defer call.End(&how)
		})
	}
	stream, err := open(ctx, desc, cc, method, append(slices.Clip(opts), grpc.OnFinish(end))...)
	if err != nil {
		end(err)
	}
	return stream, err
}

// settle names a call that has ended, and returns the error that is recorded of
// it.
func (s *side) settle(call *telemetry.Call, method string, err error) error {
	if !call.Recording() || s.o.Skip(method) {
		return nil
	}
	k, code := key{method: method}, codeOf(err)
	if s.o.Each {
		call.Add(slog.String("code", word(code)))
	} else if s.name == "server" && byCaller(code) {
		k.code = code
	}
	call.Name(s.points.Of(k))
	switch code {
	case codes.OK:
		return nil
	case codes.Canceled:
		return context.Canceled
	default:
		return statusError(code)
	}
}
