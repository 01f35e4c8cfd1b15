package agent_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
	"github.com/telemetry-kit/telemetry-kit-go/server"
)

// planted are secrets of every class, each with the part of it that must be
// nowhere. Those of vendors are put together here, so that no file of the
// repository holds what looks like one.
var planted = []struct{ text, needle string }{
	{"zelda.quark+news@mail.example.com", "zelda.quark"},
	{"198.51.100.213", "198.51.100.213"},
	{"2001:db8:77:a1::9f3c", "77:a1::9f3c"},
	{"00:00:5e:00:53:b7", "00:53:b7"},
	{"/home/zquark/clients/wolpertinger/plan.txt", "wolpertinger"},
	{`C:\Users\zquark\Desktop\wolpertinger.docx`, "wolpertinger"},
	{`\\fileserver7\home\zquark`, "fileserver7"},
	{"https://admin:Tr0ub4dor3x@db.example.com/x?y=1", "Tr0ub4dor3x"},
	{"password=hunter2hunter9", "hunter2hunter9"},
	{"ghp" + "_q8ZkT3vXw1LmN5rYb7CdE9fGh2Jk4PsUaIo0", "q8ZkT3vXw1LmN5"},
	{"AKIA" + "Q7X5ZK3MWPT2VDJH", "Q7X5ZK3MWPT2VDJH"},
	{"xoxb-" + "482910573648-582910573649-q8ZkT3vXw1LmN5rYb7CdE9fG", "582910573649"},
	{"eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJxdWFyayJ9Zx." + "k3JxWq8ZkT3vXw1LmN5rYb7CdE9fGh2Jk4PsUaIo0Zw", "Zw1LmN5rYb7CdE9fGh2"},
	{"-----BEGIN RSA PRIVATE KEY-----\nMIIEq8ZkT3vXw1LmN5rYb7CdE9fGh2Jk4PsUaIo0\n-----END RSA PRIVATE KEY-----", "MIIEq8ZkT3"},
	{"4242 4242 4242 4242", "4242 4242"},
	{"DE89 3704 0044 0532 0130 00", "0044 0532"},
	{"+1 212 555 0147", "555 0147"},
	{"q8ZkT3vXw1LmN5rYb7CdE9fGh2Jk4PsUaIo0Zx6T", "q8ZkT3vXw1LmN5rYb7"},
	{"a sentence about Somebody", ""}, // has no shape: it is kept nowhere but in Text
	{theUser, theUser},
	{theHost, "tinger-7"},
}

// The machine and its user. As values and in text their names are secrets; an event
// or attribute that is called like them keeps its name, because code may well
// declare a command that is called like somebody ("deploy").
const theUser, theHost = "zquark", "wolpertinger-7"

const rawProgram = "TELEMETRY_TEST_RAW"

func init() {
	if dir := os.Getenv(rawProgram); dir != "" {
		plantAll(dir)
		os.Exit(0)
	}
}

// plantAll gives every secret to every place that a program has for it.
func plantAll(dir string) {
	root := &cobra.Command{Use: "rawprog", SilenceUsage: true, SilenceErrors: true}
	run := &cobra.Command{Use: "run", RunE: func(_ *cobra.Command, args []string) error { return errors.New(args[0]) }}
	run.Flags().String("secret", "", "")
	root.AddCommand(run)
	for _, p := range planted {
		root.SetArgs([]string{"run", p.text, "--secret", p.text})
		_ = telemetrycobra.Execute(context.Background(), root, telemetrycobra.Options{Config: telemetry.Config{Service: "rawprog", Dir: dir}, NeverAsk: true})
		root.SetArgs([]string{p.text, "--" + p.text}) // neither a command nor a flag
		_ = telemetrycobra.Execute(context.Background(), root, telemetrycobra.Options{Config: telemetry.Config{Service: "rawprog", Dir: dir}, NeverAsk: true})
	}
	s := telemetry.Start(telemetry.Config{Service: "rawprog", Dir: dir})
	defer s.Stop()
	for _, p := range planted {
		plant(p.text)
		if p.needle != "" {
			telemetry.Track("said", telemetry.Text("text", "it said "+p.text+", and went on"))
		}
	}
}

type badError struct{ text string }

func (e badError) Error() string { return e.text }

type badValuer struct{ text string }

func (v badValuer) LogValue() slog.Value { return slog.StringValue(v.text) }

func plant(text string) {
	name := text
	if text == theUser || text == theHost {
		name = "plain"
	}
	attrs := []slog.Attr{
		slog.String("string", text), slog.Any("any", text), slog.Any("map", map[string]string{text: text}), slog.Any("slice", []string{text}),
		slog.Group("group", slog.String(name, text)), slog.Any("valuer", badValuer{text}), slog.Any("error", badError{text}), slog.Any("bytes", []byte(text)),
		slog.String(name, "key"), slog.Int(name, 1), telemetry.OneOf("choice", text, "a", "b"), telemetry.OneOf(name, "a", "a"), telemetry.Value(name, true),
	}
	for _, kind := range []telemetry.Kind{telemetry.Feature, telemetry.Command} {
		point := telemetry.Point{Name: "plain", Kind: kind, Each: true}
		func() {
			err := fmt.Errorf("reading %s: %w", text, badError{text})
			defer point.Begin().End(&err, attrs...)
		}()
		func() {
			defer func() { _ = recover() }()
			defer point.Begin().End(nil, attrs...)
			panic(text)
		}()
		func() {
			defer func() { _ = recover() }()
			defer point.Begin().End(nil)
			panic(badError{text})
		}()
		named := telemetry.Point{Name: name, Kind: kind}
		named.Begin().End(nil)
	}
	telemetry.Begin(name).End(nil, attrs...)
	telemetry.Track(name, attrs...)
	telemetry.Count(name, 1)
	telemetry.Measure(name, 1, telemetry.Bytes)
	telemetry.Track("plain", attrs...)
}

// TestNothingRaw plants secrets of every class in every place, and looks for them
// everywhere that something comes out: spool, database, what is logged, what
// crosses the network, what the server keeps.
func TestNothingRaw(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	log := recordRaw(t, dir, "log")
	recordRaw(t, dir, "on")
	srv, err := server.Open(server.Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	dsn, err := srv.CreateApp(t.Context(), "acme", "rawprog", web.URL)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]byte{"log": log, "spool": tree(t, filepath.Join(dir, "spool"))}
	var wire recorder
	t.Setenv("RAWPROG_TELEMETRY", "on")
	sent, err := agent.Sync(t.Context(), agent.Options{Service: "rawprog", Dir: dir, DSN: dsn.String(), Client: &http.Client{Transport: &wire}})
	if err != nil || sent.Sent < len(planted) || sent.Rejected > 0 {
		t.Fatalf("%+v (%v)", sent, err)
	}
	web.Close()
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	places["wire"], places["state folder"], places["server"] = wire.text.Bytes(), tree(t, dir), tree(t, data)
	for place, text := range places {
		if len(text) < 10_000 || !bytes.Contains(text, []byte("plain")) {
			t.Errorf("%s: %d bytes without what must be there: nothing was looked at", place, len(text))
		}
		for _, p := range planted {
			needle := p.needle
			if needle == "" {
				needle = p.text
			}
			if at := bytes.Index(text, []byte(needle)); at >= 0 {
				t.Errorf("%s holds %q: …%q…", place, needle, text[max(0, at-200):min(len(text), at+60)])
			}
			if escaped, _ := json.Marshal(needle); bytes.Contains(text, bytes.Trim(escaped, `"`)) {
				t.Errorf("%s holds %s", place, escaped)
			}
		}
	}
}

// recordRaw runs the program and returns what it said.
func recordRaw(t *testing.T, dir, mode string) []byte {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{rawProgram + "=" + dir, "RAWPROG_TELEMETRY=" + mode, "PATH=" + os.Getenv("PATH"), "HOME=/home/zquark", "USER=zquark", "HOSTNAME=wolpertinger-7"}
	for i, p := range planted {
		cmd.Env = append(cmd.Env, fmt.Sprintf("SECRET_%d=%s", i, strings.ReplaceAll(p.text, "\x00", "")))
	}
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.Bytes())
	}
	return said.Bytes()
}

// recorder keeps what crosses the network, inflated, with its headers.
type recorder struct{ text bytes.Buffer }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	_ = req.Header.Write(&r.text)
	if _, err := io.Copy(&r.text, zip); err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(req)
}

// tree is all that lies below a folder, names included.
func tree(t *testing.T, dir string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(append(append(all, d.Name()...), '\n'), text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
