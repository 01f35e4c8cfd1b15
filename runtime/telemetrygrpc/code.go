package telemetrygrpc

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// codeOf returns the status that a server sends for an error of its handler, and
// that a client got: without panicking, whatever methods the error has.
func codeOf(err error) (code codes.Code) {
	if err == nil {
		return codes.OK
	}
	defer func() {
		if recover() != nil {
			code = codes.Unknown
		}
	}()
	s, ok := status.FromError(err)
	if !ok {
		s = status.FromContextError(err)
	}
	return s.Code()
}

// words are the codes as gRPC writes them, in lower case.
// https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
var words = [...]string{
	"ok", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists", "permission_denied",
	"resource_exhausted", "failed_precondition", "aborted", "out_of_range", "unimplemented", "internal", "unavailable",
	"data_loss", "unauthenticated",
}

// word is one of words: the other side can send any number.
func word(c codes.Code) string {
	if int64(c) < int64(len(words)) {
		return words[c]
	}
	return "unknown"
}

// statusError is what is recorded of an error: its status, and nothing that it wraps.
type statusError codes.Code

func (e statusError) Error() string { return e.TelemetryCode() }

// TelemetryCode is for telemetry.Coder.
func (e statusError) TelemetryCode() string { return "grpc." + word(codes.Code(e)) }

// byCaller reports whether a status tells about the one who asks and not about the
// server, as OpenTelemetry's conventions for gRPC servers sort them.
func byCaller(c codes.Code) bool {
	switch c {
	case codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.ResourceExhausted,
		codes.FailedPrecondition, codes.Aborted, codes.OutOfRange, codes.Unauthenticated:
		return true
	default:
		return false
	}
}
