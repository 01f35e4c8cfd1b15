//go:build !wasm

package outbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

var over = noon.Add(time.Hour) // when the segments of the tests' source are over

// A segment stays until the server has said something about each of its events to
// which the person has said yes.
func TestSegmentStays(t *testing.T) {
	begin, end := beginAndEnd(1)
	local := recordAt(noon, "local")
	local.Consented = false
	src := &source{}
	src.put("local", local)
	src.put("open", begin)
	src.put("sent", recordAt(noon, "1"), local)
	src.put("refused", recordAt(noon, "2"))
	b := open(t, t.TempDir())
	stay := func(when string, want ...string) {
		t.Helper()
		if err := b.Tidy(t.Context(), src, over); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range src.marked {
			got = append(got, m.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	drain(t, b, src, over)
	stay("drained", "open", "refused", "sent")
	p := next(t, b, 10, 1<<20)
	stay("on the way", "open", "refused", "sent")
	if err := b.Settle(t.Context(), p.ID, map[event.ID]string{p.Records[1].ID: "no good"}, noon); err != nil {
		t.Fatal(err)
	}
	stay("answered", "open")
	src.put("end", end)
	drain(t, b, src, over)
	if err := b.Settle(t.Context(), next(t, b, 10, 1<<20).ID, nil, noon); err != nil {
		t.Fatal(err)
	}
	stay("ended")
}

// An outbox that is lost takes nothing along that was not sent, and what was sent
// keeps its id.
func TestLostOutbox(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	src := &source{}
	src.put("a", recordAt(noon, "1"), recordAt(noon.Add(time.Millisecond), "2"))
	src.put("b", recordAt(noon.Add(time.Second), "3"))
	drain(t, b, src, over)
	sent := next(t, b, 1, 1<<20)
	if err := b.Settle(t.Context(), sent.ID, nil, noon); err != nil {
		t.Fatal(err)
	}
	drain(t, b, src, over)
	_ = b.Close()
	if err := os.Remove(filepath.Join(dir, File)); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	drain(t, b, src, over)
	if p := next(t, b, 10, 1<<20); jsons(p) != "1 2 3" || p.Records[0].ID != sent.Records[0].ID {
		t.Errorf("got %q", jsons(p))
	}
}

// Rows that have gone without a trace are missed before their segment goes.
func TestMissingRows(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	for n := range 5 {
		src.put("a", recordAt(noon.Add(time.Duration(n)*time.Millisecond), fmt.Sprint(n)))
	}
	drain(t, b, src, noon)
	if _, err := b.db.Exec("DELETE FROM event WHERE json = '3'"); err != nil {
		t.Fatal(err)
	}
	drain(t, b, src, over)
	if p := next(t, b, 10, 1<<20); jsons(p) != "0 1 2 3 4" || counts(t, b).Rebuilt != 1 {
		t.Errorf("got %q, %+v", jsons(p), counts(t, b))
	}
}

// What retention has removed does not come back from a segment that is still
// there, and is counted once.
func TestExpiredOnce(t *testing.T) {
	b := open(t, t.TempDir())
	src := &source{}
	const n, size = 900, 60 << 10
	src.put("a", recordAt(over.Add(-MaxAge-time.Minute), "old"))
	for i := range n {
		src.put("a", recordAt(noon.Add(time.Duration(i)*time.Millisecond), strings.Repeat("x", size)))
	}
	drain(t, b, src, over)
	first := counts(t, b)
	if first.Expired < 2 || first.Pending+first.Expired != n+1 {
		t.Errorf("%+v", first)
	}
	src.put("a", recordAt(noon.Add(time.Hour), "new"))
	drain(t, b, src, over)
	again := counts(t, b)
	first.Pending++
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
	if len(src.removed) > 0 {
		t.Error("the segment is gone, and its events are not sent")
	}
}
