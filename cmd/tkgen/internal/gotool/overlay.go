package gotool

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// writeOverlay writes the replacing files and the JSON that names them (go help
// build, -overlay) into a temporary folder.
func writeOverlay(files map[string][]byte, callers map[string]string) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "tkgen-overlay-")
	if err != nil {
		return "", nil, fmt.Errorf("writing overlay: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	replace := map[string]string{}
	maps.Copy(replace, callers)
	for i, name := range slices.Sorted(maps.Keys(files)) {
		to := filepath.Join(dir, strconv.Itoa(i)+"-"+filepath.Base(name))
		if err := os.WriteFile(to, files[name], 0o600); err != nil {
			remove()
			return "", nil, fmt.Errorf("writing overlay: %w", err)
		}
		replace[name] = to
	}
	text, err := json.Marshal(overlayFile{replace})
	if err == nil {
		path = filepath.Join(dir, "overlay.json")
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("writing overlay: %w", err)
	}
	return path, remove, nil
}

type overlayFile struct{ Replace map[string]string }

// readOverlay reads the overlay that the caller gave, on the command line or in
// GOFLAGS, with absolute paths.
func readOverlay(given, inherited, dir string) (map[string]string, error) {
	file := given
	if file == "" {
		file = inherited
	}
	if file == "" {
		return nil, nil
	}
	base, err := instrument.Folder(dir)
	if err != nil {
		return nil, err
	}
	absolute := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(base, path)
	}
	text, err := os.ReadFile(absolute(file))
	if err != nil {
		return nil, fmt.Errorf("reading -overlay: %w", err)
	}
	var o overlayFile
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("reading -overlay %s: %w", file, err)
	}
	replace := map[string]string{}
	for from, to := range o.Replace {
		replace[absolute(from)] = absolute(to)
	}
	return replace, nil
}
