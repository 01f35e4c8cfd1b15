package telemetry

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// Identity is what tells one install of a program from another.
type Identity uint8

const (
	// InstallID is a random number, made when something is sent for the first time
	// and different for every program. The server can tell which events come from
	// one install, and forget them on request.
	InstallID Identity = iota
	// NoID is no identifier at all, neither of the install nor of the run. The week
	// of the install's first event is sent, and which event is the first of its day,
	// week and month: that is enough to count active installs and how many come
	// back, and too little to tell whose event one is.
	NoID
)

// head is what all events of a session have in common. Everything in it comes
// from the author, the build or a closed list.
func head(config Config, now time.Time) event.Event {
	e := event.Event{
		SchemaVersion: event.SchemaVersion,
		Service: event.Service{
			Name: config.Service, Version: version(config.Version),
			Language: "go", LanguageVersion: strings.TrimPrefix(runtime.Version(), "go"),
		},
		SessionID: event.NewID(now).String(),
		Environment: event.Environment{
			OS: runtime.GOOS, Arch: runtime.GOARCH,
			CI: consent.CI(os.Getenv) != "", Shell: shell(os.Getenv),
		},
	}
	if config.Identity == NoID {
		// The agent fills the marks in, without asking who chose so. A session would
		// be an identifier, too, if only of one run.
		e.Marks, e.SessionID = new(event.Marks), ""
	}
	return e
}

// version is the author's word, else that of the main module as the go command
// stamped it, else "devel".
func version(given string) string {
	if given != "" {
		return given
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

var shells = [...]string{"bash", "zsh", "fish", "sh", "dash", "ksh", "tcsh", "csh", "nu", "elvish", "xonsh", "pwsh", "powershell", "cmd"}

// shell names the shell that the person works in, if it is a known one.
func shell(getenv func(string) string) string {
	path := getenv("SHELL")
	if path == "" {
		path = getenv("ComSpec") // Windows
	}
	if path == "" {
		return ""
	}
	name := strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:])
	name = strings.TrimSuffix(name, ".exe")
	for _, known := range shells {
		if name == known {
			return name
		}
	}
	return sanitize.Other
}

func pid() uint32 { return uint32(os.Getpid()) }
