package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/peers/with/xcounter"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

// home is a folder that a process takes for its user's.
type home string

func newHome(dir string, p peer, off bool) (home, error) {
	h, err := os.MkdirTemp(dir, "home-")
	if err != nil {
		return "", fmt.Errorf("making a home: %w", err)
	}
	if off && p.off == byModeFile {
		file := filepath.Join(h, ".config", "go", "telemetry", "mode")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return "", fmt.Errorf("making a home: %w", err)
		}
		if err := os.WriteFile(file, []byte("off"), 0o600); err != nil {
			return "", fmt.Errorf("turning x/telemetry off: %w", err)
		}
	}
	return home(h), nil
}

// environment is all that a process gets.
func (h home) environment(p peer, off bool) []string {
	env := []string{"HOME=" + string(h), "PATH=/usr/bin:/bin", "SHELL=/bin/sh"}
	switch {
	case off && p.off == byVariable:
		env = append(env, "DO_NOT_TRACK=1")
	case p.with == "kitagent":
		env = append(env, "BENCH_TELEMETRY=on")
	case p.with == "kit":
		env = append(env, "BENCH_TELEMETRY=local")
	}
	return env
}

// kept is how many events are on this machine, for a later run to send or for the
// person to see.
func (h home) kept(ctx context.Context) (int64, error) {
	counted, err := h.counted()
	if err != nil {
		return 0, err
	}
	state := filepath.Join(string(h), ".local", "state", "bench", "telemetry")
	if _, err := os.Stat(state); err != nil {
		return counted, nil //nolint:nilerr // nothing was kept
	}
	recorded, err := h.recorded(ctx)
	return counted + recorded, err
}

func (h home) recorded(ctx context.Context) (n int64, err error) {
	for name, dir := range map[string]string{"HOME": string(h), "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""} {
		if err := os.Setenv(name, dir); err != nil {
			return 0, err
		}
	}
	d, err := inspect.Open(ctx, "bench", "")
	if err != nil {
		return 0, fmt.Errorf("looking for the records: %w", err)
	}
	defer d.Close()
	stats, err := d.Stats(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the records: %w", err)
	}
	for _, s := range stats {
		n += int64(s.OK)
	}
	return n, nil
}

// counted reads the counter out of x/telemetry's files, of which a record is: the
// count, 8 bytes that concern the file, the name.
func (h home) counted() (n int64, err error) {
	err = filepath.WalkDir(filepath.Join(string(h), ".config", "go", "telemetry"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".count" {
			return nil //nolint:nilerr // it is not there where nobody has counted
		}
		file, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading the counters: %w", err)
		}
		if at := bytes.Index(file, []byte(xcounter.Name)); at >= 16 {
			n += int64(binary.LittleEndian.Uint64(file[at-16:]))
		}
		return nil
	})
	return n, err
}
