//go:build unix

package inspect

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// strange is what can lie where a file should, and neither be waited for nor read.
var strange = map[string]func(t *testing.T, path string) error{
	"pipe":           func(_ *testing.T, path string) error { return unix.Mkfifo(path, 0o600) },
	"socket":         listen,
	"folder":         func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) },
	"link to device": func(_ *testing.T, path string) error { return os.Symlink("/dev/zero", path) },
	"link to pipe": func(t *testing.T, path string) error {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := unix.Mkfifo(pipe, 0o600); err != nil {
			return err
		}
		return os.Symlink(pipe, path)
	},
	"10 GB": func(_ *testing.T, path string) error {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		return os.Truncate(path, 10<<30)
	},
}

// listen uses a name of its own first: that of a socket may have 108 bytes.
func listen(t *testing.T, path string) error {
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		return err
	}
	t.Cleanup(func() { l.Close() })
	return os.Rename(filepath.Join(dir, "s"), path)
}

// TestStrangeFiles puts each of them into the place of each file that is read. A
// program records and ends, status answers and sending ends, at once and without
// eating memory; and status says which file it is about.
func TestStrangeFiles(t *testing.T) {
	dsn := answering(t, func(string) (int, any) { return 200, map[string]any{"status": "success"} })
	hour := func(ago time.Duration) string {
		return filepath.Join("spool", "ev1-"+time.Now().UTC().Add(-ago).Format("2006010215")+".tks")
	}
	before := t.TempDir()
	answer := "on " + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339) + "\n"
	if err := os.WriteFile(filepath.Join(before, "mode"), []byte(answer), 0o600); err != nil {
		t.Fatal(err)
	}
	aProgram(before)
	if got, err := agent.Sync(t.Context(), agent.Options{Service: "testprog", Dir: before, DSN: dsn}); err != nil || got.Sent == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	for file, want := range map[string]struct {
		told string            // by status, in Problem or Cause; empty if nothing has to be told
		but  map[string]string // of some kinds
	}{
		"mode":                 {told: "the saved answer"},
		"asked":                {},
		"scope":                {told: "scope"},
		"install-id":           {told: "install-id"},
		"install-week":         {told: "install-week"},
		"send.token":           {told: "send.token"},
		"send.claim":           {},
		"deletion":             {told: "deletion", but: map[string]string{"folder": ""}},
		"deletion/0.json":      {but: map[string]string{"10 GB": "0.json"}},              // no file is no wish
		"events.db":            {told: "events.db", but: map[string]string{"10 GB": ""}}, // a damaged one is set aside
		"events.db-wal":        {told: "events.db", but: map[string]string{"10 GB": ""}},
		"events.db-shm":        {told: "events.db", but: map[string]string{"10 GB": ""}},
		"events.db.lock":       {},
		"spool":                {told: "spool", but: map[string]string{"folder": ""}},
		"spool/taken":          {but: map[string]string{"folder": "taken"}}, // the others are replaced
		hour(0):                {},
		hour(5 * time.Hour):    {},
		hour(1000 * time.Hour): {},
	} {
		for kind, replace := range strange {
			if testing.Short() && kind != "pipe" && kind != "10 GB" {
				continue // under the race detector
			}
			t.Run(strings.ReplaceAll(file, "/", ":")+" as "+kind, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, file)
				err := errors.Join(os.CopyFS(dir, os.DirFS(before)), os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o700), replace(t, path))
				if err != nil {
					t.Fatal(err)
				}
				var status Status
				allocated := allocations()
				inTime(t, "a program", func() { aProgram(dir) })
				inTime(t, "status", func() { status, err = StatusOf(t.Context(), "testprog", dir) })
				inTime(t, "sending", func() { _, _ = agent.Sync(t.Context(), agent.Options{Service: "testprog", Dir: dir, DSN: dsn}) })
				inTime(t, "removal", func() { _, _ = Delete(t.Context(), "testprog", dir) })
				if got := allocations() - allocated; got > 1<<30 {
					t.Errorf("it took %d MB of memory", got>>20)
				}
				told, ok := want.but[kind]
				if !ok {
					told = want.told
				}
				all := status.Problem
				if status.Mode == "off" {
					all += status.Cause
				}
				if err != nil || !strings.Contains(all, told) || told == "" && all != "" {
					t.Errorf("status tells %q (%v), want %q", all, err, told)
				}
			})
		}
	}
}

// aProgram is a run of one that also says what would be sent.
func aProgram(dir string) {
	s := telemetry.Start(telemetry.Config{Service: "testprog", Version: "v1", Dir: dir})
	telemetry.Track("it.ran")
	s.Stop()
}

// allocations is how many bytes of memory this process has asked for so far.
func allocations() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// patience is for machines that do much else: it takes milliseconds, and what waits
// does so for ever.
const patience = 10 * time.Second

func inTime(t *testing.T, what string, act func()) {
	t.Helper()
	done := make(chan struct{})
	began := time.Now()
	go func() { act(); close(done) }()
	select {
	case <-done:
		t.Logf("%s: %s", what, time.Since(began).Round(time.Millisecond))
	case <-time.After(patience):
		t.Fatalf("%s blocks", what)
	}
}
