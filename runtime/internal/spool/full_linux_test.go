package spool

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A disk that is full takes a part of a frame; what lies before stays readable
// and what comes after is found.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small file system takes root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small file system here: %v", err)
	}
	defer func() { _ = syscall.Unmount(dir, 0) }()
	w := &Writer{Dir: filepath.Join(dir, "spool")}
	defer w.Close()
	written := 0
	for range 300 {
		if w.Append(noon, record(strings.Repeat("x", 400))) {
			written++
		}
	}
	if written == 0 || written == 300 {
		t.Fatalf("%d of 300 were written: the disk was not full", written)
	}
	if got := readAll(t, w.Dir); len(got.Records) != written {
		t.Errorf("%d records are readable, %d were acknowledged", len(got.Records), written)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=1m"); err != nil {
		t.Fatal(err)
	}
	if !w.Append(noon, record("room again")) {
		t.Fatal(w.Err())
	}
	got := readAll(t, w.Dir)
	if len(got.Records) != written+1 || got.Dropped != int64(300-written) {
		t.Errorf("%d records and %d dropped, want %d and %d", len(got.Records), got.Dropped, written+1, 300-written)
	}
}
