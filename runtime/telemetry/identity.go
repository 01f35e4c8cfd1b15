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

// head is what all events of a session have in common. Everything in it comes
// from the author, the build or a closed list.
func head(config Config, now time.Time) event.Event {
	return event.Event{
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
