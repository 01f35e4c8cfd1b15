package sanitize

import "strings"

// inPath are the characters that tell paths; a file URL begins with a letter.
const inPath = signSlash | signBackslash | signColon | signTilde | signPercent

// paths finds places in file systems that can name a person or a project: below
// a home folder of anybody, on a drive, a share or a volume, and file URLs.
func (f *finder) paths() {
	s, failed := f.s, unasked
	for i := 0; i < len(s); i++ {
		if signOf[s[i]]&inPath == 0 && s[i]|0x20 != 'f' {
			continue
		}
		start, head := i, 0 // how long what tells the path is
		switch c := s[i]; {
		case c == '/':
			if start, head = unixPath(s, i); head == 0 {
				start, head = f.mentioned(i, &failed)
			}
		case c == '\\':
			start, head = windowsPath(s, i)
		case c == ':' && i > 0 && isLetter(s[i-1]) && (at(s, i+1) == '\\' || at(s, i+1) == '/'):
			if drive(s, i-1) {
				start, head = i-1, 3
			}
		case c == '~' || c == '$' || c == '%':
			head = homePath(s, i)
		case c == 'f' || c == 'F':
			head = fileURL(s, i)
		}
		if head > 0 {
			end := pathEnd(s, start, start+head)
			f.add(start, end, classPath)
			i = end - 1
		}
	}
	f.homes()
}

// homes finds the home folder of this machine's user.
func (f *finder) homes() {
	s := f.s
	for _, home := range f.machine.homes {
		for i := strings.Index(s, home); i >= 0; {
			end := pathEnd(s, i, i+len(home))
			f.add(i, end, classPath)
			i = indexFrom(s, home, end)
		}
	}
}

// fileURL reports URLs of files, with an authority (RFC 8089) or without, and of
// the shares of a network.
func fileURL(s string, i int) int {
	if isAlnum(at(s, i-1)) || len(s)-i < 7 || !strings.EqualFold(s[i:i+5], "file:") || s[i+5] != '/' {
		return 0
	}
	if strings.HasPrefix(s[i+5:], "//") && isAlnum(at(strings.TrimLeft(s[i+7:], "/~"), 0)) {
		return 7
	}
	if n := rooted(s[i+6:]); n > 0 || isLetter(s[i+6]) && at(s, i+7) == ':' {
		return 6 + n
	}
	return 0
}

// unixPath returns where a path begins that is told by the slash at i, and how
// much of it is known to be one.
func unixPath(s string, i int) (start, head int) {
	switch scheme, kind := network(s, i); {
	case kind == aShare && component(at(s, i+1)):
		return scheme, i - scheme + 1
	case kind == noNetwork && !begins(s, i):
		return relative(s, i)
	}
	if n := rooted(s[i+1:]); n > 0 {
		return i, 1 + n
	}
	return i, 0
}

// begins reports that the slash at i is the first of a path and not in the middle
// of one, of a URL or an import.
func begins(s string, i int) bool {
	before := at(s, i-1)
	switch {
	case escaped(s, i):
		return true
	case isLetter(before) && at(s, i-2) == '-' && !isAlnum(at(s, i-3)) && at(s, i-3) != '-':
		return true // -I/home/x
	case isAlnum(before) || before == '_':
		start := i
		for start > 0 && (isUpper(s[start-1]) || isDigit(s[start-1]) || s[start-1] == '_') {
			start--
		}
		return at(s, start-1) == '$' // $ROOT/home/x
	case before == '}':
		near := s[max(0, i-maxPart):i]
		open := strings.LastIndexByte(near, '{')
		return open < 1 || near[open-1] == '$' // and not that of a route
	case before == ':':
		return i < 2 || !isLetter(s[i-2]) || at(s, i+1) != '/'
	case before == '/':
		slashes := i
		for slashes > 0 && s[slashes-1] == '/' {
			slashes--
		}
		return i-slashes >= 2 && at(s, slashes-1) == ':' && i-slashes < 4 // sqlite:///home/x
	}
	return before == 0 || strings.IndexByte("._-~*?$\\%", before) < 0
}

// networked says what kind of an authority a slash stands behind.
type networked int8

const (
	noNetwork networked = iota // none, or that of a web page
	aMachine
	aShare
)

// network looks at the slash behind the authority of a URL, and returns where that
// begins.
func network(s string, i int) (start int, kind networked) {
	from := i
	for from > 0 && s[from-1] != '/' && !endsURL(s[from-1]) {
		from--
	}
	if from == i || from < 4 || s[from-3:from] != "://" {
		return 0, noNetwork
	}
	start = from - 3
	for start > 0 && (isAlnum(s[start-1]) || s[start-1] == '-' || s[start-1] == '+') {
		start--
	}
	switch strings.ToLower(s[start : from-3]) {
	case "http", "https", "ws", "wss", "git", "":
		return 0, noNetwork
	case "smb", "cifs", "nfs", "afp":
		return start, aShare
	}
	return start, aMachine
}

// rooted returns the length of the root that stands behind a slash, zero if there is
// none or nothing below it.
func rooted(rest string) int {
	below := mounted(rest)
	for _, root := range roots {
		under, ok := strings.CutPrefix(below, root)
		if !ok {
			continue
		}
		under = strings.TrimLeft(under, "0123456789") // home2, volume1
		if len(under) > 1 && under[0] == '/' && component(under[1]) {
			return len(rest) - len(under)
		}
	}
	if second, under, ok := cutParts(below); ok && (isOf(second, common) || strings.HasPrefix(below, "u/")) {
		return len(rest) - len(under) - 1
	}
	if n := inner(below); n > 0 {
		return len(rest) - len(below) + n
	}
	return 0
}

// cutParts returns the second part of a path, and what is below it.
func cutParts(path string) (second, under string, ok bool) {
	_, rest, ok := strings.Cut(path, "/")
	second, under, _ = strings.Cut(rest, "/")
	return second, under, ok && second != "" && under != "" && component(under[0])
}

// mounted cuts off the places at which systems show the drives of other ones.
func mounted(rest string) string {
	for _, mount := range mounts {
		rest = strings.TrimPrefix(rest, mount)
	}
	if len(rest) > 2 && isLower(rest[0]) && rest[1] == '/' && strings.HasPrefix(rest[2:], "Users/") {
		return rest[2:]
	}
	return rest
}

// inner returns where a home folder is named within a path that begins in one of
// the system's own folders, as those of containers and other roots are.
func inner(rest string) int {
	first, _, ok := strings.Cut(rest, "/")
	if !ok || !isOf(first, outer) {
		return 0
	}
	end := 0
	for end < len(rest) && !endsPath(rest, end) {
		end++
	}
	for _, home := range []string{"/home/", "/Users/"} {
		if i := strings.Index(rest[:end], home); i >= 0 && component(at(rest[:end], i+len(home))) {
			return i + len(home)
		}
	}
	return 0
}

// relative looks at a slash or backslash in the middle of something: paths that
// begin below the root, as those in archives do, are told by a user's folders.
func relative(s string, i int) (start, head int) {
	rest, part := s[i+1:], partBefore(s, i)
	n := nested(rest)
	users := part == "Users" && leads(s, i-len(part)) || isOf(part, personal) && begun(s, i-len(part))
	if !users && (n == 0 || part == "" || part == "." || part == "..") {
		return i, 0
	}
	for start = i; start > 0 && !endsWord(s, start-1); {
		start--
	}
	if users && component(at(rest, 0)) && strings.ContainsAny(rest, `/\`) {
		return start, i - start + 1
	}
	if n > 0 && !strings.Contains(firstPart(s[start:i]), ".") { // of a module
		return start, i - start + 1 + n
	}
	return i, 0
}

// partBefore is the part of a path before the separator at i.
func partBefore(s string, i int) string {
	start := i
	for start > 0 && i-start < maxPart && component(s[start-1]) {
		start--
	}
	return s[start:i]
}

// maxPart is longer than the names that are looked for.
const maxPart = 32

// endsWord reports what a relative path does not go on over backwards.
func endsWord(s string, i int) bool {
	return endsPath(s, i) || strings.IndexByte("=([{:", s[i]) >= 0
}

// begun reports that what stands at i is the first part of a path.
func begun(s string, i int) bool { return i == 0 || endsWord(s, i-1) }

// leads reports the same, but for dots: ../../Users.
func leads(s string, i int) bool {
	for i > 0 && strings.IndexByte(`./\`, s[i-1]) >= 0 {
		i--
	}
	return begun(s, i)
}

// firstPart is the first part of a path, dots before it left aside.
func firstPart(path string) string {
	path = strings.TrimLeft(path, `./\`)
	if i := strings.IndexAny(path, `/\`); i >= 0 {
		return path[:i]
	}
	return path
}

// nested reports that a folder that only users have stands here, and something below.
func nested(rest string) int {
	for _, folder := range personal {
		if under, ok := strings.CutPrefix(rest, folder); ok && len(under) > 1 && (under[0] == '/' || under[0] == '\\') && component(under[1]) {
			return len(folder)
		}
	}
	return 0
}

func component(c byte) bool {
	return isAlnum(c) || c >= 0x80 || c == '.' || c == '_' || c == '-' || c == '@' || c == '$' || c == '#' || c == '+'
}

// isOf reports one of these words, in any case.
func isOf(word string, words []string) bool {
	for _, w := range words {
		if len(w) == len(word) && strings.EqualFold(word, w) {
			return true
		}
	}
	return false
}

// windowsPath returns where a path begins that is told by the backslash at i.
func windowsPath(s string, i int) (start, head int) {
	if at(s, i+1) == '\\' {
		if n := share(s, i); n > 0 {
			return i, n
		}
		return i, 0
	}
	for _, root := range []string{`Users\`, `Device\Harddisk`, `Documents and Settings\`} {
		if strings.HasPrefix(s[i+1:], root) && component(at(s, i+1+len(root))) && !isAlnum(at(s, i-1)) {
			return i, 1 + len(root)
		}
	}
	return relative(s, i)
}

// share reports \\server\share, in JSON with every backslash doubled, and the
// names that Windows keeps for paths of any length.
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
	if s[n:i] == "?" && at(s, i) == '\\' && component(at(s, i+1)) {
		return i + 1 - start
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

// homePath reports ~/x, ~user/x and the variables that stand for a folder of a
// user's.
func homePath(s string, i int) int {
	before := at(s, i-1)
	if before == '/' && s[i] == '~' {
		return homePage(s, i)
	}
	if isAlnum(before) || before == '/' || before == '.' {
		return 0
	}
	if s[i] == '~' {
		return tilde(s, i)
	}
	end := i
	for _, v := range variables {
		if len(s)-end > len(v) && strings.EqualFold(s[end:end+len(v)], v) {
			end += len(v) // %HOMEDRIVE%%HOMEPATH%
		}
	}
	if end > i && (at(s, end) == '/' || at(s, end) == '\\') && component(at(s, end+1)) {
		return end - i
	}
	return 0
}

// tilde reports a shell's shorthand for a home folder: with something below it,
// or where only a folder can stand.
func tilde(s string, i int) int {
	end := i + 1
	for end < len(s) && (isAlnum(s[end]) || s[end] == '_' || s[end] == '-' || s[end] >= 0x80) {
		end++
	}
	if isDigit(at(s, i+1)) {
		return 0 // about
	}
	if (at(s, end) == '/' || at(s, end) == '\\') && component(at(s, end+1)) || end > i+2 && isOf(wordBefore(s, max(0, i-1)), visits) {
		return end - i
	}
	return 0
}

// maxURL is how far before it the beginning of a URL is looked for.
const maxURL = 128

// homePage reports the name in https://example.com/~name.
func homePage(s string, i int) int {
	start, end := i, i+1
	for start > 0 && i-start < maxURL && !endsURL(s[start-1]) {
		start--
	}
	for end < len(s) && (isAlnum(s[end]) || s[end] == '_' || s[end] == '-') {
		end++
	}
	if end > i+2 && isLetter(s[i+1]) && strings.Contains(s[start:i], "://") {
		return end - i
	}
	return 0
}
