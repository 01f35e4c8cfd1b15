package sanitize

import (
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// machine is what the detectors know of the machine that they run on: names
// that nothing but a look at it can tell from words.
type machine struct {
	users  []string  // lower case
	hosts  []string  // lower case, longest first
	homes  []string  // folders
	begins [256]bool // the bytes that names begin with, in either case
}

// theMachine reads the environment, once. Not os/user: that would make a cgo
// program dynamic.
var theMachine = sync.OnceValue(func() *machine {
	host, _ := os.Hostname()
	return newMachine(os.Getenv, host)
})

// minName is how short a name may be and still be looked for: "al" is in too
// many texts.
const minName = 3

// generic are names that tell nobody's: of accounts and hosts in images,
// continuous integration and distributions, and words that texts consist of.
var generic = []string{
	"admin", "administrator", "app", "build", "builder", "circleci", "container", "debian", "default", "dev", "developer", "docker", "fedora",
	"git", "gitlab-runner", "guest", "home", "host", "jenkins", "linux", "localhost", "mac", "macbook", "mac-mini", "node", "nobody", "nonroot", "owner",
	"pi", "root", "runner", "runneradmin", "server", "service", "system", "test", "travis", "ubuntu", "unknown", "user", "users", "vagrant", "vscode",
	"windows", "work", "workspace", "www-data", "the", "and", "for", "not", "error", "failed", "file", "json", "local", "localdomain",
}

func newMachine(getenv func(string) string, host string) *machine {
	m := &machine{}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		home := strings.TrimRight(getenv(name), `/\`)
		if len(home) > minName && strings.ContainsAny(home[1:], `/\`) {
			m.homes = append(m.homes, home)
		}
		m.users = m.named(m.users, home[strings.LastIndexAny(home, `/\`)+1:])
	}
	for _, name := range []string{"USER", "LOGNAME", "USERNAME", "SUDO_USER"} {
		m.users = m.named(m.users, getenv(name))
	}
	for _, name := range []string{host, getenv("HOSTNAME"), getenv("COMPUTERNAME")} {
		m.hosts = m.named(m.hosts, name)
		label, _, _ := strings.Cut(name, ".")
		m.hosts = m.named(m.hosts, label)
	}
	return m
}

// named appends a name if it is somebody's and new.
func (m *machine) named(names []string, name string) []string {
	name = strings.ToLower(name)
	if len(name) < minName || slices.Contains(generic, name) || slices.Contains(names, name) || strings.Trim(name, "0123456789") == "" {
		return names
	}
	for _, c := range []byte{name[0], strings.ToUpper(name[:1])[0]} {
		m.begins[c] = true
	}
	return append(names, name)
}

// names finds the names of this machine and of its user where they stand as
// words of their own.
func (f *finder) names() {
	m, s := f.machine, f.s
	for i := range len(s) {
		if m.begins[s[i]] && (apart(s, i) || escaped(s, i)) {
			f.name(i, m.hosts, classHost)
			f.name(i, m.users, classUser)
		}
	}
}

// apart reports that no word goes on at i from what is before it to what is there:
// quotation marks, arrows and writing without spaces end words, too.
func apart(s string, i int) bool {
	before, behind := at(s, i-1), at(s, i)
	switch {
	case isAlnum(before) && (isAlnum(behind) || behind >= 0x80 && joins(firstRune(s[i:]))):
		return false
	case before >= 0x80 && isAlnum(behind):
		r, _ := utf8.DecodeLastRuneInString(s[:i])
		return !joins(r)
	}
	return true
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// joins reports the letters of alphabets that words are written together in: Latin,
// Greek, Cyrillic, and the marks on them.
func joins(r rune) bool {
	return r >= 0xC0 && r <= 0x52F && r != 0xD7 && r != 0xF7 || r >= 0x1E00 && r <= 0x1FFF
}

// escaped reports that what stands before i is an end of a line or a tab, as Go, C
// and JSON write it.
func escaped(s string, i int) bool {
	return i > 1 && s[i-2] == '\\' && (s[i-1] == 'n' || s[i-1] == 't' || s[i-1] == 'r')
}

func (f *finder) name(i int, names []string, class string) {
	for _, n := range names {
		end := i + len(n)
		if end <= len(f.s) && apart(f.s, end) && strings.EqualFold(f.s[i:end], n) {
			f.add(i, end, class)
		}
	}
}
