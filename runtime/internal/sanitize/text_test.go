package sanitize

import (
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/privacy/corpus"
)

func TestTextIsKept(t *testing.T) {
	got := Attributes(nil, []slog.Attr{slog.Any("said", Text("mail bob@example.com\nplease")), slog.Any("other", []string{"bob"})})
	if len(got) != 1 || got[0].Value.String() != "mail <email> please" {
		t.Errorf("%v", got)
	}
}

// What is cut never leaves a part of something that would have been found whole.
func TestClean(t *testing.T) {
	m := corpusMachine()
	long := strings.Repeat("word ", 1000)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"a\x1b[31mb\x00c", "a [31mb c"},
		{"a\xffb", "a\uFFFDb"},
		{"<email> stays", "<email> stays"},
		{strings.Repeat("x ", 200), strings.Repeat("x ", 126) + "x…"},
		{strings.Repeat("é", 200), strings.Repeat("é", 126) + "…"},
		{strings.Repeat("w ", 122) + "alice@example.com", strings.Repeat("w ", 122) + "<email>"},
		{strings.Repeat("w ", 124) + "alice@example.com", strings.Repeat("w ", 124) + "<email>"},
		{long[:2040] + "alice@example.com", long[:253] + "…"},
		{strings.Repeat("\xac", 2040) + " alice@example.com", ""}, // what is no text is one sign, and the rest of it was cut
		{"password=" + strings.Repeat("a1", 2000) + " x", "password=<secret>"},
		{strings.Repeat("bob@example.com ", 1000), strings.Repeat("<email> ", 31) + "<emai…"},
		{"%2540 alice%2540example.com", "@ <email>"},
	} {
		if got := m.clean(c.in); got != c.want {
			t.Errorf("%.80q:\nwant %q\ngot  %q", c.in, c.want, got)
		}
	}
}

func TestMachine(t *testing.T) {
	env := map[string]string{"HOME": "/srv2/people/heidi", "USER": "heidi", "LOGNAME": "root", "USERNAME": "ab", "HOSTNAME": "localhost"}
	m := newMachine(func(name string) string { return env[name] }, "Crane.lan")
	for in, want := range map[string]string{
		"heidi":                         "<user>",
		"HEIDI's, heidi_k, (heidi)":     "<user>'s, <user>_k, (<user>)",
		"heidis":                        "heidis",
		"root ab localhost":             "root ab localhost",
		"crane.lan and crane":           "<host> and <host>",
		"/srv2/people/heidi/x: denied":  "<path>: denied",
		"x/srv2/people/heidi/y is here": "x<path> is here",
	} {
		if got := m.clean(in); got != want {
			t.Errorf("%q: want %q, got %q", in, want, got)
		}
	}
}

// FuzzClean holds what Clean promises of any text around any secret of the
// corpus: no panic, one line of valid UTF-8 within the cap, twice is once, and no
// half of the secret in it.
func FuzzClean(f *testing.F) {
	secrets := planted(f)
	f.Add("\xff", uint16(0), strings.Repeat("%25", 700))
	m := corpusMachine()
	f.Fuzz(func(t *testing.T, before string, n uint16, after string) {
		secret := secrets[int(n)%len(secrets)].Secret
		for _, in := range []string{before + after, before + " " + secret + " " + after} {
			got := m.clean(in)
			if len(got) > MaxFree || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x1b\x00") {
				t.Fatalf("%q: not one line within the cap: %q", in, got)
			}
			if twice := m.clean(got); twice != got {
				t.Fatalf("%q:\nonce  %q\ntwice %q", in, got, twice)
			}
			if corpus.Leaks(got, secret) && !corpus.Leaks(m.clean(before)+" "+m.clean(after), secret) && !corpus.Leaks(before+after, secret) {
				t.Fatalf("%q: %q of the secret is left in %q", in, secret, got)
			}
		}
	})
}

// planted returns secrets that are told by themselves, and seeds the
// fuzzer with the surroundings that they have.
func planted(f *testing.F) (secrets []corpus.Case) {
	f.Helper()
	cases, err := corpus.Read(corpusDir)
	if err != nil {
		f.Fatal(err)
	}
	m := corpusMachine()
	for i, c := range cases {
		before, after, _ := strings.Cut(c.Text, c.Secret)
		if i%16 == 0 || strings.HasPrefix(c.ID, "hand") {
			f.Add(before, uint16(len(secrets)), after)
		}
		switch c.Class {
		case "email", "token", "jwt", "card", "iban", "pem":
			alone := " " + c.Secret + " " // and not by what stands around it
			if c.Positive && corpus.Shown(c.Half) && !strings.HasPrefix(c.ID, "hand") && !corpus.Leaks(m.clean(alone), c.Secret) {
				secrets = append(secrets, c)
			}
		}
	}
	return secrets
}

var benchmarked = map[string]string{
	"word":     "eu-west-1",
	"sentence": "could not parse the configuration because the section ended too early, see the help for more",
	"line":     "2026-11-23T10:22:31Z INFO loaded 4096 rows in 3.21s from cluster/eu-west-1 (retries: 2, cached=true), next run in 60 minutes; version v1.26.8 of github.com/telemetry-kit/telemetry-kit-go on linux/amd64",
	"dirty":    "bob@example.com at 192.0.2.7 could not open /home/bob/My Documents/taxes.pdf, password=hunter22 was rejected, card 4111 1111 1111 1111",
	"encoded":  "to=bob%40example.com&from=alice%40example.com",
	"long":     strings.Repeat("could not parse the configuration because ", 200),
}

func BenchmarkClean(b *testing.B) {
	m := corpusMachine()
	for _, name := range []string{"word", "sentence", "line", "dirty", "encoded", "long"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(benchmarked[name])))
			for b.Loop() {
				m.clean(benchmarked[name])
			}
		})
	}
}
