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
var keyParts = []string{"key", "token", "secret", "pat", "sk", "tok", "sdk", "api", "pk", "live", "test", "prod", "auth", "oat", "access"}

const sureParts = 7 // of them

// plainParts are parts of names that digests and numbers of requests, builds and
// files have.
var plainParts = []string{
	"sha", "md", "hash", "digest", "commit", "rev", "revision", "blob", "tree", "build", "image", "layer", "etag", "checksum", "sum", "id", "req", "request",
	"trace", "span", "evt", "event", "run", "job", "artifact", "cache", "tmp", "temp", "file", "obj", "object", "chunk", "block", "tx", "ref", "main", "master",
	"release", "version", "snapshot", "backup", "node", "pod", "container", "volume", "session", "test", "step", "task", "msg", "message", "uuid", "guid", "color",
}

// keyed reports a token of no known vendor: a beginning that says key or nothing
// at all, and a tail of digits and letters that is no word. If it is hexadecimal, it
// is long and the beginning does not speak of a digest.
func keyed(run string) bool {
	i := strings.LastIndexAny(run, "_-")
	if k := len(run) - 37; k > 0 && (run[k] == '-' || run[k] == '_') && uuid(run[k+1:]) {
		return hasPart(run[:k], keyParts)
	}
	if i < 1 {
		return false
	}
	begin, tail := run[:i], run[i+1:]
	hexadecimal := count(tail, isHex) == len(tail)
	switch {
	case len(tail) < 24 || count(tail, isDigit) < 2 || count(tail, isAlnum) < len(tail) || allDigits(tail):
		return false
	case !hexadecimal:
		return !wordy(tail) && hasPart(begin, keyParts)
	case len(tail) < 32:
		return false
	case run[i] == '-':
		return hasPart(begin, keyParts[:sureParts])
	}
	return hasPart(begin, keyParts) || count(begin, isDigit) == 0 && !hasPart(begin, plainParts)
}

// hasPart reports that one of the parts of a name is one of these, a number behind
// it left aside.
func hasPart(name string, of []string) bool {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '_' || r == '-' }) {
		if isOf(strings.TrimRight(strings.ToLower(part), "0123456789"), of) {
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
	if alphabetical(run) || strings.Contains(run, "xn--") { // a domain's name, RFC 5890
		return false
	}
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

// alphabetical reports a run in which most characters are the successors of those
// before them.
func alphabetical(run string) bool {
	n := 0
	for i := 1; i < len(run); i++ {
		if run[i] == run[i-1]+1 {
			n++
		}
	}
	return n*2 > len(run)
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
