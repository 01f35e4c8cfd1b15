package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// wish is what inspect.Delete leaves of a person who has sent something: the wish
// to be forgotten, and a no. It returns the id.
func wish(t *testing.T, dir string) string {
	t.Helper()
	id, err := upload.InstallID(dir)
	if err != nil {
		t.Fatal(err)
	}
	folders := consent.Folders{Config: dir, State: dir}
	err = errors.Join(
		upload.AskDeletion(dir, id, time.Now()), os.Remove(filepath.Join(dir, upload.InstallFile)), consent.Save(folders, consent.Off, time.Now(), consent.Scope{}),
		os.Remove(filepath.Join(dir, "events.db")), os.RemoveAll(filepath.Join(dir, "spool")),
	)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A person is forgotten by a real server, by the program's own run after they have
// said no: no process is started for anything else, and none once it is confirmed.
func TestDeletionByALaterRun(t *testing.T) {
	srv := realServer(t)
	dir := t.TempDir()
	t.Setenv("TESTPROG_TELEMETRY", "on")
	recordSome(t, dir)
	if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: dir, DSN: srv.dsn.String()}); err != nil {
		t.Fatal(err)
	}
	srv.counts(3)
	wish(t, dir)
	t.Setenv("TESTPROG_TELEMETRY", "")
	off := func() {
		cmd := prog(t, dir, srv.dsn.String())
		cmd.Env = append(cmd.Env, "TESTPROG_TELEMETRY=")
		if out, _ := cmd.CombinedOutput(); string(out) != "took true\n" {
			t.Fatalf("the program says: %s", out)
		}
	}
	off()
	until(t, "the server to be asked", func() bool { return gone(filepath.Join(dir, "deletion")) && gone(filepath.Join(dir, claimFile)) })
	srv.counts(0)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "mode" {
		t.Errorf("it left %v (%v), want the no alone", entries, err)
	}
	off()
	if !gone(filepath.Join(dir, claimFile)) {
		t.Error("a process was started although nothing is owed")
	}
}

// While the server is away the wish stays, and what the person says afterwards
// does not change it: after a new yes there is a new id, and the old one goes.
func TestDeletionOutlivesANewYes(t *testing.T) {
	srv := realServer(t)
	dir := t.TempDir()
	run := attempt{t: t, dir: dir, srv: srv, dsn: srv.dsn}
	t.Setenv("TESTPROG_TELEMETRY", "on")
	recordSome(t, dir)
	if got, err := run.sync(); err != nil || got.Sent != 3 {
		t.Fatal(got, err)
	}
	old := wish(t, dir)
	recordSome(t, dir)
	srv.behind(status(503, "", failure("unavailable")))
	if got, err := run.sync(); !errors.Is(err, ErrLater) || got.Sent+got.Deleted != 0 {
		t.Fatalf("the server is away: %+v, %v", got, err)
	}
	srv.behind(nil)
	srv.passes(soon)
	if got, err := run.sync(); err != nil || got.Sent != 3 || got.Deleted != 3 {
		t.Errorf("the server is back: %+v, %v; want 3 sent and 3 deleted", got, err)
	}
	users := map[string]int{}
	app, err := srv.Apps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	srv.events(app[0].ID, func(e store.Event) { users[e.User]++ })
	if users[old] != 0 || len(users) != 1 {
		t.Errorf("the server has events of %v, want of somebody else than %s", users, old)
	}
	srv.counts(3)
}

// A batch that was under way when the server forgot the person is refused, event
// by event, and lies with the dead letters; it is not sent again.
func TestBatchInFlight(t *testing.T) {
	srv := realServer(t)
	run := attempt{t: t, dir: t.TempDir(), srv: srv, dsn: srv.dsn}
	t.Setenv("TESTPROG_TELEMETRY", "on")
	recordSome(t, run.dir)
	id, err := upload.InstallID(run.dir)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := srv.Forget(t.Context(), "acme", "prog", id); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if got, err := run.sync(); err != nil || got.Rejected != 3 || got.Sent != 0 {
		t.Errorf("%+v, %v; want 3 rejected", got, err)
	}
	run.wants(at{rejected: 3}, "user_deleted", 0)
	srv.counts(0)
}

// The rules of the child hold for a deletion, too.
func TestDeletionRefusals(t *testing.T) {
	dir := t.TempDir()
	p := telemetry.Place{Service: "testprog", State: dir}
	a := &agent{dsn: "http://a:b@127.0.0.1:1/o/a"}
	try := func(want string) {
		t.Helper()
		if err := a.launch(p, time.Now(), false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	try("no deletion")
	if err := upload.AskDeletion(dir, "client_"+strings.Repeat("ab", 32), time.Now()); err != nil {
		t.Fatal(err)
	}
	try("go test")
	t.Setenv("CI", "1")
	try("CI")
}
