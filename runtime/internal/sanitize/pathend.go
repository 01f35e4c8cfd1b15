package sanitize

import "strings"

// pathEnd returns where the path ends that begins at start and is known up to
// i: at the quote that belongs to the one before it, else at white space, unless
// what follows that is still a part of it ("My Documents/taxes.pdf").
func pathEnd(s string, start, i int) int {
	if end := closing(s, start, i); end >= 0 {
		return end
	}
	for {
		for i < len(s) && !endsPath(s, i) {
			i++
		}
		n := 0
		if at(s, i) == ' ' {
			n = continues(s[start:i], s[i+1:])
		}
		if n == 0 {
			break
		}
		i += 1 + n
	}
	for i > start+1 && strings.IndexByte(".,;!?)]}'", s[i-1]) >= 0 { // of the sentence
		i--
	}
	return i
}

// closing returns where the quotation ends that a path is the whole of, -1 if it
// is none.
func closing(s string, start, i int) int {
	switch q := at(s, start-1); {
	case q == '\'':
		for end := nextByte(s, q, i); end >= 0; end = nextByte(s, q, end+1) {
			if !isAlnum(at(s, end+1)) {
				return end // and not O'Brien's
			}
		}
	case q == '\\' && at(s, start) != '\\' || q == '"' && at(s, start-2) == '\\':
		if n := strings.Index(s[i:], `\"`); n >= 0 { // quoted within quotes
			return i + n
		}
	case q == '"' || q == '`':
		return nextByte(s, q, i)
	}
	for _, pair := range [][2]string{{"“", "”"}, {"‘", "’"}, {"«", "»"}, {"„", "“"}} {
		if strings.HasSuffix(s[:start], pair[0]) {
			if n := strings.Index(s[i:], pair[1]); n >= 0 {
				return i + n
			}
		}
	}
	return -1
}

func endsPath(s string, i int) bool {
	switch c := s[i]; c {
	case ':':
		return i < 1 || !isLetter(s[i-1]) || at(s, i+1) != '\\' && at(s, i+1) != '/'
	case ' ':
		return at(s, i-1) != '\\' || at(s, i-2) == '\\' // as a shell escapes it
	case '\'':
		return !isLetter(at(s, i-1)) || !isLetter(at(s, i+1)) // O'Brien
	case ',':
		return !isAlnum(at(s, i+1))
	case ')':
		return !strings.Contains(s[max(0, i-30):i], "(")
	default:
		return c < ' ' || strings.IndexByte("\"`<>|;*?", c) >= 0
	}
}

// maxWords is how many words of a file's or a folder's name are looked at.
const maxWords = 4

// continues returns how much of what is behind a space belongs to the path before
// it: up to the next separator, or to the end of a file's name.
func continues(path, rest string) int {
	slash := strings.LastIndexAny(path, `/\`)
	last := path[slash+1:]
	if dot := strings.LastIndexByte(last, '.'); dot > 0 && len(last)-dot <= 6 && !strings.HasSuffix(last, ".") && isLetter(last[dot+1]) {
		return 0
	}
	windows := slash >= 0 && path[slash] == '\\'
	from := 0
	for n := range maxWords {
		word, _, more := strings.Cut(rest[from:], " ")
		if word == "" || !component(word[0]) && word[0] != '(' && word[0] != '&' || strings.Contains(word, "://") {
			return 0
		}
		if separated(word, windows) && (n == 0 || windows || title(word[0])) || ended(word, n == 0 || windows || title(at(last, 0))) {
			return from + within(word)
		}
		if !more || strings.IndexByte(".,;:!?)\"'", word[len(word)-1]) >= 0 || !windows && !title(word[0]) {
			return 0
		}
		from += len(word) + 1
	}
	return 0
}

// separated reports a word with a separator in it that is none of a drive's.
func separated(word string, windows bool) bool {
	if windows {
		i := strings.IndexByte(word, '\\')
		return i > 0 && word[i-1] != ':'
	}
	i := strings.IndexByte(word, '/')
	return i > 0 && strings.IndexByte(word[:i], ':') < 0 && strings.IndexByte(word[:i], '.') < 0
}

// ended reports the last word of a file's name: it has an extension.
func ended(word string, likely bool) bool {
	word = strings.TrimRight(word, `.,:;"')`)
	if word == "" {
		return false
	}
	dot := strings.LastIndexByte(word, '.')
	return dot > 0 && len(word)-dot >= 3 && len(word)-dot <= 5 && isLetter(word[dot+1]) && likely || word[0] == '(' && allDigits(strings.Trim(word, "()"))
}

// within is how much of a word belongs to the path: the rest of it is looked at
// as that of any other.
func within(word string) int {
	for i := range len(word) {
		if endsPath(word, i) {
			return i
		}
	}
	return len(word)
}

// title reports how words of names begin, and seldom those of sentences.
func title(c byte) bool {
	return isUpper(c) || isDigit(c) || c >= 0x80 || c == '-' || c == '&' || c == '('
}

// asked says whether a text was looked at for what says that it is an error of a
// file system.
type asked int8

const (
	unasked asked = iota
	ordinary
	failed
)

// mentioned reports an absolute path in the text of an error of a file system: of
// two parts or more, and not one that every system has.
func (f *finder) mentioned(i int, is *asked) (start, head int) {
	s := f.s
	before := at(s, i-1)
	if isAlnum(before) || before != 0 && strings.IndexByte("._-/~*?$\\%}:<>", before) >= 0 {
		return i, 0
	}
	name := i + 1
	if at(s, name) == '/' { // a share, as some write it
		name++
	}
	end := name
	for end < len(s) && component(s[end]) {
		end++
	}
	if end == name || at(s, end) != '/' || !component(at(s, end+1)) || isOf(s[name:end], shared) {
		return i, 0
	}
	if *is == unasked {
		*is = ordinary
		for _, f := range failures {
			if indexFold(s, f, 0) >= 0 {
				*is = failed
				break
			}
		}
	}
	if *is == failed || isOf(wordBefore(s, max(0, i-1)), calls) {
		return i, end - i
	}
	return i, 0
}
