package main

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// letters counts how often a letter follows another one.
type letters [26][26]float64

// bigrams prints the table of runtime/internal/sanitize, counted anew in the words
// of the standard library's source.
func bigrams(stdout io.Writer) error {
	var count letters
	for a := range count {
		for b := range count[a] {
			count[a][b] = 20 // what never follows is not impossible
		}
	}
	root := os.DirFS(filepath.Join(runtime.GOROOT(), "src")) //nolint:staticcheck // the source that is here
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(path, "testdata") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return fmt.Errorf("counting letters: %w", err)
		}
		count.words(string(text))
		return nil
	})
	if err != nil {
		return err
	}
	for a := range count {
		fmt.Fprintf(stdout, "\t%q + // %c\n", count.row(a), 'a'+a)
	}
	return nil
}

// words counts each word of a text once; a capital behind a small letter begins
// another one.
func (c *letters) words(text string) {
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		if len(w) < 3 || seen[w] {
			continue
		}
		seen[w] = true
		for i := 1; i < len(w); i++ {
			if a, b := w[i-1], w[i]; a < 'a' || b >= 'a' {
				c[a|0x20-'a'][b|0x20-'a']++
			}
		}
	}
}

// row is five and the binary logarithm of how much likelier than by chance each
// letter is, as digits.
func (c *letters) row(a int) string {
	sum := 0.0
	for _, n := range c[a] {
		sum += n
	}
	row := make([]byte, len(c[a]))
	for b, n := range c[a] {
		row[b] = '0' + byte(max(0, min(9, int(math.Round(math.Log2(n/sum*26)))+5)))
	}
	return string(row)
}
