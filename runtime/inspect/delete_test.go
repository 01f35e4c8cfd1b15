package inspect

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Delete removes everything but the no that a yes becomes, files of others and, of
// a person who has sent something, the wish that the server forget them; done
// again, it does nothing more.
func TestDelete(t *testing.T) {
	for name, sent := range map[string]bool{"something was sent": true, "nothing was": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := telemetry.Start(telemetry.Config{Service: "testprog", Dir: dir})
			if err := telemetry.SetMode(telemetry.On); err != nil {
				t.Fatal(err)
			}
			call(&deploy, "ok")
			telemetry.Track("x")
			s.Stop()
			want := []string{"mode", "notes.txt"}
			if sent {
				d := open(t, dir)
				if _, err := d.Sync(t.Context(), answering(t, func(string) (int, any) { return 200, wire.Answer{Status: "success", Accepted: 2} })); err != nil {
					t.Fatal(err)
				}
				_ = d.Close()
				want = []string{"deletion", "mode", "notes.txt"}
			}
			if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Delete(t.Context(), "testprog", dir)
			if err != nil || got.Events != 2 || !got.Withdrawn || (got.UserID != "") != sent {
				t.Errorf("%+v, %v", got, err)
			}
			for range 2 {
				entries, err := os.ReadDir(dir)
				var left []string
				for _, e := range entries {
					left = append(left, e.Name())
				}
				if diff := cmp.Diff(want, left); diff != "" || err != nil {
					t.Errorf("left (-want +got, %v):\n%s", err, diff)
				}
				status, err := StatusOf(t.Context(), "testprog", dir)
				if err != nil || status.Mode != "off" || (len(status.Deletions) == 1) != sent || sent && status.Deletions[0].UserID != got.UserID {
					t.Errorf("status %+v, %v", status, err)
				}
				if again, err := Delete(t.Context(), "testprog", dir); err != nil || again.Events != 0 || again.Withdrawn {
					t.Errorf("again: %+v, %v", again, err)
				}
			}
		})
	}
}

// Of a file that a later version has made status says so, and tells all the rest.
func TestStatusOfALaterVersion(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, func() { telemetry.Track("x") })
	_ = open(t, dir).Close()
	db, err := sql.Open("sqlite", filepath.Join(dir, outbox.File))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	s, err := StatusOf(t.Context(), "testprog", dir)
	if err != nil || !strings.Contains(s.Problem, "newer version of telemetry-kit") || !strings.Contains(s.Problem, "recording goes on") {
		t.Errorf("problem %q, %v", s.Problem, err)
	}
	if s.SpoolFiles != 1 || s.SpoolBytes == 0 || s.Mode != "local" || s.Events != (Counts{}) {
		t.Errorf("%+v", s)
	}
}
