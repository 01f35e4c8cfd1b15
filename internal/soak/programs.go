package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// earlier is a commit of this repository whose formats programs in the field may
// still write: the one before this command was there.
const earlier = "4e67743"

// sources are the actors, to be built against an earlier version.
//
//go:embed writer/*.go keeper/*.go
var sources embed.FS

const module = "github.com/telemetry-kit/telemetry-kit-go"

// programs are what is built once for all rounds.
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
	dir := filepath.Join(s.root, "clock")
	file := filepath.Join(goroot, "src", "time", "time.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", skip("no source of the standard library: %v", err)
	}
	const reading = "sec, nsec, mono := runtimeNow()"
	if !strings.Contains(string(text), reading) {
		return "", skip("this Go release reads its clock in another way")
	}
	replaced := strings.ReplaceAll(string(text), reading, "sec, nsec, mono := settableNow()")
	main := filepath.Join(root, "internal", "soak", "clock", "main.go")
	overlay := map[string]map[string]string{"Replace": {
		file: filepath.Join(dir, "time.go"), filepath.Join(filepath.Dir(file), "settable.go"): filepath.Join(dir, "settable.go"),
		main: filepath.Join(dir, "main.go"),
	}}
	list, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	for name, content := range map[string]string{"time.go": replaced, "settable.go": settable, "main.go": clockMain, "overlay.json": string(list)} {
		if err := write(filepath.Join(dir, name), content); err != nil {
			return "", err
		}
	}
	path := filepath.Join(dir, "program")
	_, err = output(root, "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", path, "./internal/soak/clock")
	return path, err
}

// earlier returns writer and keeper built against an earlier version.
func (s *stage) earlier() (string, error) {
	p := &s.programs
	p.earlierOnce.Do(func() { p.earlierPath, p.earlierErr = s.buildEarlier() })
	return p.earlierPath, p.earlierErr
}

func (s *stage) buildEarlier() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	if _, err := output(root, "git", "cat-file", "-e", earlier+"^{commit}"); err != nil {
		return "", skip("the history here does not reach back to %s (a shallow clone, or no git)", earlier)
	}
	dir := filepath.Join(s.root, "earlier")
	archive := filepath.Join(s.root, "earlier.tar")
	if _, err := output(root, "git", "archive", "-o", archive, earlier, "go.mod", "go.sum", "runtime"); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("making a folder: %w", err)
	}
	if _, err := output(dir, "tar", "-xf", archive); err != nil {
		return "", err
	}
	room := filepath.Join(dir, "internal", "soak")
	if err := os.CopyFS(room, sources); err != nil {
		return "", fmt.Errorf("copying the actors: %w", err)
	}
	if err := write(filepath.Join(room, "main.go"), earlierMain); err != nil {
		return "", err
	}
	path := filepath.Join(s.root, "earlier-program")
	_, err = output(dir, "go", "build", "-o", path, "./internal/soak")
	return path, err
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
	root := filepath.Dir(file)
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
	return strings.TrimSpace(string(out)), nil
}
