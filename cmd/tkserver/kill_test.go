package main

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
	"github.com/telemetry-kit/telemetry-kit-go/server/store/sqlite"
)

// TestKill9 kills a real tkserver under load, again and again. Senders do what
// the protocol says: what was not answered with 200 they send again. At the
// end every acknowledged event is stored, none twice, and the page counts them.
func TestKill9(t *testing.T) {
	const kills, senders, batchSize = 6, 4, 10
	data := t.TempDir()
	dsn := createApp(t, data)
	at := &target{} // where the server of the moment listens
	var wg sync.WaitGroup
	var enough atomic.Bool
	sent := make([][]event.ID, senders)
	resent := make([]int, senders)
	for i := range senders {
		wg.Go(func() {
			for !enough.Load() {
				events, ids := newBatch(batchSize)
				resent[i] += deliver(t, at, dsn, events)
				sent[i] = append(sent[i], ids...)
			}
		})
	}
	for range kills {
		cmd := serveProcess(t, data, at)
		<-time.After(50*time.Millisecond + rand.N(100*time.Millisecond)) // under load
		kill(cmd, at)
	}
	last := serveProcess(t, data, at) // takes what is still under way
	enough.Store(true)
	wg.Wait()
	kill(last, at)
	acknowledged := map[event.ID]int{}
	for i := range sent {
		for _, id := range sent[i] {
			acknowledged[id] = 0
		}
	}
	checkStored(t, data, acknowledged)
	t.Logf("%d kills, %d events acknowledged, batches sent again: %v", kills, len(acknowledged), resent)
}

// kill is SIGKILL: there is no goodbye.
func kill(cmd *exec.Cmd, at *target) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	at.set("")
}

func createApp(t *testing.T, data string) wire.DSN {
	t.Helper()
	srv, err := server.Open(server.Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	dsn, err := srv.CreateApp(t.Context(), "acme", "tool", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// target is an address that changes.
type target struct {
	mu   sync.Mutex
	host string
}

func (a *target) set(host string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.host = host
}

func (a *target) get() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.host
}

// serveProcess starts tkserver and waits until it listens.
func serveProcess(t *testing.T, data string, at *target) *exec.Cmd {
	t.Helper()
	exe, err := exec.LookPath("tkserver") // testscript.Main has put it there
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "serve", "--data", data, "--listen", "127.0.0.1:0")
	said := &lineWriter{found: make(chan string, 1)}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case base := <-said.found:
		at.set(strings.TrimPrefix(base, "http://"))
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("tkserver did not start")
	}
	return cmd
}

// lineWriter looks for the line that says where the server listens.
type lineWriter struct {
	text  bytes.Buffer
	found chan string
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.text.Write(p)
	if m := listensOn.FindSubmatch(w.text.Bytes()); m != nil {
		select {
		case w.found <- string(m[1]):
		default:
		}
	}
	return len(p), nil
}

func newBatch(size int) (events [][]byte, ids []event.ID) {
	for range size {
		raw := newCommand("deploy", "v1")
		id, err := event.ParseID(string(raw[len(`{"schema_version":"1.1.0","event_id":"`):][:36]))
		if err != nil {
			panic(err)
		}
		events, ids = append(events, raw), append(ids, id)
	}
	return events, ids
}

// deliver sends a batch until it is acknowledged and returns how often it had
// to be sent again.
func deliver(t *testing.T, at *target, dsn wire.DSN, events [][]byte) (again int) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for start := time.Now(); time.Since(start) < 30*time.Second; again++ {
		if dsn.Host = at.get(); dsn.Host != "" {
			if status, err := post(client, dsn, events...); err == nil && status == http.StatusOK {
				return again
			} else if err == nil && status != http.StatusServiceUnavailable {
				t.Errorf("status %d", status)
			}
		}
		time.Sleep(5 * time.Millisecond) // another process: there is no clock to hold
	}
	t.Error("a batch was not acknowledged within 30 s")
	return again
}

func checkStored(t *testing.T, data string, acknowledged map[event.ID]int) {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(data, "telemetry.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	app, err := s.App(t.Context(), "acme", "tool")
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	err = s.Events(t.Context(), app.ID, func(e store.Event) error {
		stored++
		acknowledged[e.ID]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, times := range acknowledged {
		if times != 1 {
			t.Errorf("event %s is stored %d times", id, times)
		}
	}
	usage, err := analytics.ReadUsage(t.Context(), s, analytics.Query{Org: "acme", App: "tool"}, time.Now())
	if err != nil || usage.Total.Calls != uint64(len(acknowledged)) || stored != len(acknowledged) {
		t.Errorf("%d acknowledged, %d stored, the page counts %d, %v", len(acknowledged), stored, usage.Total.Calls, err)
	}
	if _, err := os.Stat(filepath.Join(data, "server.key")); err != nil {
		t.Error(err)
	}
}
