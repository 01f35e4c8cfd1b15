package sanitize

import "strings"

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

type sign uint32

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
	signPercent
	signControl
	signHigh    // no ASCII
	signAmp     // of entities
	signBracket // opening
)

// inRun are the characters that tokens are made of; inFold those that are written
// for others.
const (
	inRun  = signDigit | signLetter | signHyphen | signUnderscore | signDot | signPlus | signSlash
	inFold = signPercent | signBackslash | signHigh
)

// signOf is a table, written out so that it costs nothing at start.
var signOf = [256]sign{
	'a': signLetter, 'b': signLetter, 'c': signLetter, 'd': signLetter, 'e': signLetter, 'f': signLetter, 'g': signLetter, 'h': signLetter, 'i': signLetter,
	'j': signLetter, 'k': signLetter, 'l': signLetter, 'm': signLetter, 'n': signLetter, 'o': signLetter, 'p': signLetter, 'q': signLetter, 'r': signLetter,
	's': signLetter, 't': signLetter, 'u': signLetter, 'v': signLetter, 'w': signLetter, 'x': signLetter, 'y': signLetter, 'z': signLetter,
	'A': signLetter, 'B': signLetter, 'C': signLetter, 'D': signLetter, 'E': signLetter, 'F': signLetter, 'G': signLetter, 'H': signLetter, 'I': signLetter,
	'J': signLetter, 'K': signLetter, 'L': signLetter, 'M': signLetter, 'N': signLetter, 'O': signLetter, 'P': signLetter, 'Q': signLetter, 'R': signLetter,
	'S': signLetter, 'T': signLetter, 'U': signLetter, 'V': signLetter, 'W': signLetter, 'X': signLetter, 'Y': signLetter, 'Z': signLetter,
	'0': signDigit, '1': signDigit, '2': signDigit, '3': signDigit, '4': signDigit, '5': signDigit, '6': signDigit, '7': signDigit, '8': signDigit, '9': signDigit,
	'@': signAt, ':': signColon, '/': signSlash, '\\': signBackslash, '=': signEquals, '.': signDot, '-': signHyphen,
	'~': signTilde, '$': signTilde, '+': signPlus, '_': signUnderscore, '%': signPercent, '&': signAmp, '<': signBracket, '[': signBracket, '(': signBracket, '{': signBracket,
	0: signControl, 1: signControl, 2: signControl, 3: signControl, 4: signControl, 5: signControl, 6: signControl, 7: signControl, 8: signControl,
	9: signControl, 10: signControl, 11: signControl, 12: signControl, 13: signControl, 14: signControl, 15: signControl, 16: signControl, 17: signControl,
	18: signControl, 19: signControl, 20: signControl, 21: signControl, 22: signControl, 23: signControl, 24: signControl, 25: signControl, 26: signControl,
	27: signControl, 28: signControl, 29: signControl, 30: signControl, 31: signControl, 127: signControl,
	128: signHigh, 129: signHigh, 130: signHigh, 131: signHigh, 132: signHigh, 133: signHigh, 134: signHigh, 135: signHigh, 136: signHigh,
	137: signHigh, 138: signHigh, 139: signHigh, 140: signHigh, 141: signHigh, 142: signHigh, 143: signHigh, 144: signHigh, 145: signHigh,
	146: signHigh, 147: signHigh, 148: signHigh, 149: signHigh, 150: signHigh, 151: signHigh, 152: signHigh, 153: signHigh, 154: signHigh,
	155: signHigh, 156: signHigh, 157: signHigh, 158: signHigh, 159: signHigh, 160: signHigh, 161: signHigh, 162: signHigh, 163: signHigh,
	164: signHigh, 165: signHigh, 166: signHigh, 167: signHigh, 168: signHigh, 169: signHigh, 170: signHigh, 171: signHigh, 172: signHigh,
	173: signHigh, 174: signHigh, 175: signHigh, 176: signHigh, 177: signHigh, 178: signHigh, 179: signHigh, 180: signHigh, 181: signHigh,
	182: signHigh, 183: signHigh, 184: signHigh, 185: signHigh, 186: signHigh, 187: signHigh, 188: signHigh, 189: signHigh, 190: signHigh,
	191: signHigh, 192: signHigh, 193: signHigh, 194: signHigh, 195: signHigh, 196: signHigh, 197: signHigh, 198: signHigh, 199: signHigh,
	200: signHigh, 201: signHigh, 202: signHigh, 203: signHigh, 204: signHigh, 205: signHigh, 206: signHigh, 207: signHigh, 208: signHigh,
	209: signHigh, 210: signHigh, 211: signHigh, 212: signHigh, 213: signHigh, 214: signHigh, 215: signHigh, 216: signHigh, 217: signHigh,
	218: signHigh, 219: signHigh, 220: signHigh, 221: signHigh, 222: signHigh, 223: signHigh, 224: signHigh, 225: signHigh, 226: signHigh,
	227: signHigh, 228: signHigh, 229: signHigh, 230: signHigh, 231: signHigh, 232: signHigh, 233: signHigh, 234: signHigh, 235: signHigh,
	236: signHigh, 237: signHigh, 238: signHigh, 239: signHigh, 240: signHigh, 241: signHigh, 242: signHigh, 243: signHigh, 244: signHigh,
	245: signHigh, 246: signHigh, 247: signHigh, 248: signHigh, 249: signHigh, 250: signHigh, 251: signHigh, 252: signHigh, 253: signHigh,
	254: signHigh, 255: signHigh,
}

// scan is the one look that every text gets.
func scan(s string) (g signs) {
	run := 0
	for i := range len(s) {
		is := signOf[s[i]]
		g.has |= is
		if is&inRun == 0 {
			g.run, run = max(g.run, run), 0
			continue
		}
		run++
		g.digits += int(is & signDigit)
	}
	g.run = max(g.run, run)
	return g
}

// folded reports that characters may stand written for others.
func (g signs) folded(s string) bool {
	return g.any(inFold) || g.any(signAmp) && (strings.Contains(s, "&#") || strings.Contains(s, "&quot;") || strings.Contains(s, "&amp;"))
}

func (g signs) any(of sign) bool { return g.has&of != 0 }
func (g signs) all(of sign) bool { return g.has&of == of }

// find returns what the detectors find in s, in order and without overlaps.
func (m *machine) find(s string, g signs) []span {
	f := finder{s: s, machine: m}
	if g.any(signAt) {
		f.emails()
		f.logins()
	}
	if g.any(signBracket) {
		f.spelled()
	}
	if g.all(signColon | signSlash) {
		f.urls()
	}
	if g.any(signSlash | signBackslash | signTilde | signPercent) {
		f.paths()
	}
	if g.digits >= 4 && g.any(signDot|signHyphen) {
		f.ipv4s()
	}
	if g.any(signColon | signHyphen | signDot | signEquals) {
		f.hexGroups(g)
	}
	if g.any(signEquals | signColon | signHyphen | signBracket) {
		f.assignments(g)
	}
	if g.digits > 0 {
		f.phrases()
		f.arguments()
	}
	if g.any(signHyphen) {
		f.shells()
		f.pems()
	}
	if g.all(signBracket | signSlash) {
		f.elements()
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
		if g.any(signTilde) { // "$", too
			f.crypts()
		}
	}
	f.names()
	return merged(f.found)
}

// merged sorts what was found and joins what overlaps; the longer one names it.
func merged(found []span) []span {
	if len(found) < 2 {
		return found
	}
	for i := range found { // few, and nearly in order: package slices would be 8 kB of every program
		for j := i; j > 0 && found[j].before(found[j-1]); j-- {
			found[j], found[j-1] = found[j-1], found[j]
		}
	}
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

func (a span) before(b span) bool { return a.start < b.start || a.start == b.start && a.end > b.end }

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
