package gotool

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// Diagnostic is what an analyzer says of one place, as go vet prints it.
type Diagnostic struct {
	Package, Analyzer string
	File              string
	Line, Column      int
	Message           string
	Fixes             []Fix
}

// Fix mends what a diagnostic speaks of.
type Fix struct {
	Message string `json:"message"`
	Edits   []Edit `json:"edits"`
}

// Edit is text in the place of the bytes from Start to End of a file.
type Edit struct {
	File  string `json:"filename"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

// Vet runs go vet with the analyzers of a tool and returns what they say, in the go
// command's order. What the go command itself has to say, such as why a package does
// not compile, goes to stderr.
func Vet(ctx context.Context, tool string, flags, patterns []string, stderr io.Writer) ([]Diagnostic, error) {
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	args := append([]string{"vet", "-vettool=" + tool, "-json"}, flags...)
	c := exec.CommandContext(ctx, "go", append(args, patterns...)...)
	var out, notes bytes.Buffer
	c.Stdout, c.Stderr = &out, &notes
	err := c.Run()
	all, parseErr := parseVet(&out)
	if err != nil || parseErr != nil {
		_, _ = stderr.Write(notes.Bytes())
		return nil, errors.Join(wrapped("running go vet", err), wrapped("reading what go vet says", parseErr))
	}
	return all, nil
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// parseVet reads one object a package: {"PACKAGE": {"ANALYZER": [{"posn": …}]}}.
func parseVet(r io.Reader) (all []Diagnostic, err error) {
	for dec := json.NewDecoder(r); ; {
		var packages map[string]map[string]json.RawMessage
		if err := dec.Decode(&packages); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		for pkg, analyzers := range packages {
			for name, raw := range analyzers {
				list, err := diagnostics(raw)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", pkg, name, err)
				}
				for _, d := range list {
					d.Package, d.Analyzer = pkg, name
					all = append(all, d)
				}
			}
		}
	}
}

func diagnostics(raw json.RawMessage) (all []Diagnostic, err error) {
	var list []struct {
		Posn    string `json:"posn"`
		Message string `json:"message"`
		Fixes   []Fix  `json:"suggested_fixes"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		var failure struct {
			Err string `json:"error"`
		}
		if json.Unmarshal(raw, &failure) == nil && failure.Err != "" {
			err = errors.New(failure.Err)
		}
		return nil, err
	}
	for _, d := range list {
		file, line, column := position(d.Posn)
		all = append(all, Diagnostic{File: file, Line: line, Column: column, Message: d.Message, Fixes: d.Fixes})
	}
	return all, nil
}

// position reads FILE:LINE:COLUMN.
func position(s string) (file string, line, column int) {
	file = s
	for _, n := range []*int{&column, &line} {
		i := strings.LastIndexByte(file, ':')
		if i < 0 {
			break
		}
		*n, _ = strconv.Atoi(file[i+1:])
		file = file[:i]
	}
	return file, line, column
}

// Apply makes edits in a text. Equal ones are made once; others must not overlap.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	edits = slices.Compact(edits)
	var out []byte
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(src) {
			return nil, errors.New("two changes meet in one place: run it again after the first")
		}
		out = append(append(out, src[at:e.Start]...), e.New...)
		at = e.End
	}
	return append(out, src[at:]...), nil
}
