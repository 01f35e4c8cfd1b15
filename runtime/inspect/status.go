package inspect

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
)

// Consent is what the person has said about one program.
type Consent struct {
	Service string `json:"service"`
	// Mode is "off", "local" or "on"; Cause is what decided.
	Mode  string    `json:"mode"`
	Cause string    `json:"cause"`
	Since time.Time `json:"since,omitzero"` // of a saved yes
	// Variable is the environment variable that decides for this program.
	Variable string `json:"variable"`
	// Config is the folder of the saved answer, State that of all the rest.
	Config string `json:"config_folder"`
	State  string `json:"state_folder"`
}

// Counts are how many events are where, and what was lost on the way.
type Counts = outbox.Counts

// Sending is what the last attempt to send has left: when, and why it failed.
type Sending = upload.State

// Status is everything but the events themselves.
type Status struct {
	Consent
	// InstallID is empty as long as nothing was sent.
	InstallID  string  `json:"install_id,omitempty"`
	SpoolFiles int     `json:"spool_files"`
	SpoolBytes int64   `json:"spool_bytes"`
	Events     Counts  `json:"events"`
	Sending    Sending `json:"sending"`
	// Deletions are those that the server was asked for, or is going to be, and has
	// not confirmed.
	Deletions []Deletion `json:"deletions,omitempty"`
	// Problem is what cannot be read, in words: why Events and Sending are not told,
	// why nothing is sent.
	Problem string `json:"problem,omitempty"`
}

// ConsentOf tells what holds for a service, whether anything was recorded or
// not. It looks at the environment of this process, not of the service's.
func ConsentOf(service, dir string) (Consent, error) {
	folders, err := consent.Locate(service, dir)
	if err != nil {
		return Consent{}, err
	}
	decision := consent.Decide(consent.Question{
		Service: service, Folders: folders, Getenv: os.Getenv, Scope: consent.Scope{Schema: event.SchemaVersion},
	})
	return Consent{
		Service: service, Mode: decision.Mode.String(), Cause: decision.Cause, Since: decision.Since,
		Variable: consent.Variable(service), Config: folders.Config, State: folders.State,
	}, nil
}

// StatusOf tells the state of a service's telemetry, whether anything was recorded
// or not, and also if what is there cannot be read, or a later version of
// telemetry-kit made it; then Problem says so.
func StatusOf(ctx context.Context, service, dir string) (s Status, err error) {
	d, err := Open(ctx, service, dir)
	if err == nil {
		s, err = d.Status(ctx)
		return s, errors.Join(err, d.Close())
	}
	if ctx.Err() != nil {
		return s, err
	}
	if errors.Is(err, ErrNewer) {
		err = fmt.Errorf("%w; until then recording goes on, and nothing is sent", err)
	}
	if !errors.Is(err, ErrNothing) {
		s.trouble(err)
	}
	return s, s.look(service, dir)
}

// Status returns the state of d.
func (d *Data) Status(ctx context.Context) (s Status, err error) {
	if err := s.look(d.service, d.dir); err != nil {
		return s, err
	}
	if s.Events, err = d.box.Counts(ctx); err != nil {
		return s, err
	}
	s.Sending, err = upload.ReadState(ctx, d.box)
	return s, err
}

// look reads what lies beside the outbox. The error is that there is no place for
// any of it.
func (s *Status) look(service, dir string) (err error) {
	if s.Consent, err = ConsentOf(service, dir); err != nil {
		return err
	}
	spool := spoolIn(s.State)
	names, err := spool.Segments()
	s.trouble(err)
	s.SpoolFiles, s.SpoolBytes = len(names), spool.Size()
	for _, name := range notes {
		s.trouble(readable(filepath.Join(s.State, name)))
	}
	s.Deletions, err = upload.Deletions(s.State)
	s.trouble(err)
	if upload.HasInstallID(s.State) {
		s.InstallID, err = upload.InstallID(s.State)
		s.trouble(err)
	}
	return nil
}

// notes are the files of which nobody tells that they cannot be read: whoever reads
// them goes on without, or sends nothing.
var notes = []string{installID + "week", marks + "token", scope, filepath.Join("spool", "taken")}

func readable(path string) error {
	_, err := folder.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// trouble adds to Problem what it does not tell yet.
func (s *Status) trouble(err error) {
	if err == nil || strings.Contains(s.Problem, err.Error()) {
		return
	}
	if s.Problem != "" {
		s.Problem += "; "
	}
	s.Problem += strings.ReplaceAll(err.Error(), "\n", "; ")
}
