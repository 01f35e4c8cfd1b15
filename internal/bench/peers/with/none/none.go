// Package none records nothing: what the others are compared with.
package none

// Start starts nothing.
func Start(string, string) (record func(n int), stop func()) {
	return func(n int) {
		for range n {
			_ = work()
		}
	}, func() {}
}

//go:noinline
func work() (err error) {
	defer func(*error) {}(&err)
	return nil
}
