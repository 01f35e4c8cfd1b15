// Package server is the collection server: the wiring of its rooms, in the
// order in which an event meets them.
//
//	ingest → store → analytics → query, dashboard
//
// In come signed batches of events over HTTP; out go answers and pages. A
// program can embed it:
//
//	srv, err := server.Open(server.Config{Data: dir})
//	...
//	defer srv.Close()
//	go http.Serve(listener, srv.Handler()) // or srv.Serve(ctx, listener)
//	dsn, err := srv.CreateApp(ctx, "acme", "deployer", "http://"+listener.Addr().String())
//	...
//	usage, err := srv.Usage(ctx, analytics.Query{Org: "acme", App: "deployer"})
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/credentials"
	"github.com/telemetry-kit/telemetry-kit-go/server/ingest"
	"github.com/telemetry-kit/telemetry-kit-go/server/session"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
	"github.com/telemetry-kit/telemetry-kit-go/server/store/sqlite"
)

// Config tells a server where it lives. Only Data must be given.
type Config struct {
	// Data is the folder that holds server.key and, unless Store says
	// otherwise, the database. It is made, for its owner alone, if it is not
	// there.
	Data string
	// Existing refuses a folder that no server has used before, rather than
	// make it: for those who only want to look.
	Existing bool
	// Store is "sqlite:PATH"; default sqlite:DATA/telemetry.db.
	Store string
	// Limits bounds what requests may cost; the zero value has defaults.
	Limits ingest.Limits
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger gets what the operator should see; default: nothing. It never
	// gets addresses, tokens or bodies.
	Logger *slog.Logger
}

// Server is a collection server. Several processes may open the same data
// folder; nonces and rate limits are each process's own.
type Server struct {
	now      func() time.Time
	log      *slog.Logger
	limits   ingest.Limits
	store    store.Store
	registry *credentials.Registry
	sessions *session.Keeper
}

const databaseFile = "telemetry.db"

// ErrNoFolder answers: is there a server's data folder to look into?
var ErrNoFolder = errors.New("no data folder of a server")

// Open opens the data folder and brings the store's tables up to date.
func Open(c Config) (*Server, error) {
	keyFile := filepath.Join(c.Data, "server.key")
	if err := openFolder(c, keyFile); err != nil {
		return nil, fmt.Errorf("opening server: %w", err)
	}
	_, missing := os.Stat(keyFile)
	key, err := credentials.OpenKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("opening server: %w", err)
	}
	st, err := openStore(c)
	if err != nil {
		return nil, fmt.Errorf("opening server: %w", err)
	}
	if missing != nil {
		if err := checkNew(st, keyFile); err != nil {
			return nil, errors.Join(fmt.Errorf("opening server: %w", err), st.Close())
		}
	}
	s := &Server{now: c.Now, log: c.Logger, limits: c.Limits, store: st, registry: credentials.NewRegistry(st, key)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.sessions = session.New(st, key, s.now)
	return s, nil
}

// checkNew refuses a new key for a store that is not new: no program could sign
// with its DSN any more.
func checkNew(st store.Store, keyFile string) error {
	apps, err := st.Apps(context.Background())
	if err == nil && len(apps) == 0 {
		return nil
	}
	_ = os.Remove(keyFile) // the one that was made just now
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is missing, and the store holds applications whose secrets only it opens: put the original back", keyFile)
}

func openFolder(c Config, keyFile string) error {
	if c.Data == "" {
		return fmt.Errorf("%w: say where it is", ErrNoFolder)
	}
	if !c.Existing {
		return os.MkdirAll(c.Data, 0o700)
	}
	if _, err := os.Stat(keyFile); err != nil {
		if _, err := os.Stat(filepath.Join(c.Data, databaseFile)); err == nil {
			return fmt.Errorf("%s is missing beside its database: put the original back", keyFile)
		}
		return fmt.Errorf("%w at %s: `tkserver app create` or `tkserver serve` makes one", ErrNoFolder, c.Data)
	}
	return nil
}

// openStore chooses the driver by the scheme.
func openStore(c Config) (store.Store, error) {
	if c.Store == "" {
		return sqlite.Open(filepath.Join(c.Data, databaseFile))
	}
	scheme, path, _ := strings.Cut(c.Store, ":")
	if scheme != "sqlite" || path == "" {
		return nil, fmt.Errorf("opening store %q: this server has one driver; want sqlite:PATH", scheme+":…")
	}
	return sqlite.Open(path)
}

// Close waits for writes in progress and closes the store.
func (s *Server) Close() error { return s.store.Close() }

// CreateApp makes an application, and its organisation if it is the first of
// it, and returns the DSN for its programs, which cannot be shown again. base
// is the URL that programs reach this server at. The error wraps
// store.ErrExists if the application is there already.
func (s *Server) CreateApp(ctx context.Context, org, app, base string) (wire.DSN, error) {
	return s.registry.CreateApp(ctx, org, app, base, s.now())
}

// Apps returns all applications, ordered by organisation and name.
func (s *Server) Apps(ctx context.Context) ([]store.App, error) { return s.store.Apps(ctx) }

// Forget removes all events of a user, takes them out of all counts, and refuses
// what arrives of them later. It returns how many events it removed. The error
// wraps store.ErrNotFound if there is no such application.
func (s *Server) Forget(ctx context.Context, org, app, user string) (events int, err error) {
	if !wire.ValidUserID(user) {
		return 0, fmt.Errorf(`forgetting %.80q: it is no id of a user: want "client_" and 64 lower-case hex digits`, user)
	}
	a, err := s.store.App(ctx, org, app)
	if err != nil {
		return 0, fmt.Errorf("forgetting: %w", err)
	}
	return s.store.Forget(ctx, a.ID, user)
}

// Usage answers what the page shows. The error wraps store.ErrNotFound if there
// is no such application.
func (s *Server) Usage(ctx context.Context, q analytics.Query) (analytics.Usage, error) {
	return analytics.ReadUsage(ctx, s.store, q, s.now())
}

// LoginURL returns a link that opens the dashboard at base once, within an hour.
func (s *Server) LoginURL(ctx context.Context, base string) (string, error) {
	return s.sessions.Link(ctx, base)
}
