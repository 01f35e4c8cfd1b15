package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// deletionFolder is in the state folder for as long as the server has not
// confirmed a deletion. It holds a file for each: more than one if a person
// deletes, says yes again and deletes again while the server is away.
const deletionFolder = "deletion"

// Deletion is a person's wish that the server forget what was sent under an id.
// It is on the disk before the server is asked, and until the server has said
// that it is done: it outlives everything else that is kept of a program.
type Deletion struct {
	UserID string    `json:"user_id"`
	Asked  time.Time `json:"asked"` // by the person
	// What the last attempt left, if one failed.
	NextAttempt time.Time `json:"next_attempt,omitzero"`
	LastError   string    `json:"last_error,omitempty"`
	Failures    int       `json:"failures,omitempty"`
}

// AskDeletion keeps the wish. One that is there already stays as it is.
func AskDeletion(dir, user string, now time.Time) error {
	d := Deletion{UserID: user, Asked: now.UTC().Truncate(time.Second)}
	if _, err := folder.ReadFile(d.path(dir)); err == nil {
		return nil
	}
	return d.keep(dir)
}

func (d Deletion) path(dir string) string {
	sum := sha256.Sum256([]byte(d.UserID))
	return filepath.Join(dir, deletionFolder, hex.EncodeToString(sum[:8])+".json")
}

func (d Deletion) keep(dir string) error {
	text, err := json.Marshal(d)
	if err == nil {
		err = folder.WriteFile(d.path(dir), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping a deletion: %w", err)
	}
	return nil
}

// done forgets a deletion that the server has confirmed.
func (d Deletion) done(dir string) error {
	if err := folder.Remove(d.path(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forgetting a confirmed deletion: %w", err)
	}
	_ = folder.Remove(filepath.Join(dir, deletionFolder)) // if it was the last
	return nil
}

// Deletions are those that the server has not confirmed. Without any it costs one
// look for a folder. The error is of those that cannot be read.
func Deletions(dir string) (all []Deletion, err error) {
	sizes, err := folder.Sizes(filepath.Join(dir, deletionFolder))
	if err != nil {
		return nil, fmt.Errorf("reading deletions: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		path := filepath.Join(dir, deletionFolder, name)
		if filepath.Ext(path) != ".json" {
			continue // one that is just being written
		}
		d, readErr := readDeletion(dir, path)
		if readErr == nil {
			all = append(all, d)
		} else if !errors.Is(readErr, os.ErrNotExist) { // confirmed to another process just now
			err = errors.Join(err, fmt.Errorf("reading deletion %s: %w", path, readErr))
		}
	}
	return all, err
}

func readDeletion(dir, path string) (d Deletion, err error) {
	text, err := folder.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err == nil && d.path(dir) != path {
		err = errors.New("its name does not fit what it says")
	}
	return d, err
}

// DeletionDue reports whether there is one that it is time to ask for.
func DeletionDue(dir string, now time.Time) bool {
	all, _ := Deletions(dir)
	for _, d := range all {
		if d.due(now) {
			return true
		}
	}
	return false
}

func (d Deletion) due(now time.Time) bool {
	wait := d.NextAttempt.Sub(now)
	return wait <= 0 || wait > longestObeyed // such a wait was written by a clock that was wrong
}

// Deleted is what [Uploader.Delete] did.
type Deleted struct {
	Confirmed int // deletions that the server has confirmed
	Events    int // events that it removed by that
}

// Delete asks the server for what people want deleted, due or, with Force, all.
// It needs no consent and no Queue. Its errors wrap [ErrRefused] and [ErrLater];
// what failed is asked for again by a later run, with the credentials that the
// program has then.
func (u Uploader) Delete(ctx context.Context) (done Deleted, err error) {
	all, err := Deletions(u.Dir)
	if len(all) == 0 {
		return done, err
	}
	u = u.withDefaults()
	defer u.Client.CloseIdleConnections()
	for _, d := range all {
		if !u.Force && !d.due(u.Now()) {
			continue
		}
		events, failed := u.deleteOne(ctx, d)
		if failed == nil {
			done.Confirmed, done.Events = done.Confirmed+1, done.Events+events
		}
		err = errors.Join(err, failed)
	}
	return done, err
}

func (u Uploader) deleteOne(ctx context.Context, d Deletion) (events int, err error) {
	events, v, err := u.askServer(ctx, d.UserID)
	if err != nil {
		return 0, err
	}
	if v.kind == taken {
		return events, d.done(u.Dir)
	}
	cause := ErrLater
	if v.kind == refused {
		// Unlike events it is asked for again: credentials change with an update,
		// and the wish stands.
		v.after, cause = longestObeyed, ErrRefused
	}
	d.Failures++
	d.LastError, d.NextAttempt = v.why, u.Now().Add(u.wait(d.Failures, v.after)).UTC()
	return 0, errors.Join(fmt.Errorf("asking %s to delete: %w: %s", u.DSN.Redacted(), cause, v.why), d.keep(u.Dir))
}

// askServer posts a deletion. An error is one of this machine.
func (u Uploader) askServer(ctx context.Context, user string) (events int, v verdict, err error) {
	now := u.Now()
	req, err := wire.Request{DSN: u.DSN, Time: now, Nonce: u.NewID(now), SDKVersion: u.SDKVersion}.NewDeletion(user)
	if err != nil {
		return 0, v, err
	}
	resp, err := u.Client.Do(req.WithContext(ctx))
	if err != nil {
		return 0, verdict{kind: later, why: reachable(err)}, nil
	}
	defer resp.Body.Close()
	answer, failure := wire.ReadDeletionAnswer(resp.StatusCode, resp.Body)
	if failure != nil {
		return 0, failed(resp, failure, now), nil
	}
	return answer.Deleted, verdict{kind: taken}, nil
}
