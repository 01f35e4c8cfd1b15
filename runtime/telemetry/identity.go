package telemetry

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/machine"
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

// describe writes down what all events of the session have in common. Everything in
// it comes from the author, the build or a closed list. It fills s.head in place: a
// copy on the stack would make that grow.
func (s *Session) describe(now time.Time) {
	e, where := &s.head, &s.head.Environment
	e.SchemaVersion = event.SchemaVersion
	e.Service.Name = s.config.Service
	e.Service.Version, e.Service.Revision = builtFrom(s.config.Version, s.config.Revision)
	e.Service.Language, e.Service.LanguageVersion = "go", strings.TrimPrefix(runtime.Version(), "go")
	where.OS, where.Arch, where.CI = runtime.GOOS, runtime.GOARCH, consent.CI(os.Getenv) != ""
	where.Shell, where.Container = machine.Shell(os.Getenv), machine.Container(os.Getenv)
	where.Terminal, where.AIAgent = machine.Terminal(os.Getenv), machine.Assistant(os.Getenv)
	if s.config.Identity == NoID {
		// The agent fills the marks in, without asking who chose so. A session would
		// be an identifier, too, if only of one run.
		e.Marks = new(event.Marks)
		return
	}
	e.SessionID = event.NewID(now).String()
}

// builtFrom is what the author says, else what the go command has stamped: the version
// of the main module, or "devel", and the revision. Its stamp is read only if no
// version is given, because that takes a small program longer than all the rest.
func builtFrom(version, rev string) (string, string) {
	if version != "" {
		return version, revision(rev)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel", revision(rev)
	}
	version = info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	if rev == "" {
		rev = stamped(info.Settings)
	}
	return version, revision(rev)
}

const dirty = "+dirty"

// stamped returns the revision that the program was built from.
func stamped(settings []debug.BuildSetting) (rev string) {
	modified := false
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			rev = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if rev != "" && modified {
		rev += dirty
	}
	return rev
}

// revision keeps the first 12 hex digits of a revision, and that it was changed. What
// is none is left out: version control systems without hashes number their own.
func revision(rev string) string {
	hash, changed := strings.CutSuffix(rev, dirty)
	if len(hash) < 7 || strings.Trim(hash, "0123456789abcdef") != "" {
		return ""
	}
	hash = hash[:min(len(hash), 12)]
	if changed {
		hash += dirty
	}
	return hash
}

func pid() uint32 { return uint32(os.Getpid()) }
