package consent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// AskAgain is how long nobody is asked after a question that was not answered.
const AskAgain = 30 * 24 * time.Hour

// ErrAsked says that the person was asked not long ago.
var ErrAsked = errors.New("asked not long ago")

const askedFile = "asked"

// Claim notes, before the person is asked, that they are, so that of several
// processes one asks, and that a process killed at the question does not ask
// again at its next start. Who cannot note it must not ask: they would ask for
// ever. The error wraps [ErrAsked] if it is too early. A question that was
// answered, at the time answered, keeps nobody from another one.
func Claim(f Folders, now, answered time.Time) error {
	if f.Config == "" {
		return fmt.Errorf("noting the question: %w", ErrNoHome)
	}
	path := filepath.Join(f.Config, askedFile)
	if then, ok := askedAt(path); ok {
		// Abs: a date in the far future was written by a clock that was wrong.
		if now.Sub(then).Abs() < AskAgain && then.After(answered) {
			return fmt.Errorf("noting the question: %w (%s)", ErrAsked, then.Format(time.DateOnly))
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("noting the question: %w", err)
		}
	}
	if err := os.MkdirAll(f.Config, 0o700); err != nil {
		return fmt.Errorf("noting the question: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("noting the question: %w", ErrAsked) // by another process, right now
	}
	if err != nil {
		return fmt.Errorf("noting the question: %w", err)
	}
	_, err = file.WriteString(now.UTC().Format(time.RFC3339) + "\n")
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("noting the question: %w", err)
	}
	return nil
}

// askedAt returns when the person was last asked: what the file says, and of one
// that another process is just writing, its age.
func askedAt(path string) (time.Time, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, false
	}
	text, err := folder.ReadFile(path)
	if err != nil {
		return info.ModTime(), true
	}
	then, err := time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
	if err != nil {
		return info.ModTime(), true
	}
	return then, true
}
