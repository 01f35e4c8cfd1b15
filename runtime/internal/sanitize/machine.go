package sanitize

import (
	"os"
	"slices"
	"strings"
	"sync"
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
		if m.begins[s[i]] && (i == 0 || signOf[s[i-1]]&inWord == 0) {
			f.name(i, m.hosts, classHost)
			f.name(i, m.users, classUser)
		}
	}
}

// inWord are the characters that a name is a part of a longer word with.
const inWord = signLetter | signDigit | signHigh

func (f *finder) name(i int, names []string, class string) {
	for _, n := range names {
		end := i + len(n)
		if end <= len(f.s) && signOf[at(f.s, end)]&inWord == 0 && strings.EqualFold(f.s[i:end], n) {
			f.add(i, end, class)
		}
	}
}
