package sanitize

import (
	"math"
	"strings"
)

// address reports what looks like an IPv4 address or a MAC address written
// with hyphens. Versions have other shapes: not four numbers, or one above 255.
func address(s string) bool {
	return fourNumbers(s) || sixPairs(s)
}

func fourNumbers(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		n := 0
		for i := range len(p) {
			if p[i] < '0' || p[i] > '9' {
				return false
			}
			n = n*10 + int(p[i]-'0')
		}
		if p == "" || len(p) > 3 || n > 255 {
			return false
		}
	}
	return true
}

func sixPairs(s string) bool {
	if len(s) != 17 {
		return false
	}
	for i := range len(s) {
		if i%3 == 2 && s[i] != '-' || i%3 != 2 && !hexByte(s[i]) {
			return false
		}
	}
	return true
}

func hexByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
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

// random reports strings with the texture of keys, hashes and ids: long, and
// with letters and digits mixed or with a high entropy. Words of twenty letters
// have at most 3.5 bits a letter; random hex has close to 4.
func random(s string) bool {
	if len(s) < 16 {
		return false
	}
	digits, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			letters++
		}
	}
	if digits >= 9 && letters == 0 {
		return true // a card, an account, a telephone
	}
	return digits >= 4 && letters >= 4 && entropy(s) > 3 || len(s) >= 20 && entropy(s) > 3.9
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
