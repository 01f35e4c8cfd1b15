package gotool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ToolexecArg is the first argument of tkgen where the go command runs it in
// front of its tools (go help build, -toolexec). That is so only in builds in
// which the overlay alone would not do: see [shim].
const ToolexecArg = "toolexec"

// Toolexec runs one tool of the go command. args are the overlay's file, the
// number of words of another -toolexec, these words, the tool and its arguments.
// A run that the overlay has nothing to do with, as nearly all are, is handed
// over to the tool.
func Toolexec(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int, err error) {
	t, err := readTool(args, stdin)
	if err != nil {
		return 0, err
	}
	if !t.concerned() {
		handOver(t.command, t.args)
		return t.run(stdout, stderr)
	}
	if t.overlay, err = readOverlayFile(args[0]); err != nil {
		return 0, err
	}
	if slices.Contains(t.args, "-V=full") {
		return t.version(stdout, stderr)
	}
	messages := t.overlay.messages(raw)
	out, errs := &rewriter{to: stdout, with: messages}, &rewriter{to: stderr, with: messages}
	switch t.name() {
	case "cover":
		code, err = t.cover(out, errs)
	case "compile":
		code, err = t.compile(out, errs)
	case "vet":
		code, err = t.vet(out, errs)
	default:
		code, err = t.run(out, errs)
	}
	return code, errors.Join(err, out.flush(), errs.flush())
}

// tool is one run of a tool.
type tool struct {
	overlay overlayFile
	dir     string   // of the overlay's files
	command []string // the tool, with what the caller puts in front of it
	args    []string
	stdin   io.Reader
}

func readTool(args []string, stdin io.Reader) (tool, error) {
	if len(args) < 2 {
		return tool{}, fmt.Errorf("%s is for the go command", ToolexecArg)
	}
	words, err := strconv.Atoi(args[1])
	if err != nil || words < 0 || len(args) < 3+words {
		return tool{}, fmt.Errorf("%s is for the go command", ToolexecArg)
	}
	return tool{dir: filepath.Dir(args[0]), command: args[2 : 3+words], args: args[3+words:], stdin: stdin}, nil
}

// concerned reports whether a file of the overlay is among what the tool reads,
// without reading the overlay. What cover and vet read, other files say.
func (t tool) concerned() bool {
	if name := t.name(); name == "cover" || name == "vet" {
		return true
	}
	for i, arg := range t.args {
		if strings.Contains(arg, t.dir) {
			return true
		}
		if i > 0 && t.args[i-1] == "-embedcfg" {
			if text, err := os.ReadFile(arg); err != nil || strings.Contains(string(text), inJSON(t.dir)) {
				return true
			}
		}
	}
	return false
}

func (t tool) name() string {
	return strings.TrimSuffix(filepath.Base(t.command[len(t.command)-1]), ".exe")
}

func (t tool) run(stdout, stderr io.Writer) (code int, err error) {
	cmd := exec.Command(t.command[0], append(t.command[1:], t.args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = t.stdin, stdout, stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", t.name(), err)
	}
	return 0, nil
}

// version answers -V=full, from which the go command makes the keys of its
// cache. All tools but cover make of the same input what they make without
// tkgen. Cover does not; what the overlay says is in the key already.
func (t tool) version(stdout, stderr io.Writer) (code int, err error) {
	if t.name() != "cover" {
		return t.run(stdout, stderr)
	}
	var version bytes.Buffer
	if code, err = t.run(&version, stderr); err == nil {
		_, err = fmt.Fprintf(stdout, "%s tkgen=2\n", bytes.TrimSpace(version.Bytes()))
	}
	return code, err
}

// compile embeds files of the source where the overlay replaces them, and has
// files of the overlay go by the name of the source.
func (t tool) compile(stdout, stderr io.Writer) (code int, err error) {
	for i := 1; i < len(t.args); i++ {
		switch t.args[i-1] {
		case "-trimpath":
			t.args[i] = t.overlay.renameFirst(t.args[i])
		case "-embedcfg":
			if err := t.overlay.restoreEmbedded(t.args[i]); err != nil {
				return 0, err
			}
		}
	}
	return t.run(stdout, stderr)
}

// vet names the source in its findings, which it writes to a file for the go
// command to cache.
func (t tool) vet(stdout, stderr io.Writer) (code int, err error) {
	if code, err = t.run(stdout, stderr); err != nil || len(t.args) == 0 {
		return code, err
	}
	var config struct{ Stdout string }
	text, err := os.ReadFile(t.args[len(t.args)-1])
	if err != nil || json.Unmarshal(text, &config) != nil || config.Stdout == "" {
		return code, nil // not asked about a package
	}
	if text, err = os.ReadFile(config.Stdout); err != nil || len(text) == 0 {
		return code, nil
	}
	if err := os.WriteFile(config.Stdout, []byte(t.overlay.messages(inJSON).Replace(string(text))), 0o600); err != nil {
		return 0, fmt.Errorf("writing vet's findings: %w", err)
	}
	return code, nil
}

// renameFirst puts the rules for files of the overlay in front: the first that
// matches wins, and if the folder for temporary files lies in a package, then
// that package's does.
func (o overlayFile) renameFirst(rules string) string {
	list := strings.Split(rules, ";")
	slices.SortStableFunc(list, func(a, b string) int { return o.rank(a) - o.rank(b) })
	return strings.Join(list, ";")
}

func (o overlayFile) rank(rule string) int {
	file, _, _ := strings.Cut(rule, "=>")
	if _, ours := o.Sources[file]; ours {
		return 0
	}
	return 1
}

// embedConfig is what the go command tells the compiler of embedded files.
type embedConfig struct {
	Patterns map[string][]string // pattern to names
	Files    map[string]string   // name to file
}

// restoreEmbedded takes the overlay out of an embedConfig: points are not there,
// and instrumented files are those of the source. The caller's own replacements
// stay.
func (o overlayFile) restoreEmbedded(file string) error {
	var config embedConfig
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	for name, path := range config.Files {
		from, ours := o.Sources[path]
		switch {
		case ours && from == "":
			delete(config.Files, name)
			for pattern, names := range config.Patterns {
				config.Patterns[pattern] = slices.DeleteFunc(names, func(n string) bool { return n == name })
			}
		case ours:
			config.Files[name] = from
		}
	}
	if text, err = json.MarshalIndent(config, "", "\t"); err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}

// rewriter holds back what a tool says until its end, and then says it with
// other words.
type rewriter struct {
	to   io.Writer
	with *strings.Replacer
	held bytes.Buffer
}

func (r *rewriter) Write(p []byte) (int, error) { return r.held.Write(p) }

func (r *rewriter) flush() error {
	if r.held.Len() == 0 {
		return nil
	}
	_, err := r.with.WriteString(r.to, r.held.String())
	return err
}
