// Package sqlite keeps a store in one SQLite file: the driver for one machine.
//
// In come events; out go rollup cells. One goroutine owns the only writing
// connection and commits what waits for it in one transaction (group commit),
// with synchronous=FULL: what [Store.Write] has acknowledged survives a kill -9
// of the process and, as far as the disk keeps what it was told to sync, a
// power cut. Other processes (`tkserver app create`) may write to the same file
// at the same time.
package sqlite

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// busyTimeout is how long a transaction waits for that of another process.
const busyTimeout = 5 * time.Second

// readers is how many queries run at once; they never wait for the writer.
const readers = 4

// Store is a store in one file.
type Store struct {
	jobs    chan *job
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the writer is gone
	once    sync.Once
	pool    *sqlitex.Pool
}

var _ store.Store = (*Store)(nil)

// Open opens the file at path, makes it if there is none (readable by its owner
// alone), and brings its tables up to date.
func Open(path string) (*Store, error) {
	if err := touch(path); err != nil {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	writer, err := connect(path)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	if err := migrate(writer); err != nil {
		writer.Close()
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	pool, err := sqlitex.NewPool(path, sqlitex.PoolOptions{
		Flags: sqlite.OpenReadWrite, PoolSize: readers, PrepareConn: prepareReader,
	})
	if err != nil {
		writer.Close()
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	s := &Store{
		jobs: make(chan *job), closing: make(chan struct{}), stopped: make(chan struct{}), pool: pool,
	}
	go s.run(writer)
	return s, nil
}

// Close lets the transaction in progress end. It may be called twice.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		<-s.stopped
		err = s.pool.Close()
	})
	if err != nil {
		return fmt.Errorf("closing store: %w", err)
	}
	return nil
}

// Ping reads the file.
func (s *Store) Ping(ctx context.Context) error {
	return s.read(ctx, func(conn *sqlite.Conn) error {
		return sqlitex.Execute(conn, "SELECT count(*) FROM apps", nil)
	})
}

// touch makes the file before SQLite does, which would let everybody read it;
// the files beside it (-wal, -shm) take its mode over.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func connect(path string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	// First of all: the pragmas after it may have to wait for another process.
	conn.SetBusyTimeout(busyTimeout)
	for _, pragma := range []string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA foreign_keys = ON",
		"PRAGMA secure_delete = ON",            // what is forgotten is overwritten
		"PRAGMA cache_size = -16384",           // 16 MiB
		"PRAGMA journal_size_limit = 67108864", // a burst's WAL shrinks again
	} {
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			conn.Close()
			return nil, fmt.Errorf("%s: %w", pragma, err)
		}
	}
	return conn, nil
}

func prepareReader(conn *sqlite.Conn) error {
	conn.SetBusyTimeout(busyTimeout)
	return sqlitex.ExecuteTransient(conn, "PRAGMA query_only = ON", nil)
}

// read runs query on a connection of its own. Every reader sees what was
// committed before it began.
func (s *Store) read(ctx context.Context, query func(*sqlite.Conn) error) error {
	conn, err := s.pool.Take(ctx)
	if err != nil {
		return fmt.Errorf("reading store: %w: %w", store.ErrUnavailable, err)
	}
	defer s.pool.Put(conn)
	if err := query(conn); err != nil {
		return fmt.Errorf("reading store: %w", unavailable(err))
	}
	return nil
}
