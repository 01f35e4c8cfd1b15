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

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
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
	if err := done.everything(d.folders.State); err != nil {
		return done, fmt.Errorf("removing telemetry of %s: %w", d.service, err)
	}
	return done, nil
}

func (d *Data) count(ctx context.Context) (int, error) {
	counts, err := d.box.Counts(ctx)
	return counts.Open + counts.Local + counts.Pending + counts.Sent + counts.Rejected, err
}

// What the names of the other files in a state folder begin with. A saved answer,
// which lies there too if Config.Dir is set, is not among them, and neither is a
// wish to be forgotten.
const (
	installID = "install-" // and the install week
	marks     = "send."
	scope     = "scope" // what a yes was given for
)

// everything removes things in the order in which they have to go; see
// upload.Uploader.
func (c *Cleaned) everything(state string) error {
	return errors.Join(c.recorded(state), c.all(state, installID, marks))
}

// recorded removes what was recorded, sent or not.
func (c *Cleaned) recorded(state string) error {
	return errors.Join(c.cleared(spoolIn(state).Clear()), c.cleared(outbox.Clear(state)))
}

func (c *Cleaned) cleared(sizes map[string]int64, err error) error {
	for _, path := range slices.Sorted(maps.Keys(sizes)) {
		c.Files, c.Bytes = append(c.Files, path), c.Bytes+sizes[path]
	}
	return err
}

// all removes the files whose names begin with the prefixes.
func (c *Cleaned) all(state string, prefixes ...string) (err error) {
	for _, prefix := range prefixes {
		sizes, readErr := folder.Sizes(state)
		err = errors.Join(err, readErr)
		for _, name := range slices.Sorted(maps.Keys(sizes)) {
			if strings.HasPrefix(name, prefix) {
				err = errors.Join(err, c.remove(filepath.Join(state, name), sizes[name]))
			}
		}
	}
	return err
}

func (c *Cleaned) remove(path string, size int64) error {
	err := folder.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		c.Files, c.Bytes = append(c.Files, path), c.Bytes+size
	}
	return err
}
