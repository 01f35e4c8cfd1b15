//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package spool

import (
	"os"
	"testing"
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
