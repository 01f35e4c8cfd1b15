package wire

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestParseDSN(t *testing.T) {
	for text, want := range map[string]DSN{
		"https://tok:sec@telemetry.example/acme/tool":           {"https", "telemetry.example", "acme", "tool", "tok", "sec"},
		" http://tok:sec@127.0.0.1:8080/acme/tool/\n":           {"http", "127.0.0.1:8080", "acme", "tool", "tok", "sec"},
		"https://tok:p%40ss%2F@host/behind/a/proxy/acme/my.t-1": {"https", "host/behind/a/proxy", "acme", "my.t-1", "tok", "p@ss/"},
	} {
		got, err := ParseDSN(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
		if again, err := ParseDSN(got.String()); err != nil || again != got {
			t.Errorf("%q is written as %q (%v)", text, got, err)
		}
		if strings.Contains(got.Redacted(), got.Secret) {
			t.Errorf("redacted: %s", got.Redacted())
		}
	}
	for _, bad := range []string{
		"", "host", "ftp://tok:sec@h/o/a", "https://h/o/a", "https://tok@h/o/a", "https://tok:sec@/o/a", "https://tok:sec@h/a",
		"https://tok:sec@h/Org/a", "https://tok:sec@h/o/a?x=1", "https://tok:sec@h/o/a#x", "https://tok:sec@h/o/-a", "https://tok:sec@h:port/o/a",
	} {
		if d, err := ParseDSN(bad); !errors.Is(err, ErrDSN) || strings.Contains(err.Error(), "sec@") {
			t.Errorf("%q is read as %+v: %v", bad, d, err)
		}
	}
}

func TestCleartext(t *testing.T) {
	for host, want := range map[string]bool{"localhost": false, "127.0.0.1:80": false, "[::1]:80": false, "example.com": true, "10.0.0.1": true} {
		if got := (DSN{Scheme: "http", Host: host}).Cleartext(); got != want {
			t.Errorf("http, %s: %v", host, got)
		}
		if (DSN{Scheme: "https", Host: host}).Cleartext() {
			t.Errorf("https, %s", host)
		}
	}
}

// The signature is that of RFC 2104: the value was computed with openssl.
func TestSign(t *testing.T) {
	const want = "9b880f935ed26cb7f38f58252e9af79f2272b81834eb1393241437a44ce4cb31"
	got := Sign("key", "1", "2", []byte("body"))
	if got != want {
		t.Fatalf("want %s, got %s", want, got)
	}
	if !Verify("key", "1", "2", []byte("body"), got) {
		t.Error("does not verify")
	}
	for name, ok := range map[string]bool{
		"secret": Verify("kez", "1", "2", []byte("body"), got), "time": Verify("key", "3", "2", []byte("body"), got),
		"nonce": Verify("key", "1", "3", []byte("body"), got), "body": Verify("key", "1", "2", []byte("bodz"), got),
		"case": Verify("key", "1", "2", []byte("body"), strings.ToUpper(got)), "none": Verify("key", "1", "2", []byte("body"), ""),
	} {
		if ok {
			t.Errorf("another %s verifies", name)
		}
	}
}

func TestCheckTime(t *testing.T) {
	for stamp, want := range map[string]string{
		"1795435200": "", "1795435500": "", "1795434900": "", "1795435501": "ahead of", "1795434899": "behind",
		"1795431600": "1h0m0s behind", "": "want Unix seconds", "x": "want Unix seconds", "1e9": "want Unix seconds",
	} {
		err := CheckTime(stamp, noon)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: want %q, got %v", stamp, want, err)
		}
	}
}

func TestRequest(t *testing.T) {
	body, err := Encode([]json.RawMessage{[]byte(`{"a":"<&>"}`)})
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := ParseDSN("https://tok:sec@host/acme/tool")
	if err != nil {
		t.Fatal(err)
	}
	req, err := Request{DSN: dsn, Time: noon, Nonce: event.NewID(noon), BatchSize: 1, SDKVersion: "v1"}.NewHTTP(body)
	if err != nil {
		t.Fatal(err)
	}
	h := req.Header
	if req.URL.String() != "https://host/v1/ingest/acme/tool" || h.Get("Authorization") != "Bearer tok" || h.Get(HeaderTimestamp) != "1795435200" {
		t.Errorf("%s %v", req.URL, h)
	}
	if !Verify("sec", h.Get(HeaderTimestamp), h.Get(HeaderNonce), body, h.Get(HeaderSignature)) {
		t.Error("the signature does not fit")
	}
	if _, err := Encode([]json.RawMessage{[]byte("{")}); err == nil {
		t.Error("an event that is no JSON was encoded")
	}
}

func TestReadAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   io.Reader
		code   string
	}{
		"success":        {200, strings.NewReader(`{"status":"success","accepted":1}`), ""},
		"partial":        {207, strings.NewReader(`{"status":"partial_success","rejected":1}`), ""},
		"failure":        {401, strings.NewReader(`{"error":{"code":"bad_signature"}}`), "bad_signature"},
		"a page":         {200, strings.NewReader(`<html>`), "unexpected_answer"},
		"other JSON":     {200, strings.NewReader(`{"status":"ok"}`), "unexpected_answer"},
		"nothing":        {502, strings.NewReader(``), "unexpected_answer"},
		"a broken body":  {200, iotest.ErrReader(io.ErrUnexpectedEOF), "unexpected_answer"},
		"success by 500": {500, strings.NewReader(`{"status":"success"}`), "unexpected_answer"},
	} {
		_, failure := ReadAnswer(c.status, c.body)
		if c.code == "" && failure != nil || c.code != "" && (failure == nil || failure.Code != c.code) {
			t.Errorf("%s: want %q, got %+v", name, c.code, failure)
		}
	}
}
