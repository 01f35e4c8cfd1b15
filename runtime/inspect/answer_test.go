package inspect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
)

func TestAnswer(t *testing.T) {
	dir := t.TempDir()
	for _, mode := range []string{"on", "off", "local"} {
		c, err := Answer("testprog", dir, mode)
		if err != nil || c.Mode != mode || !strings.Contains(c.Cause, "saved answer") || c.Since.IsZero() == (mode == "on") {
			t.Errorf("%s: %+v (%v)", mode, c, err)
		}
	}
	t.Setenv("DO_NOT_TRACK", "1")
	if c, err := Answer("testprog", dir, "on"); err != nil || c.Mode != "off" || c.Cause != "DO_NOT_TRACK=1" {
		t.Errorf("against DO_NOT_TRACK: %+v (%v)", c, err)
	}
	if _, err := Answer("testprog", dir, "perhaps"); err == nil {
		t.Error("kept an answer that is none")
	}
	if _, err := Answer("testprog", "/dev/null/x", "on"); err == nil {
		t.Error("kept an answer below a file")
	}
}

func TestForgetID(t *testing.T) {
	dir := t.TempDir()
	if id, err := ForgetID("testprog", dir); id != "" || err != nil {
		t.Errorf("there was none, and it forgot %q (%v)", id, err)
	}
	first, err := upload.InstallID(dir)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := ForgetID("testprog", dir); id != first || err != nil {
		t.Errorf("want %s, got %s (%v)", first, id, err)
	}
	if second, err := upload.InstallID(dir); err != nil || second == first {
		t.Errorf("the next one is %s (%v)", second, err)
	}
	if err := os.WriteFile(filepath.Join(dir, upload.InstallFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if id, err := ForgetID("testprog", dir); id != "" || err != nil {
		t.Errorf("of one that is damaged: %q (%v)", id, err)
	}
}
