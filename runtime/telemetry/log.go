package telemetry

import (
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// The files in the state folder that hold what an event gets when it is sent; the
// stages upload and outbox make them, and a test holds the names together.
const (
	installFile = "install-id"
	weekFile    = "install-week"
)

// noInstall stands for an id that is not there yet: to look makes none.
const noInstall = "client_(a random number, made when something is sent for the first time)"

// log writes events to stderr, one a line, as they would be sent in a batch of
// their own now, but for what is only known when the spool is read.
func (s *Session) log(records []event.Record) {
	user, marks := s.identity()
	meta := event.Metadata{SDKVersion: SDKVersion(), TransmissionTimestamp: time.Now(), BatchSize: 1}
	for _, r := range records {
		if !r.Begin { // the end says all of it, under the same id
			_, _ = s.stderr.Write(append(event.Fill(r.JSON, user, marks, meta), '\n'))
		}
	}
}

// identity returns what this machine knows of itself without making anything. Which
// event of a day carries its mark is decided when it is sent.
func (s *Session) identity() (user string, marks event.Marks) {
	week, _ := folder.ReadFile(filepath.Join(s.folders.State, weekFile))
	marks.InstallWeek = strings.TrimSpace(string(week))
	id, err := folder.ReadFile(filepath.Join(s.folders.State, installFile))
	if err != nil {
		return noInstall, marks
	}
	return strings.TrimSpace(string(id)), marks
}

const modulePath = "github.com/telemetry-kit/telemetry-kit-go"

// SDKVersion is the version of this module in the running program, "devel" if
// the build does not say.
func SDKVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == modulePath && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return "devel"
}
