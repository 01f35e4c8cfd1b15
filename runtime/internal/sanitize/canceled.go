package sanitize

import "context"

// maxChain is how many errors of a chain or a tree are looked at: one that
// contains itself must not hold up its program.
const maxChain = 64

// Canceled reports what errors.Is(err, context.Canceled) does. Unlike that it
// survives an Is or Unwrap method that panics, as those of nil pointers do, and
// ends.
func Canceled(err error) (yes bool) {
	if err == context.Canceled { //nolint:errorlint // the frequent cases first; this is how to walk a chain
		return true
	}
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	left := maxChain
	return canceled(err, &left)
}

func canceled(err error, left *int) bool {
	for err != nil && *left > 0 {
		*left--
		if err == context.Canceled { //nolint:errorlint // see above
			return true
		}
		if is, ok := err.(interface{ Is(error) bool }); ok && is.Is(context.Canceled) {
			return true
		}
		switch w := err.(type) { //nolint:errorlint // see above
		case interface{ Unwrap() error }:
			err = w.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range w.Unwrap() {
				if canceled(e, left) {
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
