// Package config reads telemetry.yaml, which says for a module what would
// otherwise be flags of every run.
//
// In come the bytes of the file; out goes a [Config], or the place of the first
// thing in it that is wrong and what to write instead.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is the file's name, beside go.mod.
const File = "telemetry.yaml"

// Config is what the file says. All of it may be absent.
type Config struct {
	// Service is the name under which telemetry is started in programs that do
	// not do that themselves, as --service.
	Service string
	// Match marks functions that have no directive, as --match. Packages that the
	// file names relative to its folder have an absolute path here.
	Match []string
}

// Read reads the file in a module's folder. A module without it has the zero
// Config.
func Read(dir string) (Config, error) {
	path := filepath.Join(dir, File)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("reading %s: %w", File, err)
	}
	c, err := parse(path, text)
	for i, pattern := range c.Match {
		if strings.HasPrefix(pattern, ".") {
			packages, fn, both := strings.Cut(pattern, ":")
			c.Match[i] = filepath.Join(dir, filepath.FromSlash(packages))
			if both {
				c.Match[i] += ":" + fn
			}
		}
	}
	return c, err
}

func parse(path string, text []byte) (c Config, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return c, fmt.Errorf("%s: this is no YAML: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) == 0 {
		return c, nil // empty, or comments alone
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return c, wrong(path, root, "this is no mapping", "write keys such as service: mytool")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if seen[key.Value] {
			return c, wrong(path, key, "the key "+key.Value+" is given twice", "leave one of them")
		}
		seen[key.Value] = true
		switch key.Value {
		case "service":
			if value.Kind != yaml.ScalarNode || value.Value == "" {
				return c, wrong(path, value, "service is no name", "write service: mytool")
			}
			c.Service = value.Value
		case "match":
			if c.Match, err = list(path, value); err != nil {
				return c, err
			}
		default:
			return c, wrong(path, key, fmt.Sprintf("unknown key %q", key.Value), "the keys are service and match")
		}
	}
	return c, nil
}

func list(path string, value *yaml.Node) (texts []string, err error) {
	if value.Kind != yaml.SequenceNode {
		return nil, wrong(path, value, "match is no list", `write match: ["./internal/...:*"]`)
	}
	for _, item := range value.Content {
		if item.Kind != yaml.ScalarNode || item.Value == "" {
			return nil, wrong(path, item, "this is no pattern", `write a pattern such as "Deploy*"`)
		}
		texts = append(texts, item.Value)
	}
	return texts, nil
}

func wrong(path string, at *yaml.Node, what, instead string) error {
	return fmt.Errorf("%s:%d:%d: %s\n\t%s", path, at.Line, at.Column, what, instead)
}
