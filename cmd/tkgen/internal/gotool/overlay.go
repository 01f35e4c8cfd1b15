package gotool

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// overlayFile is the JSON that the go command reads (go help build, -overlay),
// and more for [Toolexec], which the go command does not look at.
type overlayFile struct {
	Replace map[string]string
	// Sources says of each file of ours whose text it is: that of a file in the
	// tree, or of the caller's overlay; "" for one that is in no tree.
	Sources map[string]string `json:",omitempty"`
}

// sourceOf is the file whose text the build would have without tkgen.
func sourceOf(name string, callers map[string]string) string {
	if to, ok := callers[name]; ok {
		return to
	}
	if _, err := os.Lstat(name); err != nil {
		return ""
	}
	return name
}

// messages names the source where a tool names a file of ours.
func (o overlayFile) messages(spelled func(string) string) *strings.Replacer {
	var pairs []string
	for name, to := range o.Replace {
		if _, ours := o.Sources[to]; ours {
			pairs = append(pairs, spelled(to), spelled(name))
		}
	}
	return strings.NewReplacer(pairs...)
}

// raw and inJSON are how a tool spells a path.
func raw(path string) string { return path }

func inJSON(path string) string {
	text, err := json.Marshal(path)
	if err != nil {
		return path
	}
	return string(text[1 : len(text)-1])
}

func readOverlayFile(path string) (o overlayFile, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		return o, fmt.Errorf("reading overlay: %w", err)
	}
	return o, nil
}

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
