package gotool

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/instrument"
)

// cover has the overlay's files counted, as if nothing had been added to them:
// the tool is given copies without the added statements, and what it makes of
// the copies is given the statements back. So the counters are those that there
// would be without tkgen.
func (t tool) cover(stdout, stderr io.Writer) (code int, err error) {
	outputs, err := t.coverOutputs()
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "tkgen-cover-")
	if err != nil {
		return 0, fmt.Errorf("writing files for cover: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	first := len(t.args) - len(outputs)
	var copies []coverCopy
	for i := range outputs {
		source, err := filepath.Abs(t.args[first+i])
		if err != nil {
			return 0, fmt.Errorf("reading files for cover: %w", err)
		}
		to := t.overlay.Replace[source]
		if to == "" {
			continue
		}
		c := coverCopy{source: source, path: filepath.Join(dir, strconv.Itoa(i), filepath.Base(source)), output: outputs[i]}
		text, ours := t.overlay.Sources[to]
		if err := c.write(to, ours && text == ""); err != nil {
			return 0, err
		}
		t.args[first+i] = c.path
		copies = append(copies, c)
	}
	if code, err = t.run(stdout, stderr); code != 0 || err != nil {
		return code, err
	}
	for _, c := range copies {
		if err := c.finish(); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// coverOutputs reads the names of the files that cover writes: one for
// variables, then one for each of its last arguments.
func (t tool) coverOutputs() ([]string, error) {
	for i, arg := range t.args {
		if arg != "-outfilelist" || i+1 >= len(t.args) {
			continue
		}
		text, err := os.ReadFile(t.args[i+1])
		if err != nil {
			return nil, fmt.Errorf("reading cover's list of files: %w", err)
		}
		outputs := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
		if len(outputs) <= len(t.args)-i-2 {
			return outputs, nil
		}
	}
	return nil, fmt.Errorf("this go command calls its cover tool in a way that tkgen does not know (%s): the instrumentation would be lost; build without coverage", strings.Join(t.args, " "))
}

// coverCopy is one file for the cover tool.
type coverCopy struct {
	source, path, output string
	statements           [][]byte
}

// write copies the text of the overlay's file without what is not the author's.
func (c *coverCopy) write(from string, points bool) error {
	text, err := os.ReadFile(from)
	if err == nil {
		if points { // all of it, but for the package clause
			text = instrument.HideBody(text)
		}
		text, c.statements = instrument.Hide(text)
		if err = os.MkdirAll(filepath.Dir(c.path), 0o700); err == nil {
			err = os.WriteFile(c.path, text, 0o600)
		}
	}
	if err != nil {
		return fmt.Errorf("writing files for cover: %w", err)
	}
	return nil
}

// finish puts the statements back, and names the source in the comment that
// cover begins its output with.
func (c *coverCopy) finish() error {
	text, err := os.ReadFile(c.output)
	if err != nil {
		return fmt.Errorf("reading cover's output: %w", err)
	}
	comment, rest, _ := bytes.Cut(text, []byte("\n"))
	if !bytes.Equal(comment, []byte("//line "+c.path+":1:1")) {
		return fmt.Errorf("reading cover's output: it begins with %q, and tkgen knows only //line comments there; build without coverage", comment)
	}
	if rest, err = instrument.Show(rest, c.statements); err != nil {
		return fmt.Errorf("reading cover's output %s: %w", c.output, err)
	}
	text = append([]byte("//line "+c.source+":1:1\n"), rest...)
	if err := os.WriteFile(c.output, text, 0o600); err != nil {
		return fmt.Errorf("writing cover's output: %w", err)
	}
	return nil
}
