// Package session says who may look.
//
// Out goes a one-time link, for the operator's terminal; in it comes back, once,
// and is swapped for a cookie. Links are kept hashed in the store, so that every
// process that may read the data folder can make one; cookies are signed with
// the server's key and kept nowhere.
package session

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/credentials"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

const (
	// LinkLife is how long a one-time link can be opened.
	LinkLife = time.Hour
	// CookieLife is how long a browser stays in.
	CookieLife = 7 * 24 * time.Hour

	cookieName = "telemetry_session"
)

// ErrLink answers: can this link be opened?
var ErrLink = errors.New("the link was opened before, is older than an hour, or was never given out")

// Keeper gives links out and knows its visitors again.
type Keeper struct {
	dir store.Directory
	key []byte
	now func() time.Time
}

// New returns a keeper that signs with a key derived from the server's.
func New(dir store.Directory, key credentials.Key, now func() time.Time) *Keeper {
	return &Keeper{dir: dir, key: key.Derive("telemetry-kit session cookies"), now: now}
}

// Link returns a URL that opens the dashboard at base once.
func (k *Keeper) Link(ctx context.Context, base string) (string, error) {
	token := make([]byte, 24)
	rand.Read(token) // never fails (crypto/rand, since Go 1.24)
	text := hex.EncodeToString(token)
	if err := k.dir.AddLogin(ctx, sha256.Sum256([]byte(text)), k.now().Add(LinkLife)); err != nil {
		return "", fmt.Errorf("making login link: %w", err)
	}
	return strings.TrimSuffix(base, "/") + "/login?token=" + text, nil
}

// Open uses the token of a link up and sets the cookie. ErrLink if the link
// cannot be opened (again).
func (k *Keeper) Open(w http.ResponseWriter, r *http.Request, token string) error {
	err := k.dir.TakeLogin(r.Context(), sha256.Sum256([]byte(token)), k.now())
	if errors.Is(err, store.ErrNotFound) {
		return ErrLink
	}
	if err != nil {
		return fmt.Errorf("opening login link: %w", err)
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // not Secure: tkserver itself speaks plain HTTP on loopback
		Name: cookieName, Value: k.sign(k.now().Add(CookieLife)), Path: "/", MaxAge: int(CookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	return nil
}

// Leave takes the cookie away.
func (k *Keeper) Leave(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode}) //nolint:gosec // as above
}

// Valid reports whether the request carries a cookie of ours that has not
// expired.
func (k *Keeper) Valid(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(raw) != 8+sha256.Size {
		return false
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(raw)), 0)
	return hmac.Equal(raw[8:], k.mac(raw[:8])) && k.now().Before(expires)
}

// sign returns the cookie's value: 8 bytes of Unix seconds and their HMAC.
func (k *Keeper) sign(expires time.Time) string {
	value := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(value, k.mac(value)...))
}

func (k *Keeper) mac(value []byte) []byte {
	mac := hmac.New(sha256.New, k.key)
	mac.Write(value)
	return mac.Sum(nil)
}
