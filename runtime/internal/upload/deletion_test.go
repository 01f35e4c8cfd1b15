package upload

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

// eraser is a server that only deletes, and answers as it is told to.
func eraser(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (dsn wire.DSN) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/delete/acme/mytool" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	dsn, err := wire.ParseDSN("http://tok:secret@" + s.Listener.Addr().String() + "/acme/mytool")
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func says(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func deletions(t *testing.T, dir string) []Deletion {
	t.Helper()
	all, err := Deletions(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDeletionStays holds for every answer but the one that confirms: the wish is
// still there, with the reason, and is not tried again before its time.
func TestDeletionStays(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   error
		why    string
		wait   time.Duration
	}{
		"unavailable":         {says(503, `{"error":{"code":"unavailable","message":"x"}}`), ErrLater, "unavailable", 15 * time.Second},
		"an old server":       {says(404, `{"error":{"code":"no_route","message":"x"}}`), ErrLater, "no_route", 15 * time.Second},
		"a proxy's page":      {says(200, `<html>`), ErrLater, "is the endpoint a tkserver", 15 * time.Second},
		"a success that none": {says(200, `{"status":"ok"}`), ErrLater, "unexpected_answer", 15 * time.Second},
		"wrong credentials":   {says(401, `{"error":{"code":"bad_signature","message":"x"}}`), ErrRefused, "bad_signature", 24 * time.Hour},
		"cut off":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ErrLater, "EOF", 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			now, dir := vectorNow, t.TempDir()
			if err := AskDeletion(dir, vectorID, now); err != nil {
				t.Fatal(err)
			}
			u := Uploader{DSN: eraser(t, c.answer), Dir: dir, SDKVersion: vectorSDK, Now: func() time.Time { return now }, Jitter: func() float64 { return 0.5 }}
			if done, err := u.Delete(t.Context()); !errors.Is(err, c.want) || done != (Deleted{}) || strings.Contains(err.Error(), "secret") {
				t.Fatalf("%+v, %v; want %v", done, err, c.want)
			}
			all := deletions(t, dir)
			if len(all) != 1 || all[0].UserID != vectorID || !strings.Contains(all[0].LastError, c.why) || all[0].NextAttempt.Sub(now) != c.wait || all[0].Failures != 1 {
				t.Fatalf("kept: %+v", all)
			}
			if DeletionDue(dir, now) || !DeletionDue(dir, now.Add(c.wait)) {
				t.Error("it is due at another time than it says")
			}
			u.DSN = eraser(t, func(http.ResponseWriter, *http.Request) { t.Error("tried again at once") })
			if done, err := u.Delete(t.Context()); err != nil || done != (Deleted{}) {
				t.Errorf("before its time: %+v, %v", done, err)
			}
			u.Force, u.DSN = true, eraser(t, says(200, `{"status":"success","deleted":7}`))
			if done, err := u.Delete(t.Context()); err != nil || done != (Deleted{Confirmed: 1, Events: 7}) {
				t.Errorf("when a person asks: %+v, %v", done, err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("it left %v (%v)", entries, err)
			}
		})
	}
}

// TestSeveralDeletions: a yes, a deletion, another yes and another deletion while
// the server is away. Asking twice is asking once.
func TestSeveralDeletions(t *testing.T) {
	dir := t.TempDir()
	other := "client_" + strings.Repeat("ab", 32)
	for i, user := range []string{vectorID, other, vectorID} {
		if err := AskDeletion(dir, user, vectorNow.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	all := deletions(t, dir)
	if len(all) != 2 || !all[0].Asked.Before(vectorNow.Add(90*time.Minute)) || !all[1].Asked.Before(vectorNow.Add(90*time.Minute)) {
		t.Fatalf("kept: %+v", all)
	}
	damaged := filepath.Join(dir, deletionFolder, "x.json")
	if err := os.WriteFile(damaged, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var users []string
	u := Uploader{Dir: dir, SDKVersion: vectorSDK, DSN: eraser(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		users = append(users, string(body))
		says(200, `{"status":"success","deleted":1}`)(w, r)
	})}
	if done, err := u.Delete(t.Context()); err == nil || !strings.Contains(err.Error(), damaged) || done != (Deleted{Confirmed: 2, Events: 2}) {
		t.Errorf("%+v, %v; want both asked for, and the damaged one named", done, err)
	}
	if diff := cmp.Diff(2, len(users)); diff != "" {
		t.Errorf("asked: %v", users)
	}
}

// TestDeletedMeanwhile: what a person deletes while it is being sent is not sent
// under an id that is made for it afterwards.
func TestDeletedMeanwhile(t *testing.T) {
	s, q := serve(t), newQueue(2500)
	u := uploader(t, s, q)
	gone := errors.New("removed")
	u.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if len(s.sizes) == 1 {
			q.gone = errors.Join(gone, os.Remove(filepath.Join(u.Dir, InstallFile)))
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	got, err := u.Run(t.Context())
	if !errors.Is(err, gone) || got.Sent != 2000 || got.Requests != 2 {
		t.Errorf("%+v, %v; want it to stop behind the batch that was under way", got, err)
	}
	if _, err := os.Stat(filepath.Join(u.Dir, InstallFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an id was made (%v)", err)
	}
}

// What is in a batch and makes the server refuse all of it is found, and the rest
// gets through.
func TestIndigestible(t *testing.T) {
	s, q := serve(t), newQueue(64)
	s.indigestible = q.waiting[37].ID.String()
	bad := q.waiting[37].ID
	got, err := uploader(t, s, q).Run(t.Context())
	if err != nil || got.Sent != 63 || got.Rejected != 1 || !strings.Contains(q.refused[bad], "malformed_body") {
		t.Errorf("%+v, %v; refused: %v", got, err, q.refused)
	}
}
