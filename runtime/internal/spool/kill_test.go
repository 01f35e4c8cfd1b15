//go:build unix

package spool

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

const writerEnv = "SPOOL_TEST_WRITER"

// TestMain lets this binary also be a program that writes until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		writeRecords(dir)
		return
	}
	os.Exit(m.Run())
}

// writeRecords says the id of each record on stdout after it is written.
func writeRecords(dir string) {
	w := &Writer{Dir: dir, Limit: 1 << 40}
	for {
		r := event.Record{ID: event.NewID(noon), JSON: []byte(strings.Repeat("x", 100+rand.IntN(9000)))}
		if w.Append(noon, r) {
			os.Stdout.WriteString(r.ID.String() + "\n")
		}
	}
}

func writer(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// TestKill kills writers, two at a time in one file. What they acknowledged is
// there, once; what they were about to write is not, or is. (The whole way of an
// event, with drainers and uploaders killed, too, is internal/soak's.)
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]bool{}
	var mu sync.Mutex
	kills := 40
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range kills / 2 {
				cmd, out := writer(t, dir)
				for n := 0; out.Scan(); n++ {
					if n == 0 { // it is at work now
						time.AfterFunc(time.Duration(rand.IntN(10000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
					}
					if len(out.Text()) == 36 { // the pipe may have been cut
						mu.Lock()
						acked[out.Text()] = true
						mu.Unlock()
					}
				}
				_ = cmd.Wait()
			}
		})
	}
	wg.Wait()
	// The rest may be one torn frame; one more write makes it readable.
	(&Writer{Dir: dir, Limit: 1 << 40}).Append(noon, record("last"))
	found, torn := recovered(t, dir)
	for id := range acked {
		if found[id] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", id, found[id])
		}
	}
	t.Logf("%d kills: %d acknowledged, %d found, %d torn", kills, len(acked), len(found), torn)
	if len(acked) < kills {
		t.Errorf("only %d records were acknowledged: the test shows nothing", len(acked))
	}
}

// recovered reads in steps, like a drain: a reading ends with the window.
func recovered(t *testing.T, dir string) (found map[string]int, torn int64) {
	t.Helper()
	found = map[string]int{}
	r := Reader{Dir: dir}
	first, next := event.ID{}, int64(0)
	for {
		got, err := r.Read(segmentName(noon), first, next)
		if err != nil {
			t.Fatal(err)
		}
		if got.Next == next {
			return found, torn
		}
		first, next, torn = got.First, got.Next, torn+got.Torn
		for _, rec := range got.Records {
			found[rec.ID.String()]++
		}
	}
}

// Writers append while their segment is removed as fast as it is read: no
// acknowledged record is in a file that nobody can read any more.
func TestRemoveRacesWriters(t *testing.T) {
	dir := t.TempDir()
	r := Reader{Dir: dir}
	found := map[event.ID]int{}
	var acked sync.Map
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 1500 {
				w := &Writer{Dir: dir}
				rec := record("{}")
				if w.Append(noon, rec) {
					acked.Store(rec.ID, true)
				}
				w.Close()
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	first, next, removals := event.ID{}, int64(0), 0
	for finished := false; ; {
		got, err := r.Read(segmentName(noon), first, next)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range got.Records {
			found[rec.ID]++
		}
		first, next = got.First, got.Next
		if removed, _, err := r.Remove(segmentName(noon), next, noon.Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		} else if removed {
			removals++
			first, next = event.ID{}, 0
		}
		if finished {
			break
		}
		select {
		case <-done:
			finished = true
		default:
		}
	}
	n := 0
	acked.Range(func(id, _ any) bool {
		if n++; found[id.(event.ID)] != 1 {
			t.Errorf("%s is there %d times", id, found[id.(event.ID)])
		}
		return true
	})
	t.Logf("%d acknowledged, %d removals", n, removals)
	if n < 5000 {
		t.Errorf("only %d of 6000 were acknowledged", n)
	}
}
