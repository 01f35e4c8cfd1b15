package sanitize

import "strings"

// schemes finds what follows the word Bearer or Basic in running text.
func (f *finder) schemes() {
	for _, scheme := range []string{"bearer ", "basic "} {
		for i := indexFold(f.s, scheme, 0); i >= 0; i = indexFold(f.s, scheme, i+1) {
			if isAlnum(at(f.s, i-1)) {
				continue
			}
			from, to, _ := valueAt(f.s, i+len(scheme))
			if v := f.s[from:to]; len(v) >= 12 && secretValue(v, weakSecret, true) {
				f.add(from, to, classSecret)
			}
		}
	}
}

// phrases finds what follows the name of a secret as the next word of a sentence, of
// SQL or of a file like .netrc: "password x", "API key is x", "identified by 'x'".
func (f *finder) phrases() {
	s := f.s
	for i := strings.IndexByte(s, ' '); i > 1; i = nextByte(s, ' ', i+1) {
		if strings.IndexByte("deytnsw", lower(s[i-1])) < 0 { // how the names end
			continue
		}
		sure := named(s, i)
		if sure == notSecret {
			continue
		}
		from, to, quoted := valueAt(s, i+1)
		if word := strings.ToLower(s[from:to]); word == "is" || word == "was" || word == "of" {
			from, to, quoted = valueAt(s, to)
		}
		if v := strings.TrimRight(s[from:to], ".:!?"); told(v, sure, quoted) {
			f.add(from, from+len(v), classSecret)
		}
	}
}

// named says what the words before a space name.
func named(s string, end int) strength {
	start := nameStart(s, end)
	name := s[start:end]
	if strings.EqualFold(name, "by") && strings.EqualFold(s[max(0, start-11):end], "identified by") {
		return sureSecret
	}
	if strings.EqualFold(name, "key") && start > 1 { // API key
		start = nameStart(s, start-1)
	}
	return secretKey(s[start:end])
}

// told tells a secret that follows its name from the next word of a sentence.
func told(v string, sure strength, quoted bool) bool {
	if sure == sureSecret && quoted {
		return secretValue(v, sure, false)
	}
	if len(v) < 6 || !secretValue(v, sure, true) || isOf(firstOf(v), algorithms) {
		return false
	}
	digits, letters, hexadecimal := count(v, isDigit), count(v, isLetter), count(v, isHex) == len(v)
	if sure == sureSecret {
		return letters > 2 && (digits > 0 && digits+letters == len(v) && !wordy(v) || digits+letters < len(v) && !strings.Contains(v, "-") || digits > 1 && letters > digits || hexadecimal && len(v) >= 16)
	}
	return digits > 1 && letters > 1 && (hexadecimal && len(v) >= 24 || !hexadecimal && len(v) >= 16 && !wordy(v))
}

// algorithms are the first parts of the names of codes that words of sentences have.
var algorithms = []string{"sha", "md", "base", "utf", "argon", "bcrypt", "pbkdf", "scrypt", "crypt", "v", "id", "x", "rfc", "iso", "aes", "rsa", "ed", "http", "ipv"}

// firstOf returns the letters that a word begins with.
func firstOf(v string) string {
	end := 0
	for end < len(v) && isLetter(v[end]) {
		end++
	}
	return v[:end]
}

// commands are the programs whose short options take a password, a login or both.
var commands = []struct {
	option, program string
	separator       byte // between a name and the password
}{
	{"p", "mysql", 0},
	{"p", "mariadb", 0},
	{"p", "sshpass", 0},
	{"p", " login", 0},
	{"p", "mongo", 0},
	{"a", "redis-cli", 0},
	{"u", "curl", ':'},
	{"-user", "curl", ':'},
	{"w", "ldap", 0},
	{"U", "smbclient", '%'},
}

// positions are the commands that take a password as an argument of their own, and
// how many others come before it.
var positions = []struct {
	command string
	skip    int
}{{"htpasswd -b ", 2}, {"htpasswd -bc ", 2}, {"add_user ", 1}, {"change_password ", 1}, {"net use ", 2}}

// arguments finds these.
func (f *finder) arguments() {
	for _, p := range positions {
		i := strings.Index(f.s, p.command)
		if i < 0 {
			continue
		}
		from, to, quoted := valueAt(f.s, i+len(p.command))
		for range p.skip {
			from, to, quoted = valueAt(f.s, to)
		}
		if v := f.s[from:to]; v != "" && v[0] != '-' && v[0] != '/' && secretValue(v, sureSecret, !quoted) {
			f.add(from, to, classSecret)
		}
	}
}

// shells finds what the short options of commands are given.
func (f *finder) shells() {
	s := f.s
	for i := strings.Index(s, " -"); i >= 0; i = indexFrom(s, " -", i+2) {
		for _, c := range commands {
			rest, ok := strings.CutPrefix(s[i+2:], c.option)
			if !ok || indexFold(s[:i], c.program, 0) < 0 {
				continue
			}
			from, to, quoted := valueAt(s, len(s)-len(rest))
			v := s[from:to]
			if sep := c.separator; sep != 0 {
				i := strings.IndexByte(v, sep)
				if i < 1 {
					continue
				}
				from, v = from+i+1, strings.TrimLeft(v[i+1:], "%")
			}
			if secretValue(v, sureSecret, !quoted && c.separator == 0) {
				f.add(from, to, classSecret)
			}
		}
	}
}

// elements finds what stands within an element of XML that is named like a secret.
func (f *finder) elements() {
	s := f.s
	for i := strings.Index(s, "</"); i > 0; i = indexFrom(s, "</", i+2) {
		open := strings.LastIndexByte(s[:i], '>')
		if open < 0 {
			continue
		}
		end := open
		if at(s, end-1) == '"' { // <property name="password">
			end--
		}
		start := nameStart(s, end)
		if before := at(s, start-1); before != '<' && before != ':' && before != '"' {
			continue
		}
		if sure := secretKey(s[start:end]); sure != notSecret && secretValue(s[open+1:i], sure, false) {
			f.add(open+1, i, classSecret)
		}
	}
}
