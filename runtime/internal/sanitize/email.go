package sanitize

import (
	"slices"
	"strings"
)

// emails finds addresses as in RFC 5322, but for comments, and internationalized
// ones as in RFC 6531.
func (f *finder) emails() {
	s := f.s
	for i := strings.IndexByte(s, '@'); i >= 0; i = nextByte(s, '@', i+1) {
		start, end := localStart(s, i), domainEnd(s, i+1)
		if start < i && (s[i-1] == '"' || !notMail(s[start:i], s[i+1:end])) && mailDomain(s[i+1:end]) {
			f.add(start, end, classEmail)
		}
	}
}

// ats and dots are how people write these signs so that programs do not see them.
var (
	ats  = [...]string{"[at]", "(at)", "{at}", "<at>"}
	dots = [...]string{"[dot]", "(dot)", "{dot}", "<dot>"}
)

// spelled finds addresses with the sign in words: "anna [at] example [dot] com".
func (f *finder) spelled() {
	s := f.s
	for k, at := range ats {
		for i := indexFold(s, at, 0); i >= 0; i = indexFold(s, at, i+1) {
			local := strings.TrimRight(s[:i], " ")
			start := localStart(local, len(local))
			end, dotted := spelledEnd(s, i+len(at), dots[k])
			if start < len(local) && dotted {
				f.add(start, end, classEmail)
			}
		}
	}
}

// spelledEnd returns where a domain ends whose dots may be in words, and whether it
// has any.
func spelledEnd(s string, i int, dot string) (end int, dotted bool) {
	for at(s, i) == ' ' {
		i++
	}
	for end = domainEnd(s, i); end > i; end = domainEnd(s, i) {
		dotted = dotted || strings.IndexByte(s[i:end], '.') > 0
		rest := strings.TrimLeft(s[end:], " ")
		if len(rest) < len(dot) || !strings.EqualFold(rest[:len(dot)], dot) {
			break
		}
		rest = strings.TrimLeft(rest[len(dot):], " ")
		i, dotted = len(s)-len(rest), true
	}
	return max(end, i), dotted
}

func nextByte(s string, c byte, from int) int {
	if i := strings.IndexByte(s[from:], c); i >= 0 {
		return from + i
	}
	return -1
}

// localStart returns where the part before the @ begins. It may be quoted.
func localStart(s string, i int) int {
	if at(s, i-1) == '"' {
		if open := strings.LastIndexByte(s[:i-1], '"'); open >= 0 {
			return open
		}
		return i
	}
	start := i
	for start > 0 && (isAlnum(s[start-1]) || s[start-1] >= 0x80 || strings.IndexByte(".!#$&'*+-^_`{|}~", s[start-1]) >= 0) {
		start--
	}
	for start < i && strings.IndexByte(".'`*{|-", s[start]) >= 0 { // of the text around it
		start++
	}
	return start
}

func domainEnd(s string, i int) int {
	if at(s, i) == '[' { // an address instead of a name
		if n := strings.IndexByte(s[i:], ']'); n >= 0 {
			return i + n + 1
		}
	}
	end := i
	for end < len(s) && (isAlnum(s[end]) || s[end] == '.' || s[end] == '-' || s[end] >= 0x80) {
		end++
	}
	for end > i && (s[end-1] == '.' || s[end-1] == '-') {
		end--
	}
	return end
}

// mailDomain reports a domain of two labels or more whose last one is letters.
func mailDomain(d string) bool {
	if strings.HasPrefix(d, "[") {
		return len(d) > 4 && isHex(d[1]) || strings.HasPrefix(d, "[IPv6:")
	}
	dot := strings.LastIndexByte(d, '.')
	if dot < 1 || d[0] == '-' || strings.Contains(d, "..") {
		return false
	}
	top := d[dot+1:]
	if len(top) < 2 {
		return false
	}
	for i := range len(top) {
		if !isLetter(top[i]) && top[i] < 0x80 && !strings.HasPrefix(top, "xn--") {
			return false
		}
	}
	return true
}

// units are the kinds of systemd's units: "user@1000.service".
var units = []string{"service", "socket", "target", "timer", "slice", "mount", "scope", "path", "device", "swap"}

// notMail reports what looks like an address and names something else: versions
// of packages, images for dense screens, units, the account of a git server.
func notMail(local, domain string) bool {
	first, rest, _ := strings.Cut(domain, ".")
	if local == "git" || local == "this" || slices.Contains(units, rest[strings.LastIndexByte(rest, '.')+1:]) {
		return true
	}
	if n := len(first); n > 1 && first[n-1] == 'x' && allDigits(first[:n-1]) { // logo@2x.png
		return true
	}
	return allDigits(strings.TrimPrefix(first, "v")) && rest != "" && isDigit(rest[0])
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
