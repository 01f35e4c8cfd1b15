package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	w := &Writer{Dir: filepath.Join(dir, "spool"), Report: teller}
	defer w.Close()
	written := 0
	for range 300 {
		if w.Append(noon, let(noon, strings.Repeat("x", 400))) {
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
	if len(got.Records) != written+2 || got.Dropped != int64(300-written) {
		t.Errorf("%d records and %d dropped, want %d, one of which tells, and %d", len(got.Records), got.Dropped, written+2, 300-written)
	}
	if want := []string{fmt.Sprintf("unwritten %d 23 12:30:00", 300-written)}; !slices.Equal(told(t, w.Dir), want) {
		t.Errorf("told %q, want %q", told(t, w.Dir), want)
	}
}
