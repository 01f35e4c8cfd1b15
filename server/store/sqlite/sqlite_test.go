package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
	"github.com/telemetry-kit/telemetry-kit-go/server/store/storetest"
)

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	s, err := Open(filepath.Join(dir, "telemetry.db"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) { storetest.Run(t, open) }
