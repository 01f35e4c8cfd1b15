// Command program is what internal/wasm runs where there is neither a disk nor
// another process. It records in all ways, says yes on the way, shows what it
// holds, sends it, and deletes everything.
//
//	program DSN
//
// Out goes what it saw as JSON, and on stderr what telemetry tells its author.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Seen is what the program saw.
type Seen struct {
	Before, After string // the mode that held, and its cause
	Stats         []inspect.Stat
	Unsent, Sent  inspect.Status
	Result        agent.Result
	Err           string // of sending
	Deleted       inspect.Deleted
	AtServer      int // events that the server removed then
	Left          inspect.Status
}

const service = "wasmtool"

var (
	deploy = &telemetry.Point{Name: "deploy", Kind: telemetry.Command}
	hit    = &telemetry.Point{Name: "cache.hit"}
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: program DSN")
		os.Exit(2)
	}
	seen, err := run(context.Background(), os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(seen)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dsn string) (seen Seen, err error) {
	session := telemetry.Start(telemetry.Config{
		Service: service, Version: "v1.2.3", Agent: agent.New(dsn),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	defer session.Stop()
	seen.Before = mode()
	telemetry.Track("before.the.yes")
	if err := telemetry.SetMode(telemetry.On); err != nil {
		return seen, err
	}
	seen.After = mode()
	record()
	session.Flush()
	if seen.Stats, err = stats(ctx); err != nil {
		return seen, err
	}
	if seen.Unsent, err = inspect.StatusOf(ctx, service, ""); err != nil {
		return seen, err
	}
	if seen.Result, err = agent.Sync(ctx, agent.Options{Service: service, DSN: dsn, Force: true}); err != nil {
		seen.Err = err.Error()
	}
	if seen.Sent, err = inspect.StatusOf(ctx, service, ""); err != nil {
		return seen, err
	}
	if seen.Deleted, err = inspect.Delete(ctx, service, ""); err != nil {
		return seen, err
	}
	if seen.Err == "" {
		if seen.AtServer, err = agent.Delete(ctx, agent.Options{Service: service, DSN: dsn}); err != nil {
			return seen, err
		}
	}
	seen.Left, err = inspect.StatusOf(ctx, service, "")
	return seen, err
}

func mode() string {
	m, cause := telemetry.CurrentMode()
	return m.String() + ": " + cause
}

func record() {
	_ = deployAll()
	for range 1000 {
		func() { defer hit.Begin().End(nil) }()
	}
	func() {
		defer func() { _ = recover() }()
		defer hit.Begin().End(nil)
		panic("on purpose")
	}()
	telemetry.Track("config.migrated", slog.Int("from", 3))
	telemetry.Count("index.files", 12)
}

func deployAll() (err error) {
	defer deploy.Begin().End(&err)
	return errors.New("on purpose")
}

func stats(ctx context.Context) ([]inspect.Stat, error) {
	data, err := inspect.Open(ctx, service, "")
	if errors.Is(err, inspect.ErrNothing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer data.Close()
	return data.Stats(ctx)
}
