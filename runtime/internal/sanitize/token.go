package sanitize

import (
	"strings"
	"sync"
)

// minRun is how long a run of characters must be for a token to be in it: the
// shortest tails and beginnings together.
const minRun = 16

// byBegin are the vendors by the first byte of their tokens.
var byBegin = sync.OnceValue(func() *[128][]vendor {
	index := &[128][]vendor{}
	for _, v := range vendors {
		index[v.begin[0]] = append(index[v.begin[0]], v)
	}
	return index
})

// tokens finds JWTs and the tokens of vendors. Nothing need stand between them
// and what is before them, unless their beginnings are those of words, too.
func (f *finder) tokens() {
	s := f.s
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && signOf[s[end]]&inRun != 0 {
			end++
		}
		if end-i >= minRun {
			f.tokensIn(i, end)
		}
		i = end + 1
	}
	f.telegram()
	f.mailchimp()
	f.infixes()
}

// tokensIn looks for what begins in one run; it may go on behind it.
func (f *finder) tokensIn(i, end int) {
	s, index := f.s, byBegin()
	for ; i+8 < end; i++ {
		next := 0
		if s[i] == 'e' && strings.HasPrefix(s[i:], "eyJ") {
			next = f.jwt(i)
		}
		for k := range index[s[i]] {
			v := &index[s[i]][k]
			if v.begin[1] != s[i+1] || next > 0 {
				continue // most often, and before anything is called
			}
			if next = v.end(s, i); next > 0 {
				f.add(i, next, classToken)
			}
		}
		if next > 0 {
			i = next - 1
		}
	}
}

// end returns where the token ends that begins at i, zero if there is none.
func (v *vendor) end(s string, i int) int {
	if !strings.HasPrefix(s[i:], v.begin) || (len(v.begin) < 4 || v.of == mixed || v.of == hexes && len(v.begin) < 6) && isAlnum(at(s, i-1)) {
		return 0
	}
	from := i + len(v.begin)
	end := from
	for end < len(s) && v.of.has(s[end]) {
		end++
	}
	for end > from && strings.IndexByte(".-/+~", s[end-1]) >= 0 { // of the sentence
		end--
	}
	if tail := s[from:end]; len(tail) < v.tail || v.of == mixed && (strings.Trim(tail, "0123456789") == "" || count(tail, isDigit) < 2 || wordy(tail)) {
		return 0
	}
	// What is glued to a token in another alphabet goes with it.
	for end < len(s) && word.has(s[end]) {
		end++
	}
	return end
}

func (a alphabet) has(c byte) bool {
	switch a {
	case hexes:
		return isHex(c)
	case dotted:
		return isHex(c) || c == '.'
	case plain:
		return isAlnum(c)
	case caps:
		return isUpper(c) || isDigit(c)
	case wide:
		return isAlnum(c) || strings.IndexByte("-_.=+/~", c) >= 0
	default:
		return isAlnum(c) || c == '-' || c == '_'
	}
}

func count(s string, is func(byte) bool) (n int) {
	for i := range len(s) {
		if is(s[i]) {
			n++
		}
	}
	return n
}

// jwt adds the token of RFC 7519 (or 7516) that begins at i, and returns where it
// ends. What only begins like one is a JSON object in base64.
func (f *finder) jwt(i int) int {
	s, end, dots := f.s, i, 0
	for end < len(s) && (isAlnum(s[end]) || strings.IndexByte("-_.=", s[end]) >= 0) {
		if s[end] == '.' {
			dots++
		}
		end++
	}
	for s[end-1] == '.' {
		end, dots = end-1, dots-1
	}
	switch {
	case end-i < 24:
		return 0
	case dots > 0:
		f.add(i, end, classJWT)
	default:
		f.add(i, end, classToken)
	}
	return end
}

// telegram finds the tokens of its bots: an account's number, a colon and 35
// characters that begin with AA.
func (f *finder) telegram() {
	s := f.s
	for i := strings.Index(s, ":AA"); i >= 0; {
		start, end := i, i+1
		for start > 0 && isDigit(s[start-1]) {
			start--
		}
		for end < len(s) && word.has(s[end]) {
			end++
		}
		if i-start >= 6 && end-i > 30 {
			f.add(start, end, classToken)
		}
		next := strings.Index(s[i+1:], ":AA")
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

// mailchimp finds keys that end in the name of a place: 32 hexadecimal digits and
// "-us7".
func (f *finder) mailchimp() {
	s := f.s
	for i := strings.Index(s, "-us"); i >= 0; i = indexFrom(s, "-us", i+1) {
		start, end := i, i+3
		for start > 0 && isHex(s[start-1]) {
			start--
		}
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		if i-start == 32 && end > i+3 {
			f.add(start, end, classToken)
		}
	}
}

// infixes are what stands within a token that begins with random characters: how
// many of them before it, how many after it at the least, and of which alphabet.
var infixes = []struct {
	text          string
	before, after int
	of            alphabet
}{
	{"Q~", 4, 30, wide},         // Microsoft Entra
	{".atlasv1.", 14, 40, wide}, // HCP Terraform
}

// infixes finds tokens that a text in the middle of them tells, and those of
// Airtable: 17 characters, a dot and a digest.
func (f *finder) infixes() {
	s := f.s
	for _, x := range infixes {
		for i := strings.Index(s, x.text); i >= 0; i = indexFrom(s, x.text, i+1) {
			start, end := i, i+len(x.text)
			for start > 0 && word.has(s[start-1]) {
				start--
			}
			for end < len(s) && x.of.has(s[end]) {
				end++
			}
			if i-start >= x.before && end-i-len(x.text) >= x.after {
				f.add(start, end, classToken)
			}
		}
	}
	for i := strings.Index(s, "pat"); i >= 0; i = indexFrom(s, "pat", i+1) {
		dot, end := i+17, i+18
		if at(s, dot) != '.' || count(s[i:dot], isAlnum) < 17 {
			continue
		}
		for end < len(s) && isHex(s[end]) {
			end++
		}
		if end-dot > 60 {
			f.add(i, end, classToken)
		}
	}
}

func indexFrom(s, sep string, i int) int {
	if j := strings.Index(s[i:], sep); j >= 0 {
		return i + j
	}
	return -1
}

// crypts finds hashed passwords in the modular crypt format, as crypt(5) has it:
// "$" and a short name, "$" and parameters, salt and hash. Also the tickets that
// Kerberos' tools write in this way.
func (f *finder) crypts() {
	s := f.s
	for i := strings.IndexByte(s, '$'); i >= 0; i = nextByte(s, '$', i+1) {
		name := i + 1
		for name < len(s) && (isAlnum(s[name]) || s[name] == '-') {
			name++
		}
		if name == i+1 || name-i > 16 || at(s, name) != '$' {
			continue
		}
		end, signs := name, 0
		for end < len(s) && (isAlnum(s[end]) || strings.IndexByte("$./=,+-*:@_", s[end]) >= 0) {
			if s[end] == '$' {
				signs++
			}
			end++
		}
		for strings.IndexByte(".,:=", s[end-1]) >= 0 { // of the sentence
			end--
		}
		if end-name > 20 && signs > 0 {
			f.add(i, end, classSecret)
			i = end - 1
		}
	}
}

// pems finds what RFC 7468 and OpenPGP put in armour. Without an end it goes to
// the end of the text, which may have been cut.
func (f *finder) pems() {
	if strings.Contains(f.s, "----") {
		f.armours("---- begin ", "---- end ", "----") // RFC 4716
		f.armours("-----begin ", "-----end ", "-----")
	}
	const putty = "PuTTY-User-Key-File-"
	if i := strings.Index(f.s, putty); i >= 0 {
		f.add(i, len(f.s), classPEM)
	}
}

func (f *finder) armours(begin, end, fence string) {
	s := f.s
	for i := indexFold(s, begin, 0); i >= 0; {
		stop := len(s)
		if j := indexFold(s, end, i); j >= 0 {
			if k := strings.Index(s[j+len(end):], fence); k >= 0 {
				stop = j + len(end) + k + len(fence)
			}
		}
		if armoured(s[i+len(begin) : stop]) {
			f.add(i, stop, classPEM)
		} else {
			stop = i + len(begin) // a line that looks like one
		}
		i = indexFold(s, begin, stop)
	}
}

// armoured reports what is behind a "BEGIN": the name of a thing that is kept
// secret or names somebody, or else something in base64.
func armoured(s string) bool {
	label, body, _ := strings.Cut(s, "----")
	for _, name := range []string{"KEY", "CERTIFICATE", "PGP", "REQUEST", "PKCS", "CMS", "PARAMETERS"} {
		if indexFold(label, name, 0) >= 0 {
			return true
		}
	}
	return scan(body).run >= 16
}
