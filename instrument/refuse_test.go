package instrument

import "testing"

// Only what stands above the package clause is a constraint, and the clause may
// be the file's first line.
func TestIgnored(t *testing.T) {
	for src, want := range map[string]bool{
		"//go:build ignore\n\npackage p\n":                     true,
		"\ufeff//go:build ignore\n\npackage p\n":               true,
		"// A word.\r\n\r\n//go:build ignore\r\npackage p\r\n": true,
		"//go:build linux\n\npackage p\n":                      false,
		"package p\n\nvar s = `\n//go:build ignore\n`\n":       false,
		"\ufeffpackage p\n\n//go:build ignore\n":               false,
		"// A word.\npackage p\n\n//go:build ignore\n":         false,
	} {
		if got := ignored([]byte(src)); got != want {
			t.Errorf("%q: want %t, got %t", src, want, got)
		}
	}
}
