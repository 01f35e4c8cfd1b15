package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMissingKey: a backup without server.key must not become a server that
// knows nobody's secret.
func TestMissingKey(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "server.key")
	srv, err := Open(Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if srv, err = Open(Config{Data: dir}); err != nil {
		t.Fatalf("a store without applications needs no old key: %v", err)
	}
	if _, err := srv.CreateApp(t.Context(), "acme", "tool", "http://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	for _, existing := range []bool{false, true} {
		srv, err := Open(Config{Data: dir, Existing: existing})
		if err == nil || !strings.Contains(err.Error(), "put the original back") {
			t.Errorf("existing %v: got %v, %v, want to be told to put the key back", existing, srv, err)
		}
		if _, err := os.Stat(key); err == nil {
			t.Errorf("existing %v: a new key was left behind", existing)
		}
	}
}
