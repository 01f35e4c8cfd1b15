package consent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// Folders are the two places of a program's telemetry. The answer may travel
// with somebody's dotfiles; what was recorded and the install id may not.
type Folders struct {
	// Config holds the saved answer, in the file "mode". Empty if this machine
	// has no place for it.
	Config string
	// State holds all the rest.
	State string
}

// ErrNoHome says that the platform names no folder for this user.
var ErrNoHome = errors.New("no home folder")

// Locate returns the folders of a program: both are dir if it is not empty.
func Locate(service, dir string) (Folders, error) {
	if dir != "" {
		dir = folder.Path(dir)
		return Folders{Config: dir, State: dir}, nil
	}
	app := folderName(service)
	if app == "" {
		return Folders{}, errors.New("locating telemetry folders: the service has no name: set Config.Service")
	}
	if runtime.GOARCH == "wasm" {
		dir = folder.Path(app)
		return Folders{Config: dir, State: dir}, nil
	}
	state, err := stateHome(app)
	if err != nil {
		return Folders{}, fmt.Errorf("locating telemetry folders: %w: set HOME, or Config.Dir in the program", ErrNoHome)
	}
	f := Folders{State: state}
	if config, err := os.UserConfigDir(); err == nil {
		f.Config = filepath.Join(config, app, "telemetry")
	}
	return f, nil
}

// stateHome is where programs keep what is neither configuration nor cache:
// XDG_STATE_HOME (XDG base directory specification 0.8) on Unix, Application
// Support on macOS, LocalAppData (which does not roam) on Windows.
//
// The path is joined once: in a short program each length of string that is made
// for the first time costs two page faults.
func stateHome(app string) (string, error) {
	switch runtime.GOOS {
	case "windows":
		dir, err := os.UserCacheDir() // %LocalAppData%
		return filepath.Join(dir, app, "telemetry"), err
	case "darwin", "ios":
		dir, err := os.UserConfigDir() // ~/Library/Application Support
		return filepath.Join(dir, app, "telemetry"), err
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, app, "telemetry"), nil
	}
	home, err := os.UserHomeDir()
	if err == nil && !filepath.IsAbs(home) {
		err = errors.New("HOME is not an absolute path")
	}
	return filepath.Join(home, ".local", "state", app, "telemetry"), err
}

// folderName makes one path element of a service's name.
func folderName(service string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, service)
	return strings.TrimLeft(name, ".")
}

// saved reads the person's answer: "on 2026-11-23T10:00:00Z https://host 1.2". A
// file that cannot be understood is a no: it was some answer.
func saved(f Folders, would Scope) (Decision, bool) {
	if f.Config == "" {
		return Decision{}, false
	}
	path := filepath.Join(f.Config, "mode")
	text, err := folder.ReadFile(path)
	// os.IsNotExist first, because errors.Is makes method tables: three page
	// faults in a fresh process, for the answer that most processes get.
	if os.IsNotExist(err) || errors.Is(err, errNotDirectory) {
		return Decision{}, false
	}
	if err != nil {
		return Decision{Mode: Off, Cause: "the saved answer cannot be read: " + err.Error()}, true
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	stamp, scope, _ := strings.Cut(rest, " ")
	since, err := time.Parse(time.RFC3339, stamp)
	switch {
	case word == "off":
		return Decision{Mode: Off, Cause: "the saved answer in " + path}, true
	case word == "local":
		return Decision{Mode: Local, Cause: "the saved answer in " + path}, true
	case word == "on" && err == nil:
		return yes(f, "the saved answer in "+path, since, scope, would), true
	}
	return Decision{Mode: Off, Cause: "the saved answer in " + path + " is unreadable: want off, local or on, and a time"}, true
}

// Save keeps the person's answer, and what a yes was given for.
func Save(f Folders, m Mode, now time.Time, s Scope) error {
	if f.Config == "" {
		return fmt.Errorf("saving the answer: %w: set HOME", ErrNoHome)
	}
	text := m.String() + " " + now.UTC().Format(time.RFC3339)
	if m == On {
		text += s.words()
	}
	if err := folder.WriteFile(filepath.Join(f.Config, "mode"), []byte(text+"\n")); err != nil {
		return fmt.Errorf("saving the answer: %w", err)
	}
	return nil
}
