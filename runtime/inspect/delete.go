package inspect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
)

// Deleted is what [Delete] did.
type Deleted struct {
	Cleaned
	// UserID is the id under which events were sent, empty if none were. The server
	// has to be asked to forget it: by agent.Delete now, or by the program's agent
	// when it runs the next time.
	UserID string `json:"sent_as,omitempty"`
	// Withdrawn says that there was a saved yes, which is a no now.
	Withdrawn bool `json:"withdrawn"`
}

// Deletion is a person's wish that the server forget them, which it has not
// confirmed yet.
type Deletion = upload.Deletion

// Delete removes everything that is kept of the person on this machine: what was
// recorded, sent or not, and the install id. A saved yes becomes a no, so that
// programs that run now stop recording, within a second. If anything was ever
// sent, the wish that the server forget it is kept, before anything is removed,
// until the server has confirmed it. Done halfway, it can be done again.
func Delete(ctx context.Context, service, dir string) (done Deleted, err error) {
	done.Files = []string{}
	folders, err := consent.Locate(service, dir)
	if err != nil {
		return done, err
	}
	if done.Withdrawn, err = withdraw(folders); err != nil {
		return done, err
	}
	done.Events = eventsOf(ctx, service, dir)
	if err := done.ask(folders.State); err != nil {
		return done, err
	}
	err = done.recorded(folders.State)
	// Once more: a process that was sending just now may have made the first id
	// since. What is gone now is sent by nobody any more.
	err = errors.Join(err, done.ask(folders.State))
	if err == nil {
		err = done.all(folders.State, installID, marks, scope)
	}
	if err != nil {
		return done, fmt.Errorf("removing telemetry of %s: %w", service, err)
	}
	return done, nil
}

// withdraw turns a saved yes into a no, whatever the environment says today.
func withdraw(f consent.Folders) (bool, error) {
	saved := consent.Decide(consent.Question{Folders: f, Getenv: func(string) string { return "" }})
	if saved.Mode != consent.On && !saved.Renew {
		return false, nil
	}
	return true, consent.Save(f, consent.Off, time.Now(), consent.Scope{})
}

// eventsOf is how many events there are, as far as that can be read: what cannot
// be read is removed, too.
func eventsOf(ctx context.Context, service, dir string) int {
	d, err := Open(ctx, service, dir)
	if err != nil {
		return 0
	}
	defer d.Close()
	n, _ := d.count(ctx)
	return n
}

// ask keeps the wish to be forgotten if there is an id: it is made when something
// is sent for the first time.
func (d *Deleted) ask(state string) error {
	if !upload.HasInstallID(state) {
		return nil
	}
	id, err := upload.InstallID(state)
	if err != nil {
		return nil //nolint:nilerr // a damaged id names nobody; it goes, too
	}
	d.UserID = id
	return upload.AskDeletion(state, id, time.Now())
}
