package sanitize

import "strings"

// roots are the folders below which people and projects name things. What
// operating systems put elsewhere (/usr, /etc, /dev) is the same everywhere, and
// /api/v1/users is a route.
var roots = []string{
	"home", "Users", "root", "Volumes", "mnt", "media", "data", "srv", "export", "nfs", "net", "afs", "scratch", "work", "workspace", "workspaces",
	"projects", "builds", "private/var/folders", "private/tmp", "private/home", "var/folders", "var/home", "var/lib/jenkins", "var/www", "tmp", "var/tmp",
	"run/user", "run/media", "opt/homes", "usr/home", "usr/local/home", "storage/emulated", "sdcard", "data/data", "github/home", "github/workspace", "c/Users",
}

// systems are the folders of Windows that are the same everywhere.
var systems = []string{`windows\`, `program files`, `programdata\microsoft\windows`, "windows/", "winnt"}

// variables stand for the home folder.
var variables = []string{
	"$HOME", "${HOME}", "%USERPROFILE%", "%HOMEPATH%", "%APPDATA%", "%LOCALAPPDATA%", "$env:USERPROFILE", "$env:HOME", "$env:APPDATA", "$env:LOCALAPPDATA", "~",
}

// inPath are the characters that tell paths; a file URL begins with a letter.
const inPath = signSlash | signBackslash | signColon | signTilde | signPercent

// paths finds places in file systems that can name a person or a project: below
// a home folder of anybody, on a drive, a share or a volume, and file URLs.
func (f *finder) paths() {
	s := f.s
	for i := 0; i < len(s); i++ {
		if signOf[s[i]]&inPath == 0 && s[i]|0x20 != 'f' {
			continue
		}
		head := 0 // how long what tells the path is
		switch c := s[i]; {
		case c == '/':
			head = unixPath(s, i)
		case c == '\\' && at(s, i+1) == '\\':
			head = share(s, i)
		case c == ':' && i > 0 && isLetter(s[i-1]) && (at(s, i+1) == '\\' || at(s, i+1) == '/'):
			if drive(s, i-1) {
				i, head = i-1, 3
			}
		case c == '~' || c == '$' || c == '%':
			head = homePath(s, i)
		case (c == 'f' || c == 'F') && len(s)-i > 7 && strings.EqualFold(s[i:i+7], "file://") && isAlnum(at(strings.TrimLeft(s[i+7:], "/~"), 0)):
			head = 7
		}
		if head > 0 {
			end := pathEnd(s, i, i+head)
			f.add(i, end, classPath)
			i = end - 1
		}
	}
	for _, home := range f.machine.homes {
		for i := strings.Index(s, home); i >= 0; {
			end := pathEnd(s, i, i+len(home))
			f.add(i, end, classPath)
			next := strings.Index(s[end:], home)
			if next < 0 {
				break
			}
			i = end + next
		}
	}
}

func unixPath(s string, i int) int {
	if before := at(s, i-1); isAlnum(before) || before >= 0x80 || strings.IndexByte("._-/~*?$\\%", before) >= 0 && before != 0 {
		return 0 // the middle of a path, a URL or an import
	}
	if at(s, i-1) == ':' && i >= 2 && isLetter(at(s, i-2)) && at(s, i+1) == '/' {
		return 0 // a URL
	}
	rest := s[i+1:]
	for _, root := range roots {
		if below, ok := strings.CutPrefix(rest, root); ok && len(below) > 1 && below[0] == '/' && component(below[1]) {
			return 1 + len(root)
		}
	}
	return 0
}

func component(c byte) bool {
	return isAlnum(c) || c >= 0x80 || c == '.' || c == '_' || c == '-' || c == '@' || c == '$' || c == '{' || c == '#' || c == '+'
}

// share reports \\server\share, in JSON with every backslash doubled.
func share(s string, i int) int {
	if at(s, i-1) == '\\' || isAlnum(at(s, i-1)) || at(s, i-1) == ':' {
		return 0
	}
	start := i
	for at(s, i) == '\\' {
		i++
	}
	n := i
	for i < len(s) && (isAlnum(s[i]) || strings.IndexByte(".-_$?", s[i]) >= 0 || s[i] >= 0x80) {
		i++
	}
	if i-n < 2 || at(s, i) != '\\' {
		return 0
	}
	for at(s, i) == '\\' {
		i++
	}
	if !component(at(s, i)) || i-n < 4 {
		return 0
	}
	return i - start
}

// drive reports a path of Windows from its letter on.
func drive(s string, i int) bool {
	if isAlnum(at(s, i-1)) || at(s, i-1) == '_' || at(s, i-1) == '%' || at(s, i-1) == '/' && at(s, i-2) == '/' && at(s, i-3) != '/' {
		return false
	}
	rest := s[i+2:]
	if strings.HasPrefix(rest, "//") {
		return false // a URL whose scheme is a letter
	}
	rest = strings.TrimLeft(rest, `\/`)
	if rest == "" || !component(rest[0]) {
		return false
	}
	for _, system := range systems {
		if len(rest) >= len(system) && strings.EqualFold(rest[:len(system)], system) {
			return false
		}
	}
	return true
}

// homePath reports ~/x, ~user/x and the variables that stand for a home folder.
func homePath(s string, i int) int {
	if before := at(s, i-1); isAlnum(before) || before == '/' || before == '.' {
		return 0
	}
	for _, v := range variables {
		if len(s)-i <= len(v) || !strings.EqualFold(s[i:i+len(v)], v) {
			continue
		}
		end := i + len(v)
		if v == "~" {
			for end < len(s) && (isAlnum(s[end]) || s[end] == '_' || s[end] == '-') {
				end++
			}
			if isDigit(at(s, i+1)) {
				return 0 // about
			}
		}
		if (at(s, end) == '/' || at(s, end) == '\\') && component(at(s, end+1)) {
			return end - i
		}
	}
	return 0
}

// pathEnd returns where the path ends that begins at start and is known up to
// i: at the quote that belongs to the one before it, else at white space, unless
// what follows that is still a part of it ("My Documents/taxes.pdf").
func pathEnd(s string, start, i int) int {
	if q := at(s, start-1); q == '"' || q == '\'' || q == '`' {
		if end := nextByte(s, q, i); end >= 0 {
			return end
		}
	}
	if at(s, start-1) == '\\' && at(s, start) != '\\' || at(s, start-2) == '\\' && at(s, start-1) == '"' {
		if n := strings.Index(s[i:], `\"`); n >= 0 { // quoted within quotes
			return i + n
		}
	}
	for {
		for i < len(s) && !endsPath(s, i) {
			i++
		}
		next := i + 1
		if at(s, i) != ' ' || !continues(s[start:i], s[min(next, len(s)):]) {
			break
		}
		i = next
	}
	for i > start+1 && strings.IndexByte(".,;!?)]}", s[i-1]) >= 0 { // of the sentence
		i--
	}
	return i
}

func endsPath(s string, i int) bool {
	c := s[i]
	if c == ':' {
		return i < 1 || !isLetter(s[i-1]) || at(s, i+1) != '\\' && at(s, i+1) != '/'
	}
	return c <= ' ' || strings.IndexByte("\"'`<>|,;*?", c) >= 0 || c == ')' && !strings.Contains(s[max(0, i-30):i], "(")
}

// continues reports whether a path goes on behind a space.
func continues(path, rest string) bool {
	word, _, _ := strings.Cut(rest, " ")
	last := path[strings.LastIndexAny(path, `/\`)+1:]
	if dot := strings.LastIndexByte(last, '.'); dot > 0 && len(last)-dot <= 6 || word == "" || !component(word[0]) && word[0] != '(' {
		return false
	}
	if slash := strings.IndexAny(word, `/\`); slash > 0 && !strings.Contains(word, "://") && !strings.Contains(word, ":") {
		return true
	}
	word = strings.TrimRight(word, `.,:;"')`)
	dot := strings.LastIndexByte(word, '.')
	return dot > 0 && len(word)-dot >= 3 && len(word)-dot <= 5 && isLetter(word[dot+1]) || len(word) > 0 && allDigits(strings.Trim(word, "()")) && word[0] == '('
}
