package session

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/credentials"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// logins is a directory of login tokens.
type logins struct {
	store.Directory
	until map[[32]byte]time.Time
	fail  error
}

func (l *logins) AddLogin(_ context.Context, hash [32]byte, expires time.Time) error {
	l.until[hash] = expires
	return l.fail
}

func (l *logins) TakeLogin(_ context.Context, hash [32]byte, now time.Time) error {
	expires, ok := l.until[hash]
	delete(l.until, hash)
	if l.fail == nil && (!ok || expires.Before(now)) {
		return store.ErrNotFound
	}
	return l.fail
}

func newKeeper(now *time.Time) (*Keeper, *logins) {
	dir := &logins{until: map[[32]byte]time.Time{}}
	return New(dir, credentials.Key{1}, func() time.Time { return *now }), dir
}

func token(t *testing.T, k *Keeper) string {
	t.Helper()
	link, err := k.Link(t.Context(), "http://127.0.0.1:8080/")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Path != "/login" {
		t.Fatalf("link %s: want /login", link)
	}
	return u.Query().Get("token")
}

func open(t *testing.T, k *Keeper, token string) (*http.Cookie, error) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := k.Open(w, httptest.NewRequest("GET", "/login", nil), token); err != nil {
		if len(w.Result().Cookies()) > 0 {
			t.Error("a refused link sets a cookie")
		}
		return nil, err
	}
	return w.Result().Cookies()[0], nil
}

func valid(k *Keeper, c *http.Cookie) bool {
	r := httptest.NewRequest("GET", "/", nil)
	if c != nil {
		r.AddCookie(c)
	}
	return k.Valid(r)
}

func TestLinkOpensOnce(t *testing.T) {
	now := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	k, dir := newKeeper(&now)
	first, late := token(t, k), token(t, k)
	for hash := range dir.until {
		if strings.Contains(string(hash[:]), first) {
			t.Error("the directory got the token in the clear")
		}
	}
	cookie, err := open(t, k, first)
	if err != nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure {
		t.Fatalf("cookie %v, %v; want HttpOnly, SameSite=Strict, Path=/", cookie, err)
	}
	if !valid(k, cookie) || valid(k, nil) {
		t.Error("the cookie lets nobody in, or nobody's cookie somebody")
	}
	for what, token := range map[string]string{"again": first, "guess": strings.Repeat("0", 48), "empty": ""} {
		if _, err := open(t, k, token); !errors.Is(err, ErrLink) {
			t.Errorf("%s: got %v, want ErrLink", what, err)
		}
	}
	now = now.Add(LinkLife + time.Second)
	if _, err := open(t, k, late); !errors.Is(err, ErrLink) {
		t.Errorf("after an hour: got %v, want ErrLink", err)
	}
	dir.fail = store.ErrUnavailable
	if _, err := open(t, k, first); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if _, err := k.Link(t.Context(), "http://h"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestCookie(t *testing.T) {
	now := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	k, _ := newKeeper(&now)
	cookie, err := open(t, k, token(t, k))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(cookie.Value)
	for i := range raw { // every bit counts
		forged := append([]byte(nil), raw...)
		forged[i] ^= 1
		if valid(k, &http.Cookie{Name: cookie.Name, Value: base64.RawURLEncoding.EncodeToString(forged)}) {
			t.Errorf("a cookie with byte %d changed lets in", i)
		}
	}
	for _, value := range []string{"", "x", "!!", cookie.Value + "AA"} {
		if valid(k, &http.Cookie{Name: cookie.Name, Value: value}) {
			t.Errorf("cookie %q lets in", value)
		}
	}
	another := New(k.dir, credentials.Key{2}, k.now)
	if valid(another, cookie) {
		t.Error("another server's cookie lets in")
	}
	if restarted := New(k.dir, credentials.Key{1}, k.now); !valid(restarted, cookie) {
		t.Error("after a restart the cookie does not let in")
	}
	now = now.Add(CookieLife)
	if valid(k, cookie) {
		t.Error("an expired cookie lets in")
	}
	w := httptest.NewRecorder()
	if k.Leave(w); w.Result().Cookies()[0].MaxAge >= 0 {
		t.Error("leaving does not take the cookie away")
	}
}
