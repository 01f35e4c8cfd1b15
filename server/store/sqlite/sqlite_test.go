package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
	"github.com/telemetry-kit/telemetry-kit-go/server/store/storetest"
)

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	s, err := Open(filepath.Join(dir, "telemetry.db"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) { storetest.Run(t, open) }

const victimEnv = "TELEMETRY_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		os.Exit(victim(dir, os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// victim writes a random batch for each seed that it is told, some events of
// earlier ones among it, and says so when it is stored, until it is killed.
func victim(dir string, in io.Reader, out io.Writer) int {
	s, err := Open(filepath.Join(dir, "telemetry.db"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	app, err := s.App(context.Background(), "org", "app")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		seed, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			return 1
		}
		if _, err := s.Write(context.Background(), app.ID, batchOf(seed)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Fprintln(out, seed)
	}
	return 0
}

// batchOf is the batch of a seed: the second half of that before, and its own.
func batchOf(seed uint64) []store.Event {
	before, own := storetest.NewMaker(seed-1).Batch(nil), storetest.NewMaker(seed).Batch(nil)
	return append(before[len(before)/2:], own...)
}

// TestKilled kills the writing process again and again. What it said is stored
// must be, what it did not say may be, and the rollups are those of exactly the
// events that are.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	app, err := s.CreateApp(t.Context(), "org", "app", store.Credential{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const kills = 4
	sent := map[event.ID]store.Event{}
	acknowledged := map[event.ID]bool{}
	seed := uint64(1000)
	for i := range kills {
		first := seed
		for _, stored := range runAndKill(t, dir, &seed, 5+10*i) {
			for _, e := range batchOf(stored) {
				acknowledged[e.ID] = true
			}
		}
		for n := first; n <= seed; n++ {
			for _, e := range batchOf(n) {
				sent[e.ID] = e
			}
		}
	}
	s = open(t, dir)
	defer s.Close()
	var stored []store.Event
	err = s.Events(t.Context(), app.ID, func(e store.Event) error {
		if !reflect.DeepEqual(sent[e.ID], e) {
			t.Errorf("event differs from what was sent (-sent +stored):\n%s", cmp.Diff(sent[e.ID], e))
		}
		delete(acknowledged, e.ID)
		stored = append(stored, e)
		return nil
	})
	if err != nil || len(acknowledged) > 0 {
		t.Errorf("%d acknowledged events are not stored, %v", len(acknowledged), err)
	}
	t.Logf("%d kills: %d events stored", kills, len(stored))
	storetest.CheckRollups(t, s, app.ID, stored)
}

// runAndKill starts a victim, feeds it seeds, and kills it some time after it
// has acknowledged so many batches. It returns those that were acknowledged.
func runAndKill(t *testing.T, dir string, seed *uint64, after int) (acknowledged []uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fed := make(chan uint64)
	go func() { // until the pipe breaks
		last := *seed
		for next := *seed + 1; ; next++ {
			if _, err := fmt.Fprintln(in, next); err != nil {
				fed <- last
				return
			}
			last = next
		}
	}()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged = append(acknowledged, n)
		if len(acknowledged) == after {
			time.AfterFunc(rand.N(3*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acknowledged) < after {
		t.Fatalf("the victim died after %d batches, by itself", len(acknowledged))
	}
	// What was fed but not read is gone with the pipe; only this far it can
	// have come.
	<-fed
	*seed = acknowledged[len(acknowledged)-1] + 1
	return acknowledged
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telemetry.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	app, err := s.CreateApp(t.Context(), "org", "app", store.Credential{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		if err := s.write(t.Context(), func(tx *tx) error { return tx.exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)) }); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite makes it as many as there are
	made := storetest.NewMaker(1)
	var stored, lost []store.Event
	for len(lost) == 0 {
		batch := made.Batch(nil)
		if _, err := s.Write(t.Context(), app.ID, batch); errors.Is(err, store.ErrUnavailable) {
			lost = batch
		} else if err != nil {
			t.Fatalf("writing to a full disk: got %v, want ErrUnavailable", err)
		} else {
			stored = append(stored, batch...)
		}
	}
	storetest.CheckRollups(t, s, app.ID, stored) // nothing of the lost batch
	limit(1 << 20)
	if _, err := s.Write(t.Context(), app.ID, lost); err != nil {
		t.Errorf("writing when there is room again: %v", err)
	}
	storetest.CheckRollups(t, s, app.ID, append(stored, lost...))
}

// TestOneFailsAlone: a job that fails does not take its group with it.
func TestOneFailsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telemetry.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wrong := errors.New("wrong")
	var group []*job
	for i := range 3 {
		group = append(group, &job{ctx: t.Context(), done: make(chan error, 1), apply: func(tx *tx) error {
			if i == 1 {
				return wrong
			}
			return tx.exec("INSERT INTO logins (token_hash, expires) VALUES (?, 1)", []byte{byte(i)})
		}})
	}
	s.commitGroup(conn, group)
	for i, j := range group {
		if err := <-j.done; (i == 1) != errors.Is(err, wrong) || i != 1 && err != nil {
			t.Errorf("job %d: %v", i, err)
		}
	}
	if n := count(t, conn, "SELECT count(*) FROM logins"); n != 2 {
		t.Errorf("%d rows, want those of the two others", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCancelled(t *testing.T) {
	s := open(t, t.TempDir()).(*Store)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	given := &job{ctx: ctx, done: make(chan error, 1)}
	if group := s.collect(given); len(group) != 0 || !errors.Is(<-given.done, context.Canceled) {
		t.Errorf("collect took %d jobs of somebody who has gone", len(group))
	}
	if err := s.AddLogin(ctx, [32]byte{1}, time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("writing: got %v, want context.Canceled", err)
	}
}

func TestLockedByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telemetry.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	// Not to wait for the real timeout.
	if err := s.write(t.Context(), func(tx *tx) error { tx.conn.SetBusyTimeout(0); return nil }); err != nil {
		t.Fatal(err)
	}
	end, err := sqlitex.ImmediateTransaction(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddLogin(t.Context(), [32]byte{1}, time.Now()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("writing while another process writes: got %v, want ErrUnavailable", err)
	}
	var none error
	if end(&none); none != nil {
		t.Fatal(none)
	}
	if err := s.AddLogin(t.Context(), [32]byte{1}, time.Now()); err != nil {
		t.Errorf("writing when it has ended: %v", err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "telemetry.db")
	s := open(t, dir)
	defer s.Close()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 3 {
		t.Errorf("files %v, %v; want the database, -wal and -shm", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", file, info.Mode(), err)
		}
	}
	conn, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n := count(t, conn, "PRAGMA synchronous"); n != 2 {
		t.Errorf("synchronous = %d, want 2 (FULL)", n)
	}
	versions, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, conn, "PRAGMA user_version"); n != len(versions) {
		t.Errorf("user_version = %d, want %d", n, len(versions))
	}
}

// checkOldActives counts the installs of the events that lay there before installs
// were counted: two 40 days ago, one of them again 20 days later.
func checkOldActives(t *testing.T, s store.Store, today store.Day) {
	t.Helper()
	cohort := (today - 40).StartOf(store.SpanWeek)
	for _, span := range store.Spans {
		want := []store.Active{{Start: (today - 40).StartOf(span), Cohort: cohort, Installs: 2}, {Start: (today - 20).StartOf(span), Cohort: cohort, Installs: 1}}
		if want[0].Start == want[1].Start {
			want = want[:1] // the same month
		}
		got, err := s.Actives(t.Context(), 1, span, today-80, today-20)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("active installs by %s (-want +got), %v:\n%s", span, err, diff)
		}
	}
}

// A database of the first version keeps what it holds, and counts on.
func TestMigratesFromTheFirstVersion(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "telemetry.db")
	conn, err := sqlite.OpenConn(path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Truncate(time.Millisecond)
	today := store.DayOf(at)
	old := func(user string, at time.Time) string {
		return fmt.Sprintf("INSERT INTO events VALUES (1, x'%x', %d, 't', 'k', 'n', 's', 'v', 'go', '', 'linux', '', '', 0, '', '%s', '', '', '', -1, '{}');",
			event.NewID(at), at.UnixMilli(), user)
	}
	for _, script := range []string{
		string(first), "PRAGMA user_version = 1;", "INSERT INTO apps VALUES (1, 'org', 'app', 0);",
		fmt.Sprintf("INSERT INTO rollups VALUES (1, %d, 'v1', 'command', 'deploy', 9, 4, 3, 2, 0, 0, x'');", today),
		fmt.Sprintf("INSERT INTO rollups VALUES (1, %d, 'v', 'k', 'n', 3, 0, 0, 0, 0, 0, x'');", today-40),
		old("aa", at.AddDate(0, 0, -40)), old("aa", at.AddDate(0, 0, -40)), old("bb", at.AddDate(0, 0, -40)), old("aa", at.AddDate(0, 0, -20)),
	} {
		if err := sqlitex.ExecuteScript(conn, script, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	defer s.Close()
	e := store.Event{
		ID: event.NewID(at), Time: at, Kind: store.KindCommand, Name: "deploy", Service: event.Service{Version: "v1"},
		Outcome: event.Canceled, Duration: store.NoDuration,
	}
	if _, err := s.Write(t.Context(), 1, []store.Event{e}); err != nil {
		t.Fatal(err)
	}
	cells, err := s.Cells(t.Context(), 1, today-1, today+1)
	if err != nil || len(cells) != 1 {
		t.Fatalf("cells %+v, %v; want one", cells, err)
	}
	checkOldActives(t, s, today)
	// How many events the nine calls came in is not known: they are not in events here.
	want := store.Counts{Events: 1, Calls: 10, Successes: 4, Errors: 3, Canceled: 1, Panics: 2}
	if diff := cmp.Diff(want, cells[0].Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if old, err := s.Cells(t.Context(), 1, today-40, today-40); err != nil || len(old) != 1 || old[0].Events != 3 {
		t.Errorf("cells of then %+v, %v; want one of 3 events", old, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	newer := filepath.Join(dir, "newer.db")
	conn, err := sqlite.OpenConn(newer)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(conn, "PRAGMA user_version = 99", nil); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		newer: "use the newer tkserver", garbage: "not a database",
		filepath.Join(dir, "no", "folder.db"): "no such file", dir: "is a directory",
	} {
		if s, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s) = %v, %v; want an error that says %q", filepath.Base(path), s, err, want)
		}
	}
}

func count(t *testing.T, conn *sqlite.Conn, query string) (n int) {
	t.Helper()
	err := sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		n = stmt.ColumnInt(0)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func FuzzHistogram(f *testing.F) {
	var h event.Histogram
	f.Add([]byte{})
	for _, ns := range []uint64{0, 1, 1000, 1 << 41, 1 << 50} {
		h.Add(ns)
		f.Add(appendHistogram(nil, h))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		h, err := readHistogram(blob)
		if err != nil {
			return
		}
		again, err := readHistogram(appendHistogram(nil, h))
		if diff := cmp.Diff(h, again); diff != "" && h.Count > 0 || err != nil {
			t.Errorf("read, written and read again, %v (-first +second):\n%s", err, diff)
		}
	})
}

// BenchmarkWrite is the raw store: what an end-to-end number is compared with.
func BenchmarkWrite(b *testing.B) {
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, err := Open(filepath.Join(b.TempDir(), "telemetry.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			app, err := s.CreateApp(b.Context(), "org", "app", store.Credential{Created: time.Now()})
			if err != nil {
				b.Fatal(err)
			}
			made := storetest.NewMaker(1)
			batch := make([]store.Event, size)
			for i := range batch {
				batch[i] = made.Event()
			}
			for b.Loop() {
				for i := range batch {
					batch[i].ID = event.NewID(time.Now())
				}
				if _, err := s.Write(b.Context(), app.ID, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
