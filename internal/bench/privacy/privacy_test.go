package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/privacy/corpus"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// The secrets of TestNothingRawLeaves: all but the last have shapes that detectors
// know.
var planted = []string{
	"planted.alice@example.com", "203.0.113.201", "/home/plantedalice", "password=hunter2planted", "gh" + "p_plantedQ8s" + "T1vW4yZ7bC0eF3hJ6kL9mN2pR5",
	"4111 1111 1111 1111", "DE89370400440532013000", corpus.User, "+1 212 555 0147", "plantedtext",
}

// wire keeps what a server gets, as it came and unzipped.
type wire struct {
	mu   sync.Mutex
	seen bytes.Buffer
}

func (w *wire) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = r.Header.Write(&w.seen)
	raw, _ := io.ReadAll(r.Body)
	w.seen.Write(raw)
	if unzip, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
		_, _ = io.Copy(&w.seen, unzip)
	}
	_, _ = io.WriteString(answer, `{"status":"success","accepted":1000,"duplicates":0,"rejected":0}`)
}

// fail is a function whose every way of telling something is full of secrets.
func fail(p *telemetry.Point) (err error) {
	all := strings.Join(planted, " ; ")
	defer p.Begin().End(&err, telemetry.Text("text", all), slog.String("word", all), slog.Any("any", map[string]string{all: all}),
		slog.Group("group", slog.String("in", all)), slog.String(all, "json"), telemetry.OneOf("choice", all, "json", "yaml"))
	return fmt.Errorf("%s: %w", all, &fs.PathError{Op: all, Path: all, Err: errors.New(all)})
}

// Whatever a program hands over, and by whatever way, nothing of it stands raw in
// the spool, in the database with its log, in any other file, or on the wire.
func TestNothingRawLeaves(t *testing.T) {
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI", "DO_NOT_TRACK"} {
		if value, set := os.LookupEnv(name); set {
			os.Unsetenv(name)
			t.Cleanup(func() { os.Setenv(name, value) })
		}
	}
	t.Setenv("PLANTED_TELEMETRY", "on")
	t.Setenv("USER", corpus.User)
	server := &wire{}
	listening := httptest.NewServer(server)
	defer listening.Close()
	dir := t.TempDir()
	s := telemetry.Start(telemetry.Config{Service: "planted", Dir: dir})
	for _, p := range []*telemetry.Point{{Name: "a.command", Kind: telemetry.Command}, {Name: "an.each", Each: true}, {Name: "a.feature"}} {
		_ = fail(p)
	}
	for _, secret := range planted[:9] {
		telemetry.Track("one", telemetry.Text("text", "before "+secret+" after"), telemetry.Text("json", fmt.Sprintf(`{"a":{"b":[%q]}}`, secret)), slog.String("word", secret))
		if secret != os.Getenv("USER") { // a name is a word, and so are names that code declares
			telemetry.Track(secret, slog.Int("n", 1))
			telemetry.Begin(secret).End(nil)
		}
	}
	s.Stop()
	grep(t, "spool", files(t, dir))
	dsn := "http://tok:secret@" + strings.TrimPrefix(listening.URL, "http://") + "/acme/planted"
	result, err := agent.Sync(t.Context(), agent.Options{Service: "planted", Dir: dir, DSN: dsn})
	if err != nil || result.Sent < 20 {
		t.Fatalf("sending: %+v (%v)", result, err)
	}
	grep(t, "database", files(t, dir))
	server.mu.Lock()
	defer server.mu.Unlock()
	got := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(server.seen.String()) // encoding/json's way
	grep(t, "wire", got)
	for _, want := range []string{"before <email> after", `{\"a\":{\"b\":[\"<token>\"]}}`, `"word":"other"`} {
		if !strings.Contains(got, want) {
			t.Errorf("on the wire is no %s: the test sees nothing", want)
		}
	}
}

// files returns all that lies in a folder, one after the other.
func files(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s\n%s\n", d.Name(), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if all.Len() < 1000 {
		t.Fatalf("only %d bytes lie in %s", all.Len(), dir)
	}
	return all.String()
}

func grep(t *testing.T, where, text string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, secret := range planted[:9] { // the last one is text and may stay
		secret = strings.TrimPrefix(secret, "password=")
		if i := strings.Index(text, strings.ToLower(secret)); i >= 0 {
			t.Errorf("%s: %q in ...%.200q", where, secret, text[max(0, i-60):])
		}
	}
}

// The command itself, on a corpus of a few texts.
func TestCommand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range corpus.Names {
		text := ""
		if name == "hand.tsv" {
			text = "tune\temail\t+\t\"to ⟦alice@example.com⟧.\"\ntune\temail\t-\t\"logo@2x.png\"\ntune\tnone\t+\t\"⟦nobody finds this⟧\"\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	restore(t)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-corpus", dir, "-failures"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	for _, want := range []string{"email          1      1  1.0000      1          1      0     1.0000", "none          1      0  0.0000", "hand.tsv:3 none\n\t\"nobody finds this\""} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, &stdout)
		}
	}
	if code := run([]string{"-corpus", filepath.Join(dir, "none")}, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "reading the corpus") {
		t.Errorf("without a corpus: exit code %d: %s", code, &stderr)
	}
}

// restore puts the environment back that record changes.
func restore(t *testing.T) {
	t.Helper()
	before := os.Environ()
	t.Cleanup(func() {
		os.Clearenv()
		for _, e := range before {
			name, value, _ := strings.Cut(e, "=")
			os.Setenv(name, value)
		}
	})
}
