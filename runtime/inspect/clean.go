package inspect

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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
func (d *Data) Clean(ctx context.Context) (Cleaned, error) {
	var done Cleaned
	counts, err := d.box.Counts(ctx)
	if err != nil {
		return done, err
	}
	done.Events = counts.Open + counts.Local + counts.Pending + counts.Sent + counts.Rejected
	if err := d.box.Close(); err != nil {
		return done, err
	}
	names, err := d.spool().Segments()
	if err != nil {
		return done, err
	}
	for _, name := range names {
		err = errors.Join(err, done.remove(filepath.Join(d.spool().Dir, name)))
	}
	entries, readErr := os.ReadDir(d.folders.State)
	err = errors.Join(err, readErr)
	for _, e := range entries {
		if ours(e.Name()) && e.Type().IsRegular() {
			err = errors.Join(err, done.remove(filepath.Join(d.folders.State, e.Name())))
		}
	}
	// Only if it is empty now: a program that runs may have written again.
	_ = os.Remove(d.spool().Dir)
	if err != nil {
		return done, fmt.Errorf("removing telemetry of %s: %w", d.service, err)
	}
	return done, nil
}

// ours are the files of the state folder, but for the saved answer, which lies
// there too if Config.Dir is set.
func ours(name string) bool {
	return strings.HasPrefix(name, outbox.File) || strings.HasPrefix(name, "install-") || strings.HasPrefix(name, "send.")
}

func (c *Cleaned) remove(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		c.Files, c.Bytes = append(c.Files, path), c.Bytes+info.Size()
	}
	return err
}
