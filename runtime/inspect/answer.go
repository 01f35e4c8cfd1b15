package inspect

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
)

// Answer keeps the person's word for a service: "off", "local" or "on". What it
// returns is what holds then, which DO_NOT_TRACK, the service's variable or a
// build server may have decided otherwise. A yes holds for the server that
// something is first sent to, and for what the events can say then.
func Answer(service, dir, mode string) (Consent, error) {
	folders, err := consent.Locate(service, dir)
	if err != nil {
		return Consent{}, err
	}
	for _, m := range []consent.Mode{consent.Off, consent.Local, consent.On} {
		if m.String() == mode {
			if err := consent.Save(folders, m, time.Now(), consent.Scope{}); err != nil {
				return Consent{}, err
			}
			return ConsentOf(service, dir)
		}
	}
	return Consent{}, fmt.Errorf("saving the answer: %q is none of off, local, on", mode)
}

// ForgetID removes the install id of a service and returns it, empty if there was
// none. A new one is made when something is sent the next time; none is made as
// long as nothing may be sent.
func ForgetID(service, dir string) (string, error) {
	folders, err := consent.Locate(service, dir)
	if err != nil {
		return "", err
	}
	if !upload.HasInstallID(folders.State) {
		return "", nil
	}
	id, _ := upload.InstallID(folders.State) // one that is damaged goes, too
	if err := folder.Remove(filepath.Join(folders.State, upload.InstallFile)); err != nil {
		return "", fmt.Errorf("removing the install id: %w", err)
	}
	return id, nil
}
