//go:build !wasm

package spool

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

var noon = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)

func record(json string) event.Record {
	return event.Record{ID: event.NewID(noon), JSON: []byte(json)}
}

// newWriter returns a writer that is closed before the folder is removed, which some
// systems need.
func newWriter(tb testing.TB, dir string) *Writer {
	w := &Writer{Dir: dir}
	tb.Cleanup(w.Close)
	return w
}

func readAll(tb testing.TB, dir string) event.Reading {
	tb.Helper()
	r := Reader{Dir: dir}
	names, err := r.Segments()
	if err != nil {
		tb.Fatal(err)
	}
	var all event.Reading
	for _, name := range names {
		got, err := r.Read(name, event.ID{}, 0)
		if err != nil {
			tb.Fatal(err)
		}
		all.Records = append(all.Records, got.Records...)
		all.Torn, all.TornBytes, all.Dropped = all.Torn+got.Torn, all.TornBytes+got.TornBytes, all.Dropped+got.Dropped
	}
	return all
}

func segmentName(now time.Time) string { return filepath.Base(segmentPath("", now)) }

func noonPath(dir string) string { return segmentPath(dir, noon) }

func TestTableIsCastagnoli(t *testing.T) {
	if diff := cmp.Diff(*crc32.MakeTable(crc32.Castagnoli), castagnoli); diff != "" {
		t.Error(diff)
	}
}

func TestWriteAndRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "spool")
	w := newWriter(t, dir)
	want := []event.Record{
		record(`{"a":1}`), record(``), record(strings.Repeat("x", MaxPayload)),
		{ID: event.NewID(noon), Consented: true, JSON: []byte(`{}`)},
		{ID: event.NewID(noon), Consented: true, Begin: true, PID: 4711, Host: 0xdeadbeef, JSON: []byte(`{"b":2}`)},
	}
	if !w.Append(noon, want[:2]...) || !w.Append(noon, want[2]) || !w.Append(noon, want[3:]...) {
		t.Fatal("not written: ", w.Err())
	}
	got := readAll(t, dir)
	if diff := cmp.Diff(want, got.Records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, noonPath(dir): 0o600} {
		// Windows has other rights, which come from the folder above.
		if info, err := os.Stat(path); err != nil || info.Mode() != want && runtime.GOOS != "windows" {
			t.Errorf("%s: mode %v, want %v (%v)", path, info.Mode(), want, err)
		}
	}
}

func TestHourGivesTheFile(t *testing.T) {
	w := newWriter(t, t.TempDir())
	// The last two are a clock that is set back and forth.
	for _, at := range []time.Duration{0, 20 * time.Minute, time.Hour, -time.Hour, 30 * time.Minute} {
		if !w.Append(noon.Add(at), record("{}")) {
			t.Fatal(w.Err())
		}
	}
	names, err := Reader{Dir: w.Dir}.Segments()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ev1-2026112311.tks", "ev1-2026112312.tks", "ev1-2026112313.tks"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := readAll(t, w.Dir); len(got.Records) != 5 {
		t.Errorf("%d records, want 5", len(got.Records))
	}
}

// TestDamage puts every kind of damage between whole frames. What is whole is
// read; what is not is counted.
func TestDamage(t *testing.T) {
	frame := func(json string) []byte { return appendFrame(&castagnoli, nil, record(json), 0) }
	long := frame(`{"long":"` + strings.Repeat("y", 300) + `"}`)
	flipped := bytes.Clone(long)
	flipped[200] ^= 1
	lying := bytes.Clone(long)
	lying[9] = 0xff // a length of 65 thousand
	for name, damage := range map[string][]byte{
		"cut in the payload":        long[:100],
		"cut in the header":         long[:20],
		"one byte":                  {0xf5},
		"only the magic":            []byte(magic),
		"text":                      []byte("some text that is no frame\n"),
		"zeros":                     make([]byte, 5000),
		"a bit in the payload":      flipped,
		"a length that is too long": lying,
		"a later version":           append([]byte(magic+"\x02"), long[5:]...),
		"a frame within JSON":       long[:40],
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			data := bytes.Join([][]byte{damage, frame("1"), frame("2"), damage, frame("3")}, nil)
			if err := os.WriteFile(noonPath(dir), data, 0o600); err != nil {
				t.Fatal(err)
			}
			got := readAll(t, dir)
			var jsons []string
			for _, r := range got.Records {
				jsons = append(jsons, string(r.JSON))
			}
			if diff := cmp.Diff([]string{"1", "2", "3"}, jsons); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Torn != 2 || got.TornBytes != int64(2*len(damage)) {
				t.Errorf("%d torn, %d bytes; want 2, %d", got.Torn, got.TornBytes, 2*len(damage))
			}
		})
	}
}

// The end of a file may be a frame that is being written: reading stops there
// and goes on when it is whole.
func TestReadingStopsAtWhatMayBeInFlight(t *testing.T) {
	dir := t.TempDir()
	one, two := appendFrame(&castagnoli, nil, record("1"), 0), appendFrame(&castagnoli, nil, record("2"), 0)
	write := func(data ...[]byte) {
		if err := os.WriteFile(noonPath(dir), bytes.Join(data, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := Reader{Dir: dir}
	for cut := range two {
		write(one, two[:cut])
		got, err := r.Read(segmentName(noon), event.ID{}, 0)
		if err != nil || len(got.Records) != 1 || got.Next != int64(len(one)) || got.Torn != 0 {
			t.Fatalf("cut at %d: %d records, next %d, %d torn (%v)", cut, len(got.Records), got.Next, got.Torn, err)
		}
		write(one, two)
		rest, err := r.Read(segmentName(noon), got.First, got.Next)
		if err != nil || len(rest.Records) != 1 || string(rest.Records[0].JSON) != "2" || rest.First != got.First {
			t.Fatalf("cut at %d, going on: %+v (%v)", cut, rest, err)
		}
	}
}

// An offset belongs to a file, not to a name.
func TestSegmentMadeAnew(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open is not removed there")
	}
	dir := t.TempDir()
	w := newWriter(t, dir)
	w.Append(noon, record("1"), record("2"))
	r := Reader{Dir: dir}
	got, err := r.Read(segmentName(noon), event.ID{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(noonPath(dir)); err != nil {
		t.Fatal(err)
	}
	if !w.Append(noon, record("3")) { // notices that its file has no name any more
		t.Fatal(w.Err())
	}
	again, err := r.Read(segmentName(noon), got.First, got.Next)
	if err != nil || len(again.Records) != 1 || string(again.Records[0].JSON) != "3" {
		t.Errorf("%+v (%v), want the record of the new file", again, err)
	}
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	w := &Writer{Dir: dir}
	w.Append(noon, record("1"))
	r := Reader{Dir: dir}
	got, err := r.Read(segmentName(noon), event.ID{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	remove := func(next int64, at time.Time) (bool, int64) {
		t.Helper()
		removed, tail, err := r.Remove(segmentName(noon), next, at)
		if err != nil {
			t.Fatal(err)
		}
		return removed, tail
	}
	later := noon.Add(2 * time.Hour)
	if removed, _ := remove(got.Next, noon); removed {
		t.Error("removed within its hour")
	}
	if removed, _ := remove(got.Next, later); removed {
		t.Error("removed while a writer has it open")
	}
	w.Close()
	if removed, _ := remove(0, later); removed {
		t.Error("removed although it was not read")
	}
	file, err := os.OpenFile(noonPath(dir), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(magic + "torn"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if removed, tail := remove(got.Next, later); !removed || tail != 8 {
		t.Errorf("removed %v with a tail of %d, want true and 8", removed, tail)
	}
	if removed, _ := remove(got.Next, later); !removed {
		t.Error("one that is not there counts as removed")
	}
}

// What does not fit is dropped and counted, and the count arrives.
func TestDropsAreCounted(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, dir)
	w.Limit = 200
	w.Append(noon, record(strings.Repeat("x", 100)))
	for range 3 {
		if w.Append(noon, record(strings.Repeat("x", 100))) {
			t.Fatal("written beyond the limit")
		}
	}
	if w.Append(noon, record(strings.Repeat("x", MaxPayload+1))) {
		t.Fatal("written although it is too large")
	}
	if !w.Append(noon.Add(time.Hour), record("after")) {
		t.Fatal(w.Err())
	}
	if !w.Append(noon.Add(time.Hour), record("and one more")) {
		t.Fatal(w.Err())
	}
	if got := readAll(t, dir); got.Dropped != 4 || len(got.Records) != 3 {
		t.Errorf("%d dropped and %d records, want 4 and 3", got.Dropped, len(got.Records))
	}
}

// Where nothing can be written, nothing happens, and not at every call.
func TestNowhereToWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := &Writer{Dir: filepath.Join(file, "spool")}
	if w.Append(noon, record("1")) || w.Err() == nil {
		t.Fatal("written below a file")
	}
	if w.Append(noon.Add(time.Millisecond), record("1")); !errors.Is(w.Err(), errWaiting) {
		t.Errorf("tried again at once: %v", w.Err())
	}
	w.Dir = t.TempDir()
	if !w.Append(noon.Add(2*retryAfter), record("2")) {
		t.Errorf("not tried again: %v", w.Err())
	}
	w.Close()
	if w.Append(noon, record("3")) {
		t.Error("written after Close")
	}
}

// A symbolic link in place of a segment is not followed.
func TestNoLinkIsFollowed(t *testing.T) {
	dir, target := t.TempDir(), filepath.Join(t.TempDir(), "target")
	err := os.Symlink(target, noonPath(dir))
	if err == nil {
		_, err = os.Readlink(noonPath(dir)) // wine 8 says that it has made one
	}
	if err != nil {
		t.Skip(err)
	}
	w := newWriter(t, dir)
	if w.Append(noon, record("1")) {
		t.Error("written through a link")
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("the target was made")
	}
}

// A writer that rests has nothing open, and goes on where it was.
func TestRest(t *testing.T) {
	w := newWriter(t, t.TempDir())
	w.Rest()
	w.Append(noon, record("1"))
	w.Rest()
	if removed, _, err := (Reader{Dir: w.Dir}).Remove(segmentName(noon), Reader{Dir: w.Dir}.Size(), noon.Add(2*time.Hour)); !removed || err != nil {
		t.Errorf("removed %v (%v): it has it open", removed, err)
	}
	if !w.Append(noon, record("2")) || len(readAll(t, w.Dir).Records) != 1 {
		t.Error("it does not go on: ", w.Err())
	}
}

// A spool that nobody drains stays bounded, and what that costs is counted.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	old := &Writer{Dir: dir}
	old.Append(noon.Add(-MaxAge-2*time.Hour), record("too old"), record("too old"))
	old.Close()
	big := make([]byte, MaxSpool/4)
	for i := range 5 {
		name := segmentName(noon.Add(-time.Duration(5-i) * time.Hour))
		if err := os.WriteFile(filepath.Join(dir, name), big, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWriter(t, dir)
	if !w.Append(noon, record("first of its hour")) || !w.Append(noon, record("says what was lost")) {
		t.Fatal(w.Err())
	}
	if size := (Reader{Dir: dir}).Size(); size > MaxSpool+1000 {
		t.Errorf("the spool holds %d bytes, want at most %d", size, MaxSpool)
	}
	got, err := Reader{Dir: dir}.Read(segmentName(noon), event.ID{}, 0)
	if err != nil || got.Dropped != 2 || len(got.Records) != 2 {
		t.Errorf("%d dropped (%v), want 2", got.Dropped, err)
	}
}

// Bytes that never make a frame do not stop reading for ever.
func TestHugeGarbage(t *testing.T) {
	dir := t.TempDir()
	garbage := make([]byte, window+1000)
	data := append(garbage, appendFrame(&castagnoli, nil, record("behind it"), 0)...)
	if err := os.WriteFile(noonPath(dir), data, 0o600); err != nil {
		t.Fatal(err)
	}
	next, found := int64(0), 0
	for range 3 {
		got, err := Reader{Dir: dir}.Read(segmentName(noon), event.ID{}, next)
		if err != nil {
			t.Fatal(err)
		}
		next, found = got.Next, found+len(got.Records)
	}
	if found != 1 || next != int64(len(data)) {
		t.Errorf("%d records, at %d of %d", found, next, len(data))
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ev2-2026112312.tks", "ev1-garbage.tks", "notes.txt", "ev1-2026112312.tks.bak"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := (Reader{Dir: dir}).Segments(); err != nil || len(names) != 0 {
		t.Errorf("%v (%v)", names, err)
	}
	if names, err := (Reader{Dir: filepath.Join(dir, "none")}).Segments(); err != nil || len(names) != 0 {
		t.Errorf("of a folder that is not there: %v (%v)", names, err)
	}
}

func TestGone(t *testing.T) {
	r := Reader{}
	if r.Gone(uint32(os.Getpid()), Host()) {
		t.Error("this process is gone")
	}
	if r.Gone(1<<22+1, Host()+1) {
		t.Error("of another machine's processes nothing is known")
	}
}

// FuzzScan holds, for any bytes: reading ends, stays within them, and finds
// every frame that was put behind them.
func FuzzScan(f *testing.F) {
	one := appendFrame(&castagnoli, nil, event.Record{ID: event.ID{1}, Begin: true, PID: 1, JSON: []byte(`{"a":1}`)}, 3)
	f.Add([]byte{}, 0)
	f.Add(one, 0)
	f.Add(one[:20], 7)
	f.Add(append(bytes.Clone(one[:40]), one...), 3)
	f.Add([]byte(strings.Repeat(magic, 50)), 1)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		got := scan(data)
		if got.Next < 0 || got.Next > int64(len(data)) || got.TornBytes > int64(len(data)) {
			t.Fatalf("next %d, %d torn of %d bytes", got.Next, got.TornBytes, len(data))
		}
		last := event.Record{ID: event.ID{2}, JSON: []byte("{}")}
		more := scan(appendFrame(&castagnoli, bytes.Clone(data), last, 0))
		if n := len(more.Records); n == 0 || more.Records[n-1].ID != last.ID {
			t.Fatalf("a frame behind %d bytes is not found", len(data))
		}
		if len(data) > 0 { // reading in two steps gives what reading at once gives
			cut = int(uint(cut) % uint(len(data)))
			head := scan(data[:cut])
			tail := scan(data[head.Next:])
			if len(head.Records)+len(tail.Records) != len(got.Records) {
				t.Fatalf("in two steps %d + %d records, at once %d", len(head.Records), len(tail.Records), len(got.Records))
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	w := &Writer{Dir: b.TempDir(), Limit: 1 << 40}
	r := record(strings.Repeat("x", 550))
	b.ReportAllocs()
	for b.Loop() {
		w.Append(noon, r)
	}
}

func BenchmarkScan(b *testing.B) {
	var data []byte
	for range 1000 {
		data = appendFrame(&castagnoli, data, record(strings.Repeat("x", 300+rand.IntN(500))), 0)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if got := scan(data); len(got.Records) != 1000 {
			b.Fatal(fmt.Sprint(len(got.Records)))
		}
	}
}
