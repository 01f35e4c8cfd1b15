// Package credentials says who may send.
//
// In comes the name of an application; out goes the DSN that its programs sign
// with. In comes a token; out goes the grant behind it. Tokens are kept as
// SHA-256 hashes and signing secrets sealed under the server's key, so a copy
// of the database lets nobody in.
package credentials

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// ErrUnknownToken answers: does this token belong to any application?
var ErrUnknownToken = errors.New("unknown token")

// Grant is what a token stands for.
type Grant struct {
	App    store.App
	Secret string // what the requests are signed with
}

// Registry gives credentials out and finds them again.
type Registry struct {
	dir  store.Directory
	aead cipher.AEAD
}

// NewRegistry keeps its credentials in dir, sealed under key.
func NewRegistry(dir store.Directory, key Key) *Registry {
	return &Registry{dir: dir, aead: key.aead()}
}

// CreateApp makes an application and returns the DSN for its programs, which is
// not kept and cannot be shown again. base is the URL that programs reach the
// server at.
func (r *Registry) CreateApp(ctx context.Context, org, name, base string, now time.Time) (wire.DSN, error) {
	for what, slug := range map[string]string{"organisation": org, "application": name} {
		if !wire.ValidSlug(slug) {
			return wire.DSN{}, fmt.Errorf("creating application: the %s is %q: want lower-case letters, digits, '.', '-' and '_', at most 63, the first a letter or digit", what, slug)
		}
	}
	dsn, err := newDSN(org, name, base)
	if err != nil {
		return wire.DSN{}, fmt.Errorf("creating application: %w", err)
	}
	hash := sha256.Sum256([]byte(dsn.Token))
	_, err = r.dir.CreateApp(ctx, org, name, store.Credential{
		TokenHash: hash, SealedSecret: seal(r.aead, dsn.Secret, hash[:]), Created: now,
	})
	if err != nil {
		return wire.DSN{}, fmt.Errorf("creating application: %w", err)
	}
	return dsn, nil
}

func newDSN(org, name, base string) (wire.DSN, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		(u.Scheme != "http" && u.Scheme != "https") {
		return wire.DSN{}, fmt.Errorf("the server's URL is %q: want http(s)://HOST[:PORT]", base)
	}
	return wire.DSN{
		Scheme: u.Scheme, Host: u.Host + strings.TrimSuffix(u.Path, "/"), Org: org, App: name,
		Token: "tkt_" + randomHex(16), Secret: "tks_" + randomHex(32),
	}, nil
}

// Find returns what the token stands for; ErrUnknownToken if nothing.
func (r *Registry) Find(ctx context.Context, token string) (Grant, error) {
	hash := sha256.Sum256([]byte(token))
	c, app, err := r.dir.Credential(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return Grant{}, ErrUnknownToken
	}
	if err != nil {
		return Grant{}, fmt.Errorf("finding credential: %w", err)
	}
	secret, err := unseal(r.aead, c.SealedSecret, hash[:])
	if err != nil {
		return Grant{}, fmt.Errorf("finding credential of %s/%s: %w", app.Org, app.Name, err)
	}
	return Grant{App: app, Secret: secret}, nil
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails (crypto/rand, since Go 1.24)
	return hex.EncodeToString(b)
}
