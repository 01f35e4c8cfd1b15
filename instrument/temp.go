package instrument

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tempPrefix starts the names of temporary files; the number of the process that
// writes them follows. The go command does not see files of such names.
const tempPrefix = ".tkgen-"

// staleAfter is how long a temporary file is left to a process that seems to be
// alive: its number may be another one's by now.
const staleAfter = time.Hour

// writeTemp writes a file of a name of its own, down to the disk, with the mode
// and the owner of the file that it will replace; nil for a new file.
func writeTemp(dir string, text []byte, replaces fs.FileInfo) (name string, err error) {
	temp, err := os.CreateTemp(dir, fmt.Sprintf("%s%d-*", tempPrefix, os.Getpid()))
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(text); err != nil {
		return "", err
	}
	mode := fs.FileMode(0o644)
	if replaces != nil {
		mode = replaces.Mode().Perm()
		keepOwner(temp, replaces)
	}
	if err = temp.Chmod(mode); err != nil {
		return "", err
	}
	if err = temp.Sync(); err != nil {
		return "", err
	}
	return temp.Name(), temp.Close()
}

// sweep takes away the temporary files of processes that were killed.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if isStale(e) {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// isStale reports whether an entry of a folder is a temporary file whose process
// has gone. On doubt it has not: the file would be missed by a tkgen at work.
func isStale(e fs.DirEntry) bool {
	rest, ours := strings.CutPrefix(e.Name(), tempPrefix)
	pid, _, _ := strings.Cut(rest, "-")
	n, err := strconv.Atoi(pid)
	if !ours || err != nil || !e.Type().IsRegular() {
		return false
	}
	if !isAlive(n) {
		return true
	}
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > staleAfter
}

// isAlive reports whether there is a process of that number. Windows knows at
// the first step, the others at the second.
func isAlive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}
