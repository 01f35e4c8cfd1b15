//go:build unix

package consent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What is no file holds nobody up, and is a no: something was there in the place
// of an answer.
func TestNoFile(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"device": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		dir := t.TempDir()
		if err := replace(filepath.Join(dir, "mode")); err != nil {
			t.Fatal(err)
		}
		decided := make(chan Decision, 1)
		go func() {
			decided <- Decide(Question{Service: "x", Folders: Folders{Config: dir, State: dir}, Getenv: func(string) string { return "" }})
		}()
		select {
		case d := <-decided:
			if d.Mode != Off || !strings.Contains(d.Cause, "it is no file") {
				t.Errorf("a %s: %s (%s)", name, d.Mode, d.Cause)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("a %s blocks", name)
		}
	}
}
