package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// earlier is a commit of this repository whose formats programs in the field may
// still write: the one before this command was there.
const earlier = "4e67743"

const module = "github.com/telemetry-kit/telemetry-kit-go"

// programs are what is built once for all rounds, both over an overlay: the
// sources here stay what they are.
type programs struct {
	clockOnce, earlierOnce sync.Once
	clockPath, earlierPath string
	clockErr, earlierErr   error
}

// settable is the standard library's clock, with a hand to set it.
const settable = `package time

import "sync/atomic"

var ahead atomic.Int64

// Set sets the wall clock ahead of the machine's, or back.
func Set(by Duration) { ahead.Add(int64(by / Second)) }

func settableNow() (sec int64, nsec int32, mono int64) {
	sec, nsec, mono = runtimeNow()
	return sec + ahead.Load(), nsec, mono
}
`

const clockMain = `package main

import (
	"os"
	"time"

	"` + module + `/internal/soak/writer"
)

func main() { os.Exit((&writer.Program{Out: os.Stdout, Step: time.Set}).Run(os.Args[2:])) }
`

const earlierMain = `package main

import (
	"os"

	"` + module + `/internal/soak/keeper"
	"` + module + `/internal/soak/writer"
)

func main() {
	if os.Args[1] == "write" {
		os.Exit((&writer.Program{Out: os.Stdout}).Run(os.Args[2:]))
	}
	os.Exit((&keeper.Program{Out: os.Stdout}).Run(os.Args[1:]))
}
`

// clock returns a writer whose wall clock can be set.
func (s *stage) clock() (string, error) {
	p := &s.programs
	p.clockOnce.Do(func() { p.clockPath, p.clockErr = s.buildClock() })
	return p.clockPath, p.clockErr
}

func (s *stage) buildClock() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	goroot, err := output(root, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	file := filepath.Join(strings.TrimSpace(goroot), "src", "time", "time.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", skip("no source of the standard library: %v", err)
	}
	const reading = "sec, nsec, mono := runtimeNow()"
	if !strings.Contains(string(text), reading) {
		return "", skip("this Go release reads its clock in another way")
	}
	replaced := strings.ReplaceAll(string(text), reading, "sec, nsec, mono := settableNow()")
	return s.overlay(root, "clock", map[string]string{
		file: replaced, filepath.Join(filepath.Dir(file), "settable.go"): settable, mainOf(root, "clock"): clockMain,
	}, nil)
}

// mainOf is a file of a program that is there in an overlay only.
func mainOf(root, name string) string {
	return filepath.Join(root, "internal", "soak", name, "main.go")
}

// overlay builds the program name over files of other contents, without the files
// gone. As nothing has another path than usual, the build cache knows the result.
func (s *stage) overlay(root, name string, files map[string]string, gone []string) (string, error) {
	dir := filepath.Join(s.root, name)
	replace := map[string]string{}
	for _, path := range gone {
		replace[path] = ""
	}
	for path, text := range files {
		replace[path] = filepath.Join(dir, fmt.Sprint(len(replace), "-", filepath.Base(path)))
		if err := write(replace[path], text); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("writing an overlay: %w", err)
	}
	file, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "program")
	if err := write(file, string(list)); err != nil {
		return "", err
	}
	_, err = output(root, "go", "build", "-overlay", file, "-o", program, "./internal/soak/"+name)
	return program, err
}

// earlier returns writer and keeper built against an earlier version.
func (s *stage) earlier() (string, error) {
	p := &s.programs
	p.earlierOnce.Do(func() { p.earlierPath, p.earlierErr = s.buildEarlier() })
	return p.earlierPath, p.earlierErr
}

// rooms is what the actors are built of.
var rooms = []string{"runtime/agent", "runtime/event", "runtime/inspect", "runtime/internal", "runtime/telemetry"}

func (s *stage) buildEarlier() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	archive, err := output(root, append([]string{"git", "archive", "--format=tar", earlier}, rooms...)...)
	if err != nil {
		return "", skip("the history here does not reach back to %s (a shallow clone, or no git)", earlier)
	}
	files := map[string]string{mainOf(root, "earlier"): earlierMain}
	for list := tar.NewReader(strings.NewReader(archive)); ; {
		head, err := list.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		text, readErr := io.ReadAll(list)
		if err = errors.Join(err, readErr); err != nil {
			return "", fmt.Errorf("reading the earlier version: %w", err)
		}
		if head.Typeflag == tar.TypeReg {
			files[filepath.Join(root, filepath.FromSlash(head.Name))] = string(text)
		}
	}
	var gone []string
	for _, room := range rooms {
		err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(room)), func(path string, d fs.DirEntry, err error) error {
			if _, there := files[path]; err == nil && d.Type().IsRegular() && !there {
				gone = append(gone, path)
			}
			return err
		})
		if err != nil {
			return "", fmt.Errorf("looking for today's files: %w", err)
		}
	}
	return s.overlay(root, "earlier", files, gone)
}

func write(path, text string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing a program: %w", err)
	}
	return nil
}

// repository is the folder of this module, which the working folder is in.
func repository() (string, error) {
	file, err := output("", "go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	root := filepath.Dir(strings.TrimSpace(file))
	if _, err := os.Stat(filepath.Join(root, "internal", "soak", "writer")); err != nil {
		return "", skip("the sources are not here: run this in the repository")
	}
	return root, nil
}

func output(dir string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	var complaint strings.Builder
	cmd.Stderr = io.Writer(&complaint)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("running %s: %w\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return string(out), nil
}
