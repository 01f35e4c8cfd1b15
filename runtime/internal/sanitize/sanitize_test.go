package sanitize

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHarmless(t *testing.T) {
	for _, keep := range []string{
		"json", "yaml", "v1.26.8", "1.2.3-rc.1+build5", "eu-west-1", "linux_amd64", "x86_64-unknown-linux-gnu",
		"HelloWorld", "c++", "2026.11.23", "0.0.1", "content-security-policy", "ClusterRoleBinding",
	} {
		if !Harmless(keep) {
			t.Errorf("%q is not kept", keep)
		}
	}
	for _, drop := range []string{
		"", "bob@example.com", "/home/bob", `C:\Users\bob`, `\\server\share`, "~/.ssh/id_rsa", "../secret", ".env", "a b",
		"https://user:pw@host/x", "key=value", "192.168.1.17", "00-1a-2b-3c-4d-5e", "00:1a:2b:3c:4d:5e", "fe80::1", "größe",
		"line\nbreak", strings.Repeat("a", 65), "4111111111111111", "4111-1111-1111-1111",
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE", "sk-proj-abc", "glpat-xyz", "xoxb-1", "npm_x",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N",
		"DE89370400440532013000", "212-555-0147", "ip-10-0-0-7", "0000.5e00.5301", "4111-1111-1111-1111", "378282246310005",
		"d41d8cd98f00b204e9800998ecf8427e", "550e8400-e29b-41d4-a716-446655440000", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
	} {
		if Harmless(drop) {
			t.Errorf("%q is kept", drop)
		}
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"cluster.deploy": "cluster.deploy", "get-values": "get-values", "a_b.c2": "a_b.c2",
		"": "other", "Deploy": "other", "a b": "other", "a/b": "other", "bob@example.com": "other", "größe": "other",
		"203.0.113.7": "other", "ip-10-0-0-1": "other", "212-555-0147": "other", "550e8400-e29b-41d4-a716-446655440000": "other", "x7f3k9q2m8w4z6p1r5t0": "other",
		"http2.server.handle-3": "http2.server.handle-3", "v2.convert_utf16_to_utf8": "v2.convert_utf16_to_utf8",
		"a\x00b": "other", strings.Repeat("a", 129): "other", strings.Repeat("a", 128): strings.Repeat("a", 128),
	} {
		if got := Name(name); got != want {
			t.Errorf("%q: want %q, got %q", name, want, got)
		}
	}
}

type valuer struct{ asked *bool }

func (v valuer) LogValue() slog.Value {
	*v.asked = true
	return slog.StringValue("x")
}

func TestAttributes(t *testing.T) {
	asked := false
	got := Attributes(nil, []slog.Attr{
		slog.Bool("ok", true), slog.Int("n", -3), slog.Uint64("u", 3), slog.Float64("f", 0.5), slog.Duration("took", time.Second),
		slog.String("format", "json"), slog.String("path", "/home/bob"), slog.String("user_1", "bob@example.com"),
		slog.Float64("nan", math.NaN()), slog.Float64("inf", math.Inf(1)), slog.Any("any", struct{}{}), slog.Any("err", errors.New("x")),
		slog.Group("group", slog.Int("n", 1)), slog.Any("valuer", valuer{&asked}), slog.Time("at", time.Now()),
		slog.Int("", 1), slog.Int("Upper", 1), slog.Int("bob@example.com", 1), slog.Int("with space", 1), slog.Int("1st", 1),
	})
	want := []slog.Attr{
		slog.Bool("ok", true), slog.Int("n", -3), slog.Uint64("u", 3), slog.Float64("f", 0.5), slog.Duration("took", time.Second),
		slog.String("format", "json"), slog.String("path", "other"), slog.String("user_1", "other"),
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b slog.Attr) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if asked {
		t.Error("code of the program ran: LogValue")
	}
	many := make([]slog.Attr, 100)
	for i := range many {
		many[i] = slog.Int(fmt.Sprintf("a%d", i), i)
	}
	if got := Attributes(nil, many); len(got) != MaxAttributes {
		t.Errorf("%d attributes are kept, want %d", len(got), MaxAttributes)
	}
}

type (
	errValue          struct{ text string }
	errOf[T any]      struct{}
	errNilWrap        struct{}
	errWithItsOwnWrap struct{ error }
)

func (e errValue) Error() string          { return e.text }
func (*errOf[T]) Error() string           { return "x" }
func (*errNilWrap) Error() string         { return "x" }
func (*errNilWrap) Unwrap() error         { panic("must not be called") }
func (e errWithItsOwnWrap) Unwrap() error { return e.error }

func TestErrorType(t *testing.T) {
	for want, err := range map[string]error{
		"*fs.PathError":              &fs.PathError{Op: "open", Path: "/home/bob/secret", Err: fs.ErrNotExist},
		"*errors.errorString":        errors.New("text"),
		"sanitize.errValue":          fmt.Errorf("a: %w", fmt.Errorf("b: %w", errValue{"c"})),
		"sanitize.errWithItsOwnWrap": errors.Join(nil, errWithItsOwnWrap{errors.New("x")}, errors.New("y")),
		"*fmt.wrapErrors":            fmt.Errorf("%w %w", error(nil), error(nil)),
		"*sanitize.errOf":            &errOf[struct{ Secret int }]{},
		"*sanitize.errNilWrap":       (*errNilWrap)(nil),
	} {
		if got := ErrorType(err); got != want {
			t.Errorf("%v: want %s, got %s", err, want, got)
		}
	}
}

// FuzzHarmless holds that what is kept is short, of one alphabet, and none of
// the things that have a sign of their own.
func FuzzHarmless(f *testing.F) {
	for _, s := range []string{"json", "bob@example.com", "/home/bob", "10.0.0.1", "ghp_x", "..", "a\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !Harmless(s) {
			return
		}
		if len(s) > MaxText || strings.ContainsAny(s, "@/\\:= \n\"'") || strings.HasPrefix(s, ".") {
			t.Errorf("%q is kept", s)
		}
	})
}

func BenchmarkHarmless(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if !Harmless("eu-west-1") {
			b.Fatal()
		}
	}
}
