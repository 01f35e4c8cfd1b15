package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
)

// collector is a tkserver on loopback.
type collector struct {
	*server.Server
	base string
	stop func()
}

func (d *demo) startServer(ctx context.Context) (*collector, error) {
	srv, err := server.Open(server.Config{Data: d.path("server")})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the server: %w", err), srv.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ctx, listener) // ends with the demo
	}()
	return &collector{Server: srv, base: "http://" + listener.Addr().String(), stop: func() {
		cancel()
		<-done
		_ = srv.Close()
	}}, nil
}

// Side is what one build of the program recorded.
type Side struct {
	Name string `json:"name"` // "in place" or "overlay"
	// ByItself and BySync are how many events the program's own background
	// process sent, and how many were left for tkgen sync.
	ByItself int `json:"sent_by_itself"`
	BySync   int `json:"sent_by_sync"`

	local  map[string]inspect.Stat
	server map[string]analytics.Row
}

// record makes the runs with one build and sends what they recorded.
func (d *demo) record(ctx context.Context, srv *collector, name, program string) (Side, error) {
	side := Side{Name: name}
	app := map[string]string{"in place": "in-place", "overlay": "overlay"}[name]
	dsn, err := srv.CreateApp(ctx, "demo", app, srv.base)
	if err != nil {
		return side, err
	}
	// The person has said yes in the environment; no build server is faked
	// and none is seen.
	env := d.environment(app, "KUSTOMIZE_TELEMETRY=on", "DEMO_DSN="+dsn.String())
	state := d.path(app, "home", ".local", "state", service, "telemetry")
	if err := d.runAll(ctx, app, program, env, quiet(filepath.Join(state, "spool"))); err != nil {
		return side, err
	}
	if err := gone(ctx, filepath.Join(state, "send.claim")); err != nil {
		return side, fmt.Errorf("waiting for the program's background process: %w", err)
	}
	if side.ByItself, err = d.sent(ctx, env); err != nil {
		return side, err
	}
	if side.BySync, err = d.sync(ctx, env, dsn); err != nil {
		return side, err
	}
	if side.local, err = d.localStats(ctx, env); err != nil {
		return side, err
	}
	side.server, err = serverStats(ctx, srv, app)
	return side, err
}

// sync sends what is left and returns how many events that were.
func (d *demo) sync(ctx context.Context, env []string, dsn wire.DSN) (int, error) {
	out, err := d.command(ctx, d.dir, env, d.Tkgen, "sync", "--service", service, "--dsn", dsn.String(), "--json")
	if err != nil {
		return 0, err
	}
	var result struct{ Sent, Rejected int }
	if err := json.Unmarshal(out, &result); err != nil {
		return 0, fmt.Errorf("reading what tkgen sync said: %w", err)
	}
	if result.Rejected > 0 {
		return 0, fmt.Errorf("the server rejected %d events", result.Rejected)
	}
	return result.Sent, nil
}

// localStats asks tkgen, as a person would.
func (d *demo) localStats(ctx context.Context, env []string) (map[string]inspect.Stat, error) {
	out, err := d.command(ctx, d.dir, env, d.Tkgen, "stats", "--service", service, "--json")
	if err != nil {
		return nil, err
	}
	var list []inspect.Stat
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("reading what tkgen stats said: %w", err)
	}
	stats := map[string]inspect.Stat{}
	for _, s := range list {
		stats[s.Name] = s
	}
	return stats, nil
}

func serverStats(ctx context.Context, srv *collector, app string) (map[string]analytics.Row, error) {
	usage, err := srv.Usage(ctx, analytics.Query{Org: "demo", App: app})
	if err != nil {
		return nil, err
	}
	rows := map[string]analytics.Row{}
	for _, r := range usage.Rows {
		if _, twice := rows[r.Name]; twice {
			return nil, fmt.Errorf("the server answers twice for %s", r.Name)
		}
		rows[r.Name] = r
	}
	return rows, nil
}

// sent counts the events that were sent so far.
func (d *demo) sent(ctx context.Context, env []string) (n int, err error) {
	out, err := d.command(ctx, d.dir, env, d.Tkgen, "events", "--service", service, "--json")
	if err != nil {
		return 0, err
	}
	lines := json.NewDecoder(bytes.NewReader(out))
	for lines.More() {
		var e inspect.Event
		if err := lines.Decode(&e); err != nil {
			return 0, fmt.Errorf("reading what tkgen events said: %w", err)
		}
		if e.State == "sent" {
			n++
		}
	}
	return n, nil
}

// quiet waits until the spool has not grown for a second: longer than counts
// stay in memory at first (a tenth of a second).
func quiet(spool string) await {
	return func(ctx context.Context, _ *os.Process) error {
		last, since := int64(-1), time.Now()
		for time.Since(since) < time.Second {
			size, err := sizeOf(spool)
			if err != nil {
				return err
			}
			if size != last {
				last, since = size, time.Now()
			}
			if err := pause(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

func sizeOf(dir string) (size int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			size += info.Size()
		}
	}
	return size, nil
}

// gone waits until a file is not there.
func gone(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(10 * time.Millisecond):
		return nil
	}
}
