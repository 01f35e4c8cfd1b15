//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package spool

import (
	"os"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// A segment that took the name of one that another reader has removed in between
// is not removed in its place: a writer has just begun it.
func TestRemoveAnother(t *testing.T) {
	dir := t.TempDir()
	w := &Writer{Dir: dir}
	w.Append(noon, record("1"))
	w.Close()
	path := noonPath(dir)
	removed, _, err := removeUnused(path, func(*os.File, int64) bool {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
		w := &Writer{Dir: dir}
		w.Append(noon, record("2"))
		w.Close()
		return true
	}, 0)
	if removed || err != nil {
		t.Errorf("removed %v (%v)", removed, err)
	}
	if got := readAll(t, dir); len(got.Records) != 1 || string(got.Records[0].JSON) != "2" {
		t.Errorf("%d records are left, want the new one", len(got.Records))
	}
}

// Of those who remove files, one does so at a time: while one looks at a segment
// for the last time, nobody else gives its name away.
func TestRemoveOneAtATime(t *testing.T) {
	for name, remove := range map[string]func(Reader, int64) error{
		"all": func(r Reader, _ int64) error { _, err := r.Clear(); return err },
		"one": func(r Reader, next int64) error {
			_, _, err := r.Remove(segmentName(noon), next, noon.Add(2*time.Hour))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := Reader{Dir: t.TempDir()}
			w := &Writer{Dir: r.Dir}
			w.Append(noon, record("1"))
			w.Close()
			got, err := r.Read(segmentName(noon), event.ID{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			unlock := lockDir(r.Dir)
			done := make(chan error)
			go func() { done <- remove(r, got.Next) }()
			select {
			case <-done:
				t.Error("removed while another one removes")
			case <-time.After(50 * time.Millisecond):
			}
			if _, err := os.Stat(noonPath(r.Dir)); err != nil {
				t.Error(err)
			}
			unlock()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(noonPath(r.Dir)); err == nil {
				t.Error("it is still there")
			}
		})
	}
}
