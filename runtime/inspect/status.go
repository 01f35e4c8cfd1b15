package inspect

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
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

// Status returns the state of d.
func (d *Data) Status(ctx context.Context) (Status, error) {
	var s Status
	var err error
	if s.Consent, err = ConsentOf(d.service, d.dir); err != nil {
		return s, err
	}
	names, err := d.spool().Segments()
	if err != nil {
		return s, err
	}
	s.SpoolFiles, s.SpoolBytes = len(names), d.spool().Size()
	if s.Events, err = d.box.Counts(ctx); err != nil {
		return s, err
	}
	if s.Sending, err = upload.ReadState(ctx, d.box); err != nil {
		return s, err
	}
	if _, err := os.Stat(filepath.Join(d.folders.State, upload.InstallFile)); err == nil {
		if s.InstallID, err = upload.InstallID(d.folders.State); err != nil {
			return s, err
		}
	}
	return s, nil
}
