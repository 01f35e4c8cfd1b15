//go:build !wasm

package outbox

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// source is a spool in memory: records by segment, offsets are indexes.
type source struct {
	mu       sync.Mutex
	names    []string
	segments map[string][]event.Record
	tails    map[string]int64
	torn     int64
	gone     map[uint32]bool
	onGone   func()
	removed  []string
	marked   []event.Mark
}

func (s *source) put(name string, records ...event.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.segments == nil {
		s.segments = map[string][]event.Record{}
	}
	if _, there := s.segments[name]; !there {
		s.names = append(s.names, name)
	}
	s.segments[name] = append(s.segments[name], records...)
}

func (s *source) Segments() ([]string, error) { return s.names, nil }

func (s *source) Read(name string, first event.ID, next int64) (event.Reading, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.segments[name]
	if len(all) == 0 {
		return event.Reading{First: first, Next: next}, nil
	}
	if all[0].ID != first {
		next = 0
	}
	return event.Reading{Records: all[next:], First: all[0].ID, Next: int64(len(all)), Torn: s.torn, TornBytes: 10 * s.torn, Dropped: 2 * s.torn}, nil
}

func (s *source) Over(_ string, now time.Time) bool { return !now.Equal(noon) }

func (s *source) Remove(name string, next int64, now time.Time) (bool, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Equal(noon) || int(next) != len(s.segments[name]) {
		return false, 0, nil
	}
	s.removed = append(s.removed, name)
	s.segments[name] = nil
	return true, s.tails[name], nil
}

func (s *source) Mark(taken []event.Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marked = taken
}

func (s *source) Gone(pid, _ uint32) bool {
	if s.onGone != nil {
		s.onGone()
	}
	return s.gone[pid]
}

func recordAt(t time.Time, json string) event.Record {
	return event.Record{ID: event.NewID(t), Consented: true, JSON: []byte(json)}
}

func open(tb testing.TB, dir string) *Outbox {
	tb.Helper()
	b, err := Open(tb.Context(), dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	return b
}

func drain(tb testing.TB, b *Outbox, src Source, now time.Time) {
	tb.Helper()
	if err := b.Drain(tb.Context(), src, now); err != nil {
		tb.Fatal(err)
	}
}

// lines are "state json" of all rows.
func lines(tb testing.TB, b *Outbox) []string {
	tb.Helper()
	var all []string
	err := b.Rows(tb.Context(), func(r Row) error {
		all = append(all, strings.TrimSpace(r.State+" "+string(r.JSON)+" "+r.Reason))
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func counts(tb testing.TB, b *Outbox) Counts {
	tb.Helper()
	c, err := b.Counts(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// Draining twice, and by two at once, takes each record once.
func TestDrainOnce(t *testing.T) {
	src := &source{}
	src.put("a", recordAt(noon, "1"), recordAt(noon.Add(time.Millisecond), "2"))
	dir := t.TempDir()
	b, other := open(t, dir), open(t, dir)
	drain(t, b, src, noon)
	drain(t, b, src, noon)
	src.put("a", recordAt(noon.Add(2*time.Millisecond), "3"))
	src.put("b", recordAt(noon.Add(3*time.Millisecond), "4"))
	var wg sync.WaitGroup
	for _, b := range []*Outbox{b, other} {
		wg.Go(func() { drain(t, b, src, noon) })
	}
	wg.Wait()
	if diff := cmp.Diff([]string{"pending 1", "pending 2", "pending 3", "pending 4"}, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A segment made anew under its name is read from its start, and an id that is
// known is not taken again.
func TestDrainReincarnation(t *testing.T) {
	src := &source{}
	one := recordAt(noon, "1")
	src.put("a", one, recordAt(noon.Add(1), "2"))
	b := open(t, t.TempDir())
	drain(t, b, src, noon)
	src.segments["a"] = nil
	src.put("a", recordAt(noon.Add(time.Second), "3"), one)
	drain(t, b, src, noon)
	if n := len(lines(t, b)); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
}

func beginAndEnd(n int) (begin, end event.Record) {
	end = recordAt(noon.Add(time.Duration(n)*time.Millisecond), fmt.Sprintf("end%d", n))
	begin = end
	begin.Begin, begin.PID, begin.JSON = true, uint32(n), fmt.Appendf(nil, "begin%d", n)
	return begin, end
}

// TestBeginAndEnd pairs them however they arrive.
func TestBeginAndEnd(t *testing.T) {
	begin, end := beginAndEnd(1)
	for name, c := range map[string]struct {
		steps [][]event.Record
		gone  bool
		at    time.Time
		want  string
	}{
		"together":                       {steps: [][]event.Record{{begin, end}}, want: "pending end1"},
		"one after the other":            {steps: [][]event.Record{{begin}, {end}}, want: "pending end1"},
		"the end first":                  {steps: [][]event.Record{{end}, {begin}}, want: "pending end1"},
		"the end twice":                  {steps: [][]event.Record{{begin, end}, {end}}, want: "pending end1"},
		"it runs":                        {steps: [][]event.Record{{begin}}, want: "open begin1"},
		"its process is gone":            {steps: [][]event.Record{{begin}}, gone: true, want: "pending begin1"},
		"gone, but the end was written":  {steps: [][]event.Record{{begin, end}}, gone: true, want: "pending end1"},
		"gone, and the end turns up":     {steps: [][]event.Record{{begin}, {end}}, gone: true, want: "pending end1"},
		"a day old, whatever its number": {steps: [][]event.Record{{begin}}, at: noon.Add(25 * time.Hour), want: "pending begin1"},
	} {
		t.Run(name, func(t *testing.T) {
			src := &source{gone: map[uint32]bool{1: c.gone}}
			b := open(t, t.TempDir())
			if c.at.IsZero() {
				c.at = noon
			}
			for i, records := range c.steps {
				src.put(fmt.Sprint("segment", i), records...)
				drain(t, b, src, c.at)
			}
			if diff := cmp.Diff([]string{c.want}, lines(t, b)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A process that writes its end and goes while the drain is looking is not
// taken for one that never ended.
func TestEndWhileLooking(t *testing.T) {
	begin, end := beginAndEnd(1)
	src := &source{gone: map[uint32]bool{1: true}}
	src.onGone = func() { src.put("a", end); src.onGone = nil }
	src.put("a", begin)
	b := open(t, t.TempDir())
	drain(t, b, src, noon)
	if diff := cmp.Diff([]string{"pending end1"}, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An unfinished command that is on its way stays as it was sent.
func TestEndAfterSending(t *testing.T) {
	begin, end := beginAndEnd(1)
	src := &source{gone: map[uint32]bool{1: true}}
	src.put("a", begin)
	b := open(t, t.TempDir())
	drain(t, b, src, noon)
	p := next(t, b, 10, 1<<20)
	src.put("a", end)
	drain(t, b, src, noon)
	if err := b.Settle(t.Context(), p.ID, nil, noon); err != nil {
		t.Fatal(err)
	}
	drain(t, b, src, noon)
	if diff := cmp.Diff([]string{"sent begin1"}, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDamageIsCounted(t *testing.T) {
	src := &source{torn: 3, tails: map[string]int64{"a": 5}}
	local := recordAt(noon, "1")
	local.Consented = false // or the segment would stay
	src.put("a", local)
	b := open(t, t.TempDir())
	drain(t, b, src, noon.Add(time.Hour))
	got := counts(t, b)
	if got.Torn != 4 || got.TornBytes != 35 || got.Dropped != 6 {
		t.Errorf("%+v", got)
	}
	if len(src.removed) != 1 {
		t.Errorf("removed: %v", src.removed)
	}
	var known int
	if err := b.db.QueryRow("SELECT count(*) FROM segment").Scan(&known); err != nil || known != 0 {
		t.Errorf("%d segments are still known (%v)", known, err)
	}
}

func next(tb testing.TB, b *Outbox, events, size int) event.Parcel {
	tb.Helper()
	p, err := b.Next(tb.Context(), time.Time{}, events, size, noon)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func jsons(p event.Parcel) string {
	var all []string
	for _, r := range p.Records {
		all = append(all, string(r.JSON))
	}
	return strings.Join(all, " ")
}

// A parcel is kept until it is settled, by whichever process.
func TestParcels(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	src := &source{}
	for i := range 5 {
		src.put("a", recordAt(noon.Add(time.Duration(i)*time.Millisecond), fmt.Sprint(i)))
	}
	drain(t, b, src, noon)
	p := next(t, b, 2, 1<<20)
	if jsons(p) != "0 1" || p.Attempt != 1 {
		t.Fatalf("got %q, attempt %d", jsons(p), p.Attempt)
	}
	_ = b.Close() // the process dies
	b = open(t, dir)
	again := next(t, b, 100, 1<<20)
	if again.ID != p.ID || jsons(again) != "0 1" || again.Attempt != 2 {
		t.Errorf("got %q of %s, attempt %d; want the same parcel again", jsons(again), again.ID, again.Attempt)
	}
	if err := b.Settle(t.Context(), p.ID, map[event.ID]string{p.Records[1].ID: "no good"}, noon); err != nil {
		t.Fatal(err)
	}
	p = next(t, b, 100, 2) // by size
	if jsons(p) != "2 3" {
		t.Errorf("got %q", jsons(p))
	}
	if err := b.Release(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if p = next(t, b, 100, 0); jsons(p) != "2" {
		t.Errorf("one goes whatever its size, got %q", jsons(p))
	}
	if err := b.Settle(t.Context(), p.ID, nil, noon); err != nil {
		t.Fatal(err)
	}
	want := []string{"sent 0", "rejected 1 no good", "sent 2", "pending 3", "pending 4"}
	if diff := cmp.Diff(want, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was recorded without consent, or before the yes that holds now, is never
// handed out, not even when it was packed before a no.
func TestOnlyWhatIsConsented(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	without := recordAt(noon, "without")
	without.Consented = false
	src.put("a", without, recordAt(noon, "early"), recordAt(noon.Add(time.Minute), "late"))
	drain(t, b, src, noon)
	if p := next(t, b, 10, 1<<20); jsons(p) != "early late" {
		t.Errorf("got %q", jsons(p))
	}
	p, err := b.Next(t.Context(), noon.Add(time.Second), 10, 1<<20, noon)
	if err != nil || jsons(p) != "late" {
		t.Errorf("after a new yes: got %q (%v)", jsons(p), err)
	}
	if err := b.Settle(t.Context(), p.ID, nil, noon); err != nil {
		t.Fatal(err)
	}
	if p, err = b.Next(t.Context(), noon.Add(time.Second), 10, 1<<20, noon); err != nil || len(p.Records) != 0 {
		t.Errorf("then %q (%v), want nothing", jsons(p), err)
	}
	if c := counts(t, b); c.Local != 1 || c.Pending != 1 || c.Sent != 1 {
		t.Errorf("%+v", c)
	}
}

// Old events go, and those that were still to be sent are counted.
func TestRetentionByAge(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	local := recordAt(noon.Add(-MaxAge-2*time.Hour), "old and local")
	local.Consented = false
	src.put("a", local, recordAt(noon.Add(-MaxAge-time.Hour), "old"), recordAt(noon.Add(-MaxAge+time.Hour), "young"))
	drain(t, b, src, noon)
	if diff := cmp.Diff([]string{"pending young"}, lines(t, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := counts(t, b); c.Expired != 1 {
		t.Errorf("%d expired, want 1", c.Expired)
	}
}

func TestRetentionBySize(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	const n, size = 1100, 60 << 10
	for i := range n {
		src.put("a", recordAt(noon.Add(time.Duration(i)*time.Millisecond), strings.Repeat("x", size)))
	}
	drain(t, b, src, noon)
	c := counts(t, b)
	if left := c.Pending; left*size > MaxBytes || left*size < MaxBytes*7/10 || left+c.Expired != n {
		t.Errorf("%d are left and %d expired, of %d", left, c.Expired, n)
	}
	if info, err := os.Stat(b.path); err != nil || info.Size() > MaxBytes*11/10 {
		t.Errorf("the file has %d bytes (%v)", info.Size(), err)
	}
}

// A damaged file is set aside, and what the spool still has comes back.
func TestDamagedFile(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"no database":  func(p string) error { return os.WriteFile(p, []byte(strings.Repeat("garbage ", 1000)), 0o600) },
		"broken pages": func(p string) error { return overwrite(p, 4096, 30000) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			src := &source{}
			for i := range 200 {
				src.put("a", recordAt(noon.Add(time.Duration(i)*time.Millisecond), strings.Repeat("x", 500)))
			}
			b := open(t, dir)
			drain(t, b, src, noon)
			_ = b.Close()
			if err := damage(filepath.Join(dir, File)); err != nil {
				t.Fatal(err)
			}
			src.put("a", recordAt(noon.Add(time.Hour), "new"))
			b = open(t, dir)
			drain(t, b, src, noon)
			if c := counts(t, b); c.Pending != 201 || c.Rebuilt != 1 {
				t.Errorf("%+v, want 201 pending", c)
			}
			if _, err := os.Stat(filepath.Join(dir, File+".broken")); err != nil {
				t.Error(err)
			}
		})
	}
}

func overwrite(path string, at, n int) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(strings.Repeat("\xff", n)), int64(at))
	return errors.Join(err, file.Close())
}

// A file of a later version is left alone.
func TestNewerFile(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	if _, err := b.db.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	if _, err := Open(t.Context(), dir); !errors.Is(err, ErrNewer) {
		t.Errorf("want ErrNewer, got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, File+".broken")); err == nil {
		t.Error("it was set aside")
	}
}

func TestOpenNowhere(t *testing.T) {
	if _, err := Open(t.Context(), "/dev/null/x"); err == nil || !strings.Contains(err.Error(), "opening outbox") {
		t.Errorf("got %v", err)
	}
	dir := filepath.Join(t.TempDir(), "new")
	open(t, dir)
	if info, err := os.Stat(filepath.Join(dir, File)); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
}

// Signs that mean something in a URI are part of the path.
func TestOpenOddPath(t *testing.T) {
	name := "what? 100% #1 ä"
	if runtime.GOOS == "windows" {
		name = name[len("what?"):] // which is no name there
	}
	dir := filepath.Join(t.TempDir(), name)
	b := open(t, dir)
	if err := b.Note(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, File)); err != nil {
		t.Error(err)
	}
}

func TestNotes(t *testing.T) {
	b := open(t, t.TempDir())
	for _, want := range []string{"", "one", "two"} {
		if want != "" {
			if err := b.Note(t.Context(), "k", want); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := b.Noted(t.Context(), "k"); err != nil || got != want {
			t.Errorf("want %q, got %q (%v)", want, got, err)
		}
	}
}

func TestSettings(t *testing.T) {
	b := open(t, t.TempDir())
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "1", "busy_timeout": "5000", "auto_vacuum": "2", "user_version": "2"} {
		var got string
		if err := b.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s: want %s, got %s (%v)", pragma, want, got, err)
		}
	}
	// A transaction has the write lock from its start.
	err := b.change(t.Context(), func(*sql.Tx) error {
		other, err := sql.Open("sqlite", strings.Replace(dataSource(b.path), "5000", "1", 1))
		if err != nil {
			return err
		}
		defer other.Close()
		if tx, err := other.BeginTx(context.Background(), nil); err == nil {
			_ = tx.Rollback()
			return errors.New("two write transactions at once")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func BenchmarkDrain(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		src := &source{}
		var records []event.Record
		for i := range 1000 {
			records = append(records, recordAt(noon.Add(time.Duration(i)*time.Millisecond), strings.Repeat("x", 550)))
		}
		src.put("a", records...)
		box, err := Open(b.Context(), b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		drain(b, box, src, noon)
		b.StopTimer()
		_ = box.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/event")
}

// Damage that comes behind Drain, in pages that Open does not read, is noticed by
// whoever does, and the next run starts anew.
func TestDamageOnTheWay(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	src := &source{}
	for n := range 200 {
		src.put("a", recordAt(noon.Add(time.Duration(n)*time.Millisecond), strings.Repeat("x", 500)))
	}
	drain(t, b, src, noon)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, File)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	leaf := bytes.LastIndex(data, []byte("xxx")) / 4096 * 4096
	clear(data[leaf : leaf+4096])
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for run, want := range []bool{true, false} {
		b, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if run > 0 {
			drain(t, b, src, noon)
		}
		rows := 0
		err = b.Rows(t.Context(), func(Row) error { rows++; return nil })
		if failed := err != nil; failed != want || !failed && rows != 200 {
			t.Errorf("run %d: %d rows, %v", run, rows, err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path + ".broken"); err != nil {
		t.Error(err)
	}
}

// Of two processes that find one file damaged, the second leaves the first one's
// new file alone.
func TestRebuildOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that another process has open is not set aside there until that one ends")
	}
	dir := t.TempDir()
	first, second := open(t, dir), open(t, dir)
	for _, b := range []*Outbox{first, second} {
		if err := b.rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	src := &source{}
	src.put("a", recordAt(noon, "1"))
	drain(t, first, src, noon)
	if got := counts(t, second); got.Rebuilt != 1 || len(lines(t, second)) != 1 {
		t.Errorf("the second has %+v and %d events: another file than the first", got, len(lines(t, second)))
	}
}
