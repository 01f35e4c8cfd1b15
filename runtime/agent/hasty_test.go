package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// hurried are the times that hasty shortens, file by file: what stands there, and
// what is built instead. It must stand there, once.
var hurried = map[string][][2]string{
	"rules.go": {
		{"childLimit = 30 * time.Second ", "childLimit = time.Second "},
	},
	"child.go": {
		{"childGrace  = 5 * time.Second ", "childGrace  = 3 * time.Second "},
	},
	"../telemetry/service.go": {
		{"serveAfter = time.Minute\n", "serveAfter = time.Second / 5\n"},
		{"serveEvery = time.Minute\n", "serveEvery = time.Second / 5\n"},
	},
}

// hasty builds testdata/prog with shorter times, through an overlay: the real
// ones are constants, and a test does not have half a minute.
var hasty = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hasty")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, changes := range hurried {
		source, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		text := string(source)
		for _, c := range changes {
			if strings.Count(text, c[0]) != 1 {
				return "", fmt.Errorf("%s: %q stands there %d times, want once", path, c[0], strings.Count(text, c[0]))
			}
			text = strings.Replace(text, c[0], c[1], 1)
		}
		here, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		overlay.Replace[here] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(overlay.Replace[here], []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		return "", err
	}
	return buildWith("-overlay", file)
})
