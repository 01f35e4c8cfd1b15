// Package store holds the nouns that the server keeps and the doors to them.
//
// In come checked events of an application; out come the rollups that answers
// are read from. A driver (sqlite, later postgres and clickhouse) implements
// the interfaces here and is held to one meaning by package storetest.
package store

import (
	"context"
	"errors"
	"time"
)

// Sentinels that drivers return, wrapped.
var (
	// ErrNotFound answers: is there such an application, credential or login?
	ErrNotFound = errors.New("not found")
	// ErrExists answers: is there such an application already?
	ErrExists = errors.New("exists already")
	// ErrUnavailable answers: might the same call succeed later? The disk is
	// full, the database is locked or gone, or the store is closing.
	ErrUnavailable = errors.New("store unavailable")
)

// Writer takes events.
type Writer interface {
	// Write stores the events and adds them to the rollups, in one transaction.
	// When it returns without an error, they are durable. Events whose id the
	// application has stored before, or earlier in the same slice, are left
	// out and counted as duplicates; events of a user who was forgotten are left
	// out and named.
	Write(ctx context.Context, app AppID, events []Event) (Written, error)
	// Forget removes every event of a user of the application, takes them out of
	// the rollups, which are then those of a store that never had them, and
	// remembers that they are not to be taken again. It returns how many it
	// removed: none if it knows no such user. After an error part of them may be
	// gone; the rest goes when it is called again.
	Forget(ctx context.Context, app AppID, user string) (events int, err error)
}

// Written is what became of the events of one [Writer.Write].
type Written struct {
	// Duplicates is how many had been stored before.
	Duplicates int
	// Forgotten are the positions of those that were not stored, because their
	// user has been forgotten.
	Forgotten []int
}

// Reader gives back what a Writer took.
type Reader interface {
	// Cells returns the application's rollup cells of the days from..to, both
	// included, ordered by day, version, kind and name.
	Cells(ctx context.Context, app AppID, from, to Day) ([]Cell, error)
	// Actives returns how many installs were active in the application's days,
	// weeks or months that begin from..to, both included, by the week of their
	// first event; ordered by both.
	Actives(ctx context.Context, app AppID, span Span, from, to Day) ([]Active, error)
	// Events calls yield for every event of the application in the order of
	// their ids, until yield returns an error, which it passes on. It reads
	// everything: it is for checks, exports and rebuilding, not for pages.
	Events(ctx context.Context, app AppID, yield func(Event) error) error
}

// Directory keeps who may send, and who may look.
type Directory interface {
	// CreateApp makes an application, and its organisation if it is the first
	// of it, with one credential. ErrExists if it is there already.
	CreateApp(ctx context.Context, org, name string, c Credential) (App, error)
	// App finds one application. ErrNotFound if there is none.
	App(ctx context.Context, org, name string) (App, error)
	// Apps returns all, ordered by organisation and name.
	Apps(ctx context.Context) ([]App, error)
	// Credential finds a credential by its token's hash, and the application
	// it belongs to. ErrNotFound if there is none.
	Credential(ctx context.Context, tokenHash [32]byte) (Credential, App, error)
	// AddLogin remembers the hash of a one-time login token.
	AddLogin(ctx context.Context, tokenHash [32]byte, expires time.Time) error
	// TakeLogin uses a login token up. ErrNotFound if it was never there, was
	// used before, or expired before now.
	TakeLogin(ctx context.Context, tokenHash [32]byte, now time.Time) error
}

// Store is everything that one server needs of a driver.
type Store interface {
	Writer
	Reader
	Directory
	// Ping reports whether the store can answer now.
	Ping(ctx context.Context) error
	// Close waits for writes in progress. Calls after it get ErrUnavailable.
	Close() error
}

// AppID names an application within one store.
type AppID int64

// App is an application of an organisation: what one DSN sends for.
type App struct {
	ID      AppID
	Org     string
	Name    string
	Created time.Time
}

// Credential is what a program signs with. The token itself is not kept, and
// the secret only sealed: a copy of the database signs nothing.
type Credential struct {
	TokenHash    [32]byte // SHA-256 of the token
	SealedSecret []byte
	Created      time.Time
}
