package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/credentials"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

const vectors = "../../testdata/wire"

// vectorKeys are those of testdata/wire/credentials.json.
type vectorKeys struct {
	Org, App, Token, Secret string
	Now                     time.Time
}

func (k vectorKeys) Find(_ context.Context, t string) (credentials.Grant, error) {
	if t != k.Token {
		return credentials.Grant{}, credentials.ErrUnknownToken
	}
	return credentials.Grant{App: store.App{ID: 1, Org: k.Org, Name: k.App}, Secret: k.Secret}, nil
}

type vector struct {
	About, Method, Path string
	Headers             map[string]string
	Body                []byte `json:"body_base64"`
	Events              []json.RawMessage
	Answer              struct {
		Status int
		Body   json.RawMessage
	}
}

// TestVectors answers every request of testdata/wire as the vector says.
func TestVectors(t *testing.T) {
	keys := readVector[vectorKeys](t, filepath.Join(vectors, "credentials.json"))
	files, err := filepath.Glob(filepath.Join(vectors, "requests", "*.json"))
	if err != nil || len(files) < 7 {
		t.Fatalf("found %d vectors, %v; want all of %s", len(files), err, vectors)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			v := readVector[vector](t, file)
			kept := &memory{seen: map[event.ID]bool{}}
			h := New(Config{Keys: keys, Writer: kept, Now: func() time.Time { return keys.Now }})
			mux := http.NewServeMux()
			mux.Handle("POST /v1/ingest/{org}/{app}", h)
			checkAnswer(t, mux, v, v.Answer.Status, v.Answer.Body)
			checkKept(t, v.Events, kept.events)
			checkAnswer(t, mux, v, http.StatusConflict, nil)
		})
	}
}

// TestDeletionVectors answers every deletion of testdata/wire as the vector says.
func TestDeletionVectors(t *testing.T) {
	keys := readVector[vectorKeys](t, filepath.Join(vectors, "credentials.json"))
	files, err := filepath.Glob(filepath.Join(vectors, "deletions", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d vectors, %v", len(files), err)
	}
	for _, file := range files {
		v := readVector[struct {
			vector
			Deletion wire.Deletion
		}](t, file)
		kept := &memory{seen: map[event.ID]bool{}}
		h := New(Config{Keys: keys, Writer: kept, Now: func() time.Time { return keys.Now }})
		mux := http.NewServeMux()
		mux.Handle("POST /v1/delete/{org}/{app}", h.Deletions())
		checkAnswer(t, mux, v.vector, v.Answer.Status, v.Answer.Body)
		if !kept.gone[v.Deletion.UserID] {
			t.Errorf("%s: %q was not forgotten", file, v.Deletion.UserID)
		}
		checkAnswer(t, mux, v.vector, http.StatusConflict, nil)
	}
}

func checkAnswer(t *testing.T, h http.Handler, v vector, status int, body json.RawMessage) {
	t.Helper()
	r := httptest.NewRequest(v.Method, v.Path, bytes.NewReader(v.Body))
	for key, value := range v.Headers {
		r.Header.Set(key, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status {
		t.Fatalf("answer %d %s, want %d", w.Code, w.Body, status)
	}
	if body == nil {
		return
	}
	var want, got any
	if err := json.Unmarshal(body, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// checkKept compares what the vector says that it holds with what was stored.
func checkKept(t *testing.T, want []json.RawMessage, got []store.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d events kept, want %d", len(got), len(want))
	}
	for i, raw := range want {
		var e event.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		g := got[i]
		if g.ID != e.ID || !g.Time.Equal(e.Timestamp.Truncate(time.Millisecond)) || g.Type != e.Body.Type || g.User != e.UserID ||
			g.Service != e.Service || g.Environment != e.Environment || g.Session != e.SessionID {
			t.Errorf("event %d kept as %+v, sent as %s", i, g, raw)
		}
		if e.Marks == nil {
			e.Marks = new(event.Marks)
		}
		if g.Marks != *e.Marks {
			t.Errorf("marks of event %d kept as %+v, sent as %+v", i, g.Marks, e.Marks)
		}
		var sentData, keptData any
		if json.Unmarshal(e.Body.Data, &sentData) != nil || json.Unmarshal(g.Data, &keptData) != nil || !cmp.Equal(sentData, keptData) {
			t.Errorf("data of event %d kept as %s, sent as %s", i, g.Data, e.Body.Data)
		}
	}
}

// TestAnswerCodes: every refusal that clients are told to expect is one that
// this package or package reply gives.
func TestAnswerCodes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectors, "answers", "[45]*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers in %s: %v", vectors, err)
	}
	var source []byte
	for _, dir := range []string{".", "../reply"} {
		goFiles, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, file := range goFiles {
			if text, err := os.ReadFile(file); err == nil && !bytes.HasSuffix([]byte(file), []byte("_test.go")) {
				source = append(source, text...)
			}
		}
	}
	for _, file := range files {
		v := readVector[struct{ Body wire.Failure }](t, file)
		if code := v.Body.Error.Code; !bytes.Contains(source, []byte(`"`+code+`"`)) {
			t.Errorf("%s: no refusal has the code %q", file, code)
		}
	}
}

func readVector[T any](t *testing.T, file string) (v T) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}
