package sanitize

import (
	"strings"
	"unicode/utf8"
)

// oneLine replaces control characters by spaces: what is kept is shown in
// terminals, which obey them.
func oneLine(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return ' '
				}
				return r
			}, s)
		}
	}
	return s
}

// unfold undoes the common ways of writing an ASCII character so that a byte
// scan does not see it: percent-encoding (RFC 3986), JSON's escapes (RFC 8259), C's,
// HTML's references, fullwidth forms and other doubles of punctuation, characters of no width.
func unfold(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		if r >= 0 {
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// decode returns what s begins with, and its length in bytes; a negative rune
// stands for nothing.
func decode(s string) (rune, int) {
	switch {
	case s[0] == '%' && len(s) >= 3 && isHex(s[1]) && isHex(s[2]):
		return printable(rune(hexValue(s[1])<<4|hexValue(s[2])), '%', 3)
	case strings.HasPrefix(s, `\/`):
		return '/', 2
	case strings.HasPrefix(s, `\"`):
		return '"', 2
	case strings.HasPrefix(s, `\u00`) && len(s) >= 6 && isHex(s[4]) && isHex(s[5]):
		return printable(rune(hexValue(s[4])<<4|hexValue(s[5])), '\\', 6)
	case strings.HasPrefix(s, `\x`) && len(s) >= 4 && isHex(s[2]) && isHex(s[3]):
		return printable(rune(hexValue(s[2])<<4|hexValue(s[3])), '\\', 4)
	case strings.HasPrefix(s, "&#"):
		return reference(s)
	case strings.HasPrefix(s, "&quot;"):
		return '"', len("&quot;")
	case strings.HasPrefix(s, "&amp;"):
		return '&', len("&amp;")
	case s[0] < utf8.RuneSelf:
		return rune(s[0]), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return double(r), n
}

// reference returns what HTML's reference to a character's number stands for.
func reference(s string) (rune, int) {
	i, base, r := 2, rune(10), rune(0)
	if lower(at(s, i)) == 'x' {
		i, base = i+1, 16
	}
	start := i
	for ; i < len(s) && i-start < 7 && (isDigit(s[i]) || base == 16 && isHex(s[i])); i++ {
		r = r*base + rune(hexValue(s[i]))
	}
	if i == start || at(s, i) != ';' {
		return '&', 1
	}
	return printable(r, '&', i+1)
}

// printable returns r and n if r is ASCII that can be printed, else the
// character that the escape begins with: the rest of it is then text.
func printable(r, escape rune, n int) (rune, int) {
	if r == '\n' || r == '\t' || r == '\r' {
		r = ' '
	}
	if r < ' ' || r >= 0x7f {
		return escape, 1
	}
	return r, n
}

// double returns the ASCII character that r looks like, -1 for what has no
// width, and r itself for everything else.
func double(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // fullwidth forms
		return r - 0xFEE0
	case r == 0x00AD || r == 0xFEFF || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F:
		return -1
	case r == 0x00A0 || r >= 0x2000 && r <= 0x200A || r == 0x202F || r == 0x3000:
		return ' '
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212 || r == 0xFE63:
		return '-'
	case r == 0x2024 || r == 0x3002 || r == 0xFE52:
		return '.'
	case r == 0xFE6B:
		return '@'
	case r == 0x2044 || r == 0x2215:
		return '/'
	case r >= 0x0660 && r <= 0x0669: // Arabic-Indic digits
		return r - 0x0660 + '0'
	case r >= 0xFE00 && r <= 0xFE0F: // variation selectors
		return -1
	}
	return r
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}
