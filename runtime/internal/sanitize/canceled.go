package sanitize

import "context"

// maxChain is how many errors of a chain or a tree are looked at: one that
// contains itself must not hold up its program.
const maxChain = 64

// Canceled reports what errors.Is(err, context.Canceled) does, as [Search] does.
func Canceled(err error) (yes bool) {
	// The frequent case first.
	return err == context.Canceled || Search(err, isCanceled) //nolint:errorlint // Search walks the chain
}

func isCanceled(err error) bool { return Is(err, context.Canceled) }

// Is reports whether err is target, or says so, but not whether it wraps it: that
// is for [Search] to find out.
func Is(err, target error) bool {
	if err == target { //nolint:errorlint // Search walks the chain
		return true
	}
	same, ok := err.(interface{ Is(error) bool })
	return ok && same.Is(target)
}

// Search calls found with err and with all that it wraps, in the order of
// errors.As, until that is true. Unlike errors.As it survives a method of an error
// that panics, as those of nil pointers do, and ends whatever wraps what.
func Search(err error, found func(error) bool) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	left := maxChain
	return search(err, &left, found)
}

func search(err error, left *int, found func(error) bool) bool {
	for err != nil && *left > 0 {
		*left--
		if found(err) {
			return true
		}
		switch w := err.(type) { //nolint:errorlint // this is how to walk a chain
		case interface{ Unwrap() error }:
			err = w.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range w.Unwrap() {
				if search(e, left, found) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}
