package sanitize

import "strings"

// random finds runs that look drawn and not written: keys in base64, base62 and
// base32. Digests, UUIDs and what else is hexadecimal are left: in text they name
// commits, images and requests, and keys of that kind are told by the name that
// stands before them or by their vendor.
func (f *finder) random() {
	s := f.s
	for i := 0; i < len(s); {
		if !inBase64(s[i]) {
			i++
			continue
		}
		end := i
		for end < len(s) && inBase64(s[end]) {
			end++
		}
		stop := end
		for stop < len(s) && s[stop] == '=' {
			stop++
		}
		if end-i >= 20 && (drawn(s[i:end]) || keyed(s[i:end])) && !checksum(s, i) {
			f.add(i, stop, classRandom)
		}
		i = end
	}
}

func inBase64(c byte) bool {
	return isAlnum(c) || c == '+' || c == '/' || c == '_' || c == '-'
}

// keyParts are parts of the beginnings that vendors give their tokens; with a hyphen
// behind them, other names have the latter ones, too.
var keyParts = []string{"key", "token", "secret", "pat", "sk", "tok", "pk", "live", "test", "prod", "api", "auth", "oat", "access"}

const sureParts = 6 // of them

// keyed reports a token of no known vendor: parts of which one says key, and a tail
// of digits and letters that is no word. Hexadecimal it is long, because digests are.
func keyed(run string) bool {
	i := strings.LastIndexAny(run, "_-")
	if i < 1 {
		return false
	}
	tail, parts := run[i+1:], keyParts
	if run[i] == '-' {
		parts = keyParts[:sureParts]
	}
	if len(tail) < 24 || count(tail, isDigit) < 2 || count(tail, isAlnum) < len(tail) || count(tail, isHex) == len(tail) && len(tail) < 32 || allDigits(tail) || wordy(tail) && count(tail, isHex) < len(tail) {
		return false
	}
	for part := range strings.FieldsFuncSeq(run[:i], func(r rune) bool { return r == '_' || r == '-' }) {
		if isOf(strings.ToLower(part), parts) {
			return true
		}
	}
	return false
}

// checksum reports digests in base64 by what stands before them: go.sum's h1,
// and subresource integrity.
func checksum(s string, i int) bool {
	if strings.HasSuffix(s[:i], "h1:") {
		return true
	}
	for _, name := range []string{"sha256-", "sha384-", "sha512-", "sha1-"} {
		if strings.HasPrefix(s[i:], name) {
			return true
		}
	}
	return false
}

// drawn reports a run whose characters change class as those of random ones do.
// It looks at the parts between separators first: a path, a slug or a platform
// consists of words and numbers.
func drawn(run string) bool {
	longest, total, strange := 0, 0, 0
	for part := range strings.FieldsFuncSeq(run, func(r rune) bool { return r == '/' || r == '-' || r == '_' || r == '+' }) {
		total += len(part)
		if len(part) >= 6 && texture(part) {
			strange += len(part)
			longest = max(longest, len(part))
		}
	}
	return longest >= 16 || strange >= 20 && strange*10 >= total*6
}

// texture reports a part that has classes of characters mixed, is not hexadecimal
// and not made of words.
func texture(part string) bool { return strange(part) && !wordy(part) }

// wordy reports a part in which letters follow each other as they do in words. The
// threshold is where it has to be for mnemonics (VCVTTPD2DQMasked128): half of
// them are kept, and less than one in a hundred of twenty random characters.
func wordy(part string) bool { return spoken(part)*4 > -len(part) }

// strange reports digits and letters, or capitals in the middle of words.
func strange(part string) bool {
	digits, uppers, lowers, hex := 0, 0, 0, 0
	for i := range len(part) {
		switch c := part[i]; {
		case isDigit(c):
			digits++
		case isUpper(c):
			uppers++
		default:
			lowers++
		}
		if isHex(part[i]) {
			hex++
		}
	}
	if hex == len(part) {
		return false
	}
	return digits > 0 && uppers+lowers > 0 || uppers > 1 && lowers > 1
}
