package gotool

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ToolexecArg is the first argument of tkgen where the go command runs it in
// front of its tools (go help build, -toolexec), for coverage alone: the go
// command gives its cover tool the files of the source tree, overlay or not
// (golang/go#73802).
const ToolexecArg = "toolexec-cover"

// toolexecFlag is the go command's flag for a run with coverage.
func toolexecFlag(overlay string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding tkgen for -toolexec: %w", err)
	}
	words := []string{self, ToolexecArg, overlay}
	for i, word := range words {
		if strings.ContainsAny(word, `'"`) && strings.ContainsAny(word, " \t\n") {
			return "", fmt.Errorf("-cover does not work from %s: the go command cannot take that path in -toolexec", word)
		}
		if strings.ContainsAny(word, " \t\n") {
			words[i] = "'" + word + "'"
		}
	}
	return "-toolexec=" + strings.Join(words, " "), nil
}

// Toolexec runs one tool of the go command. All but cover are run as they are.
// args are the overlay's file, the tool and its arguments.
func Toolexec(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int, err error) {
	if len(args) < 2 {
		return 0, fmt.Errorf("%s is for the go command: want OVERLAY TOOL ARGUMENTS", ToolexecArg)
	}
	overlay, tool, rest := args[0], args[1], args[2:]
	out := stdout
	var version bytes.Buffer
	if strings.TrimSuffix(filepath.Base(tool), ".exe") == "cover" {
		file, err := readOverlayFile(overlay)
		if err != nil {
			return 0, err
		}
		if slices.Contains(rest, "-V=full") {
			out = &version
		}
		rest = file.replace(rest)
	}
	cmd := exec.Command(tool, rest...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, out, stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", tool, err)
	}
	if out == &version {
		return 0, printVersion(stdout, version.Bytes(), overlay)
	}
	return 0, nil
}

// replace puts the files of the overlay in the place of those that they
// replace.
func (o overlayFile) replace(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		path, err := filepath.Abs(arg)
		if err != nil {
			continue
		}
		if to, ok := o.Replace[path]; ok && to != "" {
			args[i] = to
		}
	}
	return args
}

// printVersion answers cover -V=full, from which the go command makes the key
// of its cache: it has to depend on what the overlay says.
func printVersion(w io.Writer, version []byte, overlay string) error {
	file, err := readOverlayFile(overlay)
	if err != nil {
		return err
	}
	hash := sha256.New()
	names := make([]string, 0, len(file.Replace))
	for name := range file.Replace {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text, err := os.ReadFile(file.Replace[name])
		if err != nil && file.Replace[name] != "" {
			return fmt.Errorf("reading overlay: %w", err)
		}
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	_, err = fmt.Fprintf(w, "%s tkgen=%s\n", bytes.TrimSpace(version), hex.EncodeToString(hash.Sum(nil)[:16]))
	return err
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
