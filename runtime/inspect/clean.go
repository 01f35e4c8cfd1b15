package inspect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

// Cleaned is what [Data.Clean] removed.
type Cleaned struct {
	Events int      `json:"events"`
	Files  []string `json:"files"`
	Bytes  int64    `json:"bytes"`
}

// Clean removes everything that was recorded, and the install id: whatever is
// sent later comes from somebody else, as far as the server can tell. The
// saved answer stays. Files that are not of telemetry-kit stay, too. d is closed
// by it.
//
// The server is not told, and cannot be any more: [Delete] is what a person wants.
func (d *Data) Clean(ctx context.Context) (Cleaned, error) {
	var done Cleaned
	var err error
	if done.Events, err = d.count(ctx); err != nil {
		return done, err
	}
	if err := d.box.Close(); err != nil {
		return done, err
	}
	if err := done.all(d.folders.State, recorded, installID, marks); err != nil {
		return done, fmt.Errorf("removing telemetry of %s: %w", d.service, err)
	}
	return done, nil
}

func (d *Data) count(ctx context.Context) (int, error) {
	counts, err := d.box.Counts(ctx)
	return counts.Open + counts.Local + counts.Pending + counts.Sent + counts.Rejected, err
}

// What the names of the files in a state folder begin with, in the order in which
// they have to go; see upload.Uploader. A saved answer, which lies there too if
// Config.Dir is set, is not among them, and neither is a wish to be forgotten.
const (
	recorded  = outbox.File // and the spool
	installID = "install-"  // and the install week
	marks     = "send."
	scope     = "scope" // what a yes was given for
)

func (c *Cleaned) all(state string, prefixes ...string) (err error) {
	for _, prefix := range prefixes {
		if prefix == recorded {
			err = errors.Join(err, c.spool(spoolIn(state)))
		}
		entries, readErr := os.ReadDir(state)
		if !errors.Is(readErr, os.ErrNotExist) {
			err = errors.Join(err, readErr)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), prefix) {
				err = errors.Join(err, c.remove(filepath.Join(state, e.Name())))
			}
		}
	}
	return err
}

func (c *Cleaned) spool(r spool.Reader) error {
	sizes, err := r.Clear()
	for _, path := range slices.Sorted(maps.Keys(sizes)) {
		c.Files, c.Bytes = append(c.Files, path), c.Bytes+sizes[path]
	}
	return err
}

func (c *Cleaned) remove(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil // somebody else's
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		c.Files, c.Bytes = append(c.Files, path), c.Bytes+info.Size()
	}
	return err
}
