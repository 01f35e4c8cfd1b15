package sanitize

import (
	"math"
	"strings"
)

// inWord reports whether the detectors know a word that stands alone, or a part of
// it. What is told by signs that no word has (@, :, /, =) is no concern of these.
// Nothing around it tells a version of four numbers from an address.
func (m *machine) inWord(s string) bool {
	g := scan(s)
	f := finder{s: s, machine: m}
	if g.run >= minRun {
		f.tokens()
		f.random()
	}
	if g.digits >= 9 {
		f.cards()
		f.phones()
	}
	if g.digits >= 4 {
		f.ibans()
	}
	f.names()
	return len(f.found) > 0 || four(s, '.') || four(strings.TrimPrefix(s, "ip-"), '-') || hardware(s)
}

// hidden reports relative paths and dot files (".ssh", "..").
func hidden(s string) bool { return s[0] == '.' || strings.Contains(s, "..") }

// secretPrefixes are how the tokens of well-known vendors begin (from the
// public rules of gitleaks).
var secretPrefixes = [...]string{
	"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "xoxs-", "xapp-",
	"AKIA", "ASIA", "sk-", "sk_", "rk_", "AIza", "npm_", "pypi-", "dop_v1_", "SG.", "hf_", "eyJ",
}

func secretPrefix(s string) bool {
	for _, p := range secretPrefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// randomWord reports strings with the texture of keys, hashes and ids: UUIDs, long
// runs of letters mixed with digits, long numbers, and anything long in which
// few signs occur twice. Versions and platforms ("x86_64-unknown-linux-gnu")
// have separators in them and words between these.
func randomWord(s string) bool {
	if uuid(s) || len(s) >= 20 && entropy(s) > 4.2 {
		return true
	}
	allDigits := 0
	for run := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("._+-", r) }) {
		digits := 0
		for i := range len(run) {
			if run[i] >= '0' && run[i] <= '9' {
				digits++
			}
		}
		if allDigits += digits; digits < len(run) {
			allDigits = 0
		}
		if len(run) >= 16 && digits > 0 && digits < len(run) && entropy(run) > 3 {
			return true
		}
	}
	return allDigits > 10 // a card, an account, a telephone; a date and an hour have ten
}

func uuid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen && s[i] != '-' || !hyphen && !isHex(s[i]) {
			return false
		}
	}
	return true
}

// entropy is Shannon's, in bits a byte.
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
