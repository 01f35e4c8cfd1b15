package sanitize

import (
	"cmp"
	"slices"
)

// span is something found: where in the text, and what.
type span struct {
	start, end int
	class      string
}

// finder collects what the detectors find in one text.
type finder struct {
	s       string
	machine *machine
	found   []span
}

func (f *finder) add(start, end int, class string) {
	f.found = append(f.found, span{start, end, class})
}

// signs are the signs that a text has in it. Most texts have so few that no
// detector need look at them.
type signs struct {
	has    sign
	digits int // how many
	run    int // the longest run of characters that tokens are made of
}

type sign uint16

const (
	signDigit sign = 1 << iota
	signLetter
	signAt
	signColon
	signSlash
	signBackslash
	signEquals
	signDot
	signHyphen
	signTilde
	signPlus
	signUnderscore
)

// inRun are the characters that tokens are made of.
const inRun = signDigit | signLetter | signHyphen | signUnderscore | signDot | signPlus | signSlash

// signOf is a switch that the compiler turns into a table.
func signOf(c byte) sign {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return signLetter
	case c >= '0' && c <= '9':
		return signDigit
	}
	switch c {
	case '@':
		return signAt
	case ':':
		return signColon
	case '/':
		return signSlash
	case '\\':
		return signBackslash
	case '=':
		return signEquals
	case '.':
		return signDot
	case '-':
		return signHyphen
	case '~', '$', '%':
		return signTilde
	case '+':
		return signPlus
	case '_':
		return signUnderscore
	}
	return 0
}

// scan is the one look that every text gets.
func scan(s string) (g signs) {
	run := 0
	for i := range len(s) {
		is := signOf(s[i])
		g.has |= is
		if is&inRun == 0 {
			g.run, run = max(g.run, run), 0
			continue
		}
		run++
		if is == signDigit {
			g.digits++
		}
	}
	g.run = max(g.run, run)
	return g
}

func (g signs) any(of sign) bool { return g.has&of != 0 }
func (g signs) all(of sign) bool { return g.has&of == of }

// find returns what the detectors find in s, in order and without overlaps.
func (m *machine) find(s string) []span {
	g := scan(s)
	f := finder{s: s, machine: m}
	if g.any(signAt) {
		f.emails()
		f.logins()
	}
	if g.all(signColon | signSlash) {
		f.urls()
	}
	if g.any(signSlash | signBackslash | signTilde) {
		f.paths()
	}
	if g.digits >= 4 && g.any(signDot|signHyphen) {
		f.ipv4s()
	}
	if g.any(signColon | signHyphen | signDot) {
		f.hexGroups(g)
	}
	if g.any(signEquals | signColon | signHyphen) {
		f.assignments(g)
	}
	if g.digits >= 9 {
		f.cards()
		f.phones()
	}
	if g.digits >= 4 {
		f.ibans()
	}
	if g.run >= minRun {
		f.tokens()
		f.random()
	}
	if g.any(signHyphen) {
		f.pems()
	}
	f.names()
	return merged(f.found)
}

// merged sorts what was found and joins what overlaps; the longer one names it.
func merged(found []span) []span {
	if len(found) < 2 {
		return found
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	n := 0
	for _, next := range found[1:] {
		last := &found[n]
		if next.start >= last.end {
			n++
			found[n] = next
			continue
		}
		if next.end-next.start > last.end-last.start {
			last.class = next.class
		}
		last.end = max(last.end, next.end)
	}
	return found[:n+1]
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLower(c byte) bool  { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func isLetter(c byte) bool { return isLower(c) || isUpper(c) }
func isAlnum(c byte) bool  { return isLetter(c) || isDigit(c) }
func isHex(c byte) bool    { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func lower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}

// at returns the byte at i, and 0 outside of s.
func at(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}
