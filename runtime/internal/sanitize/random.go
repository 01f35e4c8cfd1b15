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
		if end-i >= 20 && drawn(s[i:end]) && !checksum(s, i) {
			f.add(i, stop, classRandom)
		}
		i = end
	}
}

func inBase64(c byte) bool {
	return isAlnum(c) || c == '+' || c == '/' || c == '_' || c == '-'
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

// texture reports a part that is neither hexadecimal nor made of words: it has
// classes of characters mixed, and few of them stand in runs as words and numbers
// do.
func texture(part string) bool {
	if !strange(part) {
		return false
	}
	return !wordy(part) || len(part) >= 16 && changes(part)*5 >= len(part)
}

// changes counts the places at which digits and letters meet.
func changes(part string) (n int) {
	for i := 1; i < len(part); i++ {
		if isDigit(part[i-1]) != isDigit(part[i]) {
			n++
		}
	}
	return n
}

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

// wordy reports a part most of which are runs of four or more letters of one
// case (of which the first may be a capital) or digits.
func wordy(part string) bool {
	in := 0
	for i := 0; i < len(part); {
		j := i
		switch {
		case isDigit(part[i]):
			for j < len(part) && isDigit(part[j]) {
				j++
			}
		case isUpper(part[i]):
			for j < len(part) && isUpper(part[j]) {
				j++
			}
			if j == i+1 {
				for j < len(part) && isLower(part[j]) {
					j++
				}
			}
		case isLower(part[i]):
			for j < len(part) && isLower(part[j]) {
				j++
			}
		default:
			j++
		}
		if j-i >= 4 {
			in += j - i
		}
		i = j
	}
	return in*100 >= len(part)*55
}
