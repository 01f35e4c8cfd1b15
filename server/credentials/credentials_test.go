package credentials

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// oneApp is a directory that remembers the last application.
type oneApp struct {
	store.Directory
	app store.App
	c   store.Credential
	err error
}

func (d *oneApp) CreateApp(_ context.Context, org, name string, c store.Credential) (store.App, error) {
	d.app, d.c = store.App{ID: 7, Org: org, Name: name}, c
	return d.app, d.err
}

func (d *oneApp) Credential(_ context.Context, hash [32]byte) (store.Credential, store.App, error) {
	if hash != d.c.TokenHash {
		return store.Credential{}, store.App{}, store.ErrNotFound
	}
	return d.c, d.app, d.err
}

func TestRegistry(t *testing.T) {
	dir := new(oneApp)
	r := NewRegistry(dir, Key{1})
	dsn, err := r.CreateApp(t.Context(), "acme", "tool", "https://telemetry.example/in/", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := wire.ParseDSN(dsn.String()); err != nil || again != dsn {
		t.Errorf("the DSN reads back as %+v, %v; want %+v", again, err, dsn)
	}
	if want := "https://telemetry.example/in/v1/ingest/acme/tool"; dsn.Endpoint() != want {
		t.Errorf("endpoint %s, want %s", dsn.Endpoint(), want)
	}
	if dir.c.TokenHash != sha256.Sum256([]byte(dsn.Token)) || bytes.Contains(dir.c.SealedSecret, []byte(dsn.Secret)) {
		t.Error("the directory got the token or the secret in the clear")
	}
	grant, err := r.Find(t.Context(), dsn.Token)
	if err != nil || grant.Secret != dsn.Secret || grant.App != dir.app {
		t.Errorf("Find = %+v, %v; want the secret of the DSN", grant, err)
	}
	if _, err := r.Find(t.Context(), "tkt_guess"); !errors.Is(err, ErrUnknownToken) {
		t.Errorf("finding an unknown token: got %v, want ErrUnknownToken", err)
	}
}

func TestSealedSecretsDoNotMove(t *testing.T) {
	dir := new(oneApp)
	dsn, err := NewRegistry(dir, Key{1}).CreateApp(t.Context(), "acme", "tool", "http://127.0.0.1:1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewRegistry(dir, Key{2}).Find(t.Context(), dsn.Token); err == nil || !strings.Contains(err.Error(), "server.key") {
		t.Errorf("another key opens it: %v", err)
	}
	dir.c.TokenHash = sha256.Sum256([]byte("another token")) // moved to another row
	if _, err := NewRegistry(dir, Key{1}).Find(t.Context(), "another token"); err == nil {
		t.Error("a sealed secret opens for another token")
	}
	dir.c.SealedSecret = []byte("short")
	if _, err := NewRegistry(dir, Key{1}).Find(t.Context(), "another token"); err == nil {
		t.Error("a damaged secret opens")
	}
}

func TestCreateAppRefuses(t *testing.T) {
	for _, test := range []struct{ org, app, base, want string }{
		{"Acme", "tool", "http://h", "organisation"},
		{"acme", "", "http://h", "application"},
		{"acme", "a/b", "http://h", "application"},
		{"acme", "tool", "h:8080", "URL"},
		{"acme", "tool", "ftp://h", "URL"},
		{"acme", "tool", "http://", "URL"},
		{"acme", "tool", "http://u:p@h", "URL"},
		{"acme", "tool", "http://h?x=1", "URL"},
	} {
		_, err := NewRegistry(new(oneApp), Key{}).CreateApp(t.Context(), test.org, test.app, test.base, time.Now())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("CreateApp(%q, %q, %q): got %v, want an error about the %s", test.org, test.app, test.base, err, test.want)
		}
	}
	exists := &oneApp{err: store.ErrExists}
	if _, err := NewRegistry(exists, Key{}).CreateApp(t.Context(), "acme", "tool", "http://h", time.Now()); !errors.Is(err, store.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
}

func TestOpenKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.key")
	keys := make([]Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = OpenKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, key := range keys {
		if key != keys[0] || key == (Key{}) {
			t.Errorf("opener %d read another key than the first", i)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v; want mode 0600", info, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
	if bytes.Equal(keys[0].Derive("a"), keys[0].Derive("b")) {
		t.Error("keys of two purposes are the same")
	}
}

func TestOpenKeyRefuses(t *testing.T) {
	whole := strings.Repeat("0a", 32)
	for name, test := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"open to others": {whole, 0o644, "chmod 600"},
		"empty":          {"", 0o600, "64 hex digits"},
		"cut":            {whole[:63], 0o600, "64 hex digits"},
		"longer":         {whole + "00", 0o600, "64 hex digits"},
		"no hex":         {strings.Repeat("xy", 32), 0o600, "64 hex digits"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "server.key")
			if err := os.WriteFile(path, []byte(test.text), test.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenKey(path); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error that says %q", err, test.want)
			}
			if text, _ := os.ReadFile(path); string(text) != test.text {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := OpenKey(filepath.Join(t.TempDir(), "no", "server.key")); err == nil {
		t.Error("a key in no folder")
	}
}
