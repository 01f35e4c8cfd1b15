//go:build unix

package outbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Root with a user's HOME makes nothing there, be the folder made or not.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving a folder away takes root")
	}
	home := t.TempDir()
	if err := os.Chown(home, 54321, 54321); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{home, filepath.Join(home, "not", "made")} {
		b, err := Open(t.Context(), dir)
		if err == nil {
			b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if entries, err := os.ReadDir(home); err != nil || len(entries) > 0 {
		t.Errorf("it left %v (%v)", entries, err)
	}
}
