package sanitize

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

type saying bool // what Is says

func (saying) Error() string          { return "saying" }
func (s saying) Is(target error) bool { return bool(s) && target == context.Canceled }

type broken struct{ inner error }

func (b *broken) Error() string { return "broken" }
func (b *broken) Unwrap() error { return b.inner }

type slice []error

func (s slice) Error() string   { return "slice" }
func (s slice) Unwrap() []error { return s }

// Canceled is errors.Is wherever that returns.
func TestCanceled(t *testing.T) {
	deep := context.Canceled
	for range maxChain / 2 {
		deep = fmt.Errorf("deeper: %w", deep)
	}
	for _, err := range []error{
		nil, context.Canceled, context.DeadlineExceeded, fs.ErrNotExist, errors.New("context canceled"), deep,
		fmt.Errorf("a: %w", context.Canceled), fmt.Errorf("%w, %w", fs.ErrClosed, context.Canceled), errors.Join(context.Canceled),
		errors.Join(fs.ErrClosed, fmt.Errorf("x: %w", errors.Join(fs.ErrExist, context.Canceled))), errors.Join(fs.ErrClosed, fs.ErrExist),
		saying(true), saying(false), &broken{saying(true)}, &broken{},
		slice{},
		slice{nil, context.Canceled},
		slice{fs.ErrExist},
	} {
		if want, got := errors.Is(err, context.Canceled), Canceled(err); want != got {
			t.Errorf("%T: want %v, got %v", err, want, got)
		}
	}
}

// Where errors.Is panics or never returns, Canceled says no.
func TestCanceledOfBrokenErrors(t *testing.T) {
	circle := &broken{}
	circle.inner = circle
	wide := slice{nil}
	wide[0] = wide
	for name, err := range map[string]error{"nil pointer": (*broken)(nil), "circle": circle, "tree of itself": slice{circle, wide, wide}} {
		if Canceled(err) {
			t.Errorf("%s: canceled", name)
		}
	}
}
