package instrument

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFullDisk checks that a full disk is found out before the first file is
// replaced, and leaves nothing behind.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small file system takes root")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small file system here: %v", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	modTree(tree{
		"a.go": []byte(marked), "b.go": []byte(strings.ReplaceAll(marked, "F()", "G()") + "\n// " + strings.Repeat("x", 8000) + "\n"),
	}).writeTo(t, dir)
	filler := filepath.Join(dir, "filler")
	for size := 64 << 10; size >= 512; size /= 2 { // up to the last block but one
		text := make([]byte, size)
		if f, err := os.OpenFile(filler, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			_, _ = f.Write(text)
			_ = f.Close()
		}
	}
	if err := os.Truncate(filler, fileSize(t, filler)-8192); err != nil {
		t.Fatal(err)
	}
	before := readTree(t, dir).strings()
	r, err := Generate(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Write()
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("got %v, want to be told that the disk is full and nothing was written", err)
	}
	if diff := cmp.Diff(before, readTree(t, dir).strings()); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	run(t, Generate, dir)
	checkTwiceIsOnce(t, dir)
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestWriteKeepsOwner checks that root does not take a person's source.
func TestWriteKeepsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("giving a file away takes root")
	}
	dir := modTree(tree{"a.go": []byte(marked)}).write(t)
	path := filepath.Join(dir, "a.go")
	if err := os.Chown(path, 1234, 2345); err != nil {
		t.Skipf("giving a file away: %v", err)
	}
	run(t, Generate, dir)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if is := info.Sys().(*syscall.Stat_t); is.Uid != 1234 || is.Gid != 2345 {
		t.Errorf("owner is %d:%d, want 1234:2345", is.Uid, is.Gid)
	}
}
