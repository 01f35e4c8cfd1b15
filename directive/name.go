package directive

import (
	"strings"
	"unicode"
)

// MaxName bounds the length of an event name in bytes.
const MaxName = 100

// ValidName reports whether s can name an event: lower-case words of letters,
// digits and underscores, joined by dots, starting with a letter.
func ValidName(s string) bool {
	if s == "" || len(s) > MaxName {
		return false
	}
	for i, word := range strings.Split(s, ".") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return false
		}
		if i == 0 && (word[0] < 'a' || word[0] > 'z') {
			return false
		}
	}
	return true
}

// DefaultName is the name of an event whose directive gives none: the package's
// path within its module and the function's words (its type, its name, what a
// literal is called), in lower snake case, joined by dots: internal/store and
// Bucket, Put give "internal.store.bucket.put". The package at the module's root
// adds nothing.
func DefaultName(pathInModule string, function ...string) string {
	var words []string
	if pathInModule != "" && pathInModule != "." {
		words = strings.Split(pathInModule, "/")
	}
	words = append(words, function...)
	for i, word := range words {
		words[i] = snake(word)
	}
	name := strings.Join(words, ".")
	if name[0] < 'a' || name[0] > 'z' { // 3d/model.go, or a name in another script
		name = "x" + name
	}
	return name
}

// snake turns HTTPServer into http_server, my-tool into my_tool. What is
// neither an ASCII letter nor a digit becomes an underscore.
func snake(word string) string {
	runes := []rune(word)
	var b strings.Builder
	for i, r := range runes {
		switch {
		case unicode.IsUpper(r):
			startsWord := i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if startsWord && !strings.HasSuffix(b.String(), "_") && b.Len() > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		case r == '_':
			if b.Len() == 0 || strings.HasSuffix(b.String(), "_") {
				continue
			}
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}

// example makes a valid name out of what was written instead of one.
func example(written string) string {
	var words []string
	for _, word := range strings.FieldsFunc(written, func(r rune) bool { return r == '.' || r == '/' || r == ':' }) {
		words = append(words, snake(word))
	}
	if name := strings.Join(words, "."); ValidName(name) {
		return "name=" + name
	}
	return "name=cluster.deploy"
}

// nearest returns the valid word that is at most two edits from got (of
// Levenshtein's, with at most half of the word changed), or "".
func nearest(got string, valid ...string) string {
	best, bestDistance := "", 3
	for _, v := range valid {
		d := distance(strings.ToLower(got), v)
		if d < bestDistance && d <= len(v)/2 {
			best, bestDistance = v, d
		}
	}
	return best
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
