package sanitize

import (
	"slices"
	"strings"
)

// ipv4s finds addresses of single hosts, written with dots, or with hyphens as
// clouds name their machines ("ip-10-0-0-1"). The loopback, networks' masks and
// multicast groups are nobody's.
func (f *finder) ipv4s() {
	s := f.s
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		end := i
		for end < len(s) && (isDigit(s[end]) || s[end] == '.') {
			end++
		}
		stop := end
		for s[end-1] == '.' {
			end--
		}
		address := withoutPort(s, i, end)
		if four(s[i:address], '.') && at(s, i-1) != '.' && !version(s, i, address) {
			f.add(i, address, classIP)
		}
		i = stop
	}
	f.hosts()
}

// hosts finds addresses in the names that clouds and providers give machines:
// "ip-10-0-0-1", "dsl-203-0-113-7.example.com".
func (f *finder) hosts() {
	s := f.s
	for i := strings.IndexByte(s, '-'); i >= 0; i = nextByte(s, '-', i+1) {
		start, end := i, i
		for start > 0 && isDigit(s[start-1]) {
			start--
		}
		for end < len(s) && (isDigit(s[end]) || s[end] == '-') {
			end++
		}
		if start == i || isAlnum(at(s, start-1)) {
			continue
		}
		group := strings.TrimRight(s[start:end], "-")
		if four(group, '-') && (cloud(s[:start]) || domain(s[start+len(group):])) {
			f.add(start, start+len(group), classIP)
		}
		i = max(i, end-1)
	}
}

func cloud(before string) bool {
	return len(before) >= 3 && strings.EqualFold(before[len(before)-3:], "ip-") && !isAlnum(at(before, len(before)-4))
}

// domain reports two labels or more, each with a dot before it.
func domain(s string) bool {
	labels := 0
	for at(s, 0) == '.' && isAlnum(at(s, 1)) {
		end := 1
		for end < len(s) && (isAlnum(s[end]) || s[end] == '-') {
			end++
		}
		s, labels = s[end:], labels+1
	}
	return labels >= 2
}

// withoutPort returns where the address at s[start:end] ends if it has its port behind
// another dot, as tcpdump writes it ("IP 192.0.2.7.443 > 192.0.2.9.5123"), else end.
func withoutPort(s string, start, end int) int {
	dot := start + strings.LastIndexByte(s[start:end], '.')
	if strings.Count(s[start:end], ".") == 4 && (strings.HasSuffix(s[:start], "IP ") || strings.HasSuffix(s[:start], "> ") || strings.HasPrefix(s[end:], " >")) {
		return dot
	}
	return end
}

// four reports four numbers that can be a host's address: no leading zeros, and
// the first one below the multicast groups.
func four(s string, sep byte) bool {
	n, value, digits := 0, 0, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && isDigit(s[i]) {
			if digits == 1 && value == 0 {
				return false
			}
			value, digits = value*10+int(s[i]-'0'), digits+1
			if value > 255 {
				return false
			}
			continue
		}
		if i < len(s) && s[i] != sep || digits == 0 || n == 0 && (value == 0 || value == 127 || value > 223) {
			return false
		}
		n, value, digits = n+1, 0, 0
	}
	return n == 4
}

// private reports addresses that no version of anything begins with.
func private(s string) bool {
	return strings.HasPrefix(s, "10.") || strings.HasPrefix(s, "192.168.") || strings.HasPrefix(s, "169.254.") ||
		strings.HasPrefix(s, "172.") && len(s) > 6 && (s[4] == '1' && s[5] >= '6' || s[4] == '2' || s[4] == '3' && s[5] <= '1')
}

// versionWords come before versions of four numbers.
var versionWords = []string{
	"version", "versions", "ver", "v", "release", "released", "build", "upgrade", "upgraded", "upgrading", "downgrade", "downgraded", "update", "updated",
	"assembly", "firmware", "driver", "oid", "section", "sections", "chapter", "tag", "tagged", "sdk", "revision", "rev", "patch", "hotfix", "bump", "bumped",
	"fileversion", "productversion", "assemblyversion", "go", "java", "chrome", "chromium", "edge", "paragraph", "clause", "bios", "rfc", "dwarf", "appendix",
}

// fileEnds follow versions in the names of files.
var fileEnds = []string{"tar", "zip", "deb", "rpm", "exe", "dll", "jar", "whl", "gem", "nupkg", "msi", "dmg", "apk", "tgz", "so"}

// marks are how versions that are not final go on.
var marks = []string{"rc", "beta", "alpha", "a", "b", "pre", "dev", "post", "p", "r", "snapshot", "final", "release", "build", "sp", "ubuntu", "deb", "el"}

// version reports that the four numbers at s[start:end] are more likely those of
// a version: by the sign before or behind them, or by the words before. Of private
// addresses only a word says so.
func version(s string, start, end int) bool {
	after, before := at(s, end), at(s, start-1)
	switch {
	case (after == ':' || after == '/') && isDigit(at(s, end+1)) && (before == ' ' || before == 0): // a port, a network
		return false
	case isLetter(before):
		if slices.Contains(versionWords, strings.ToLower(wordBefore(s, start))) {
			return true
		}
	case versionBefore(s, start), isLetter(after) && marked(s[end:]), (after == '-' || after == '+' || after == '~') && marked(s[end+1:]):
		return true
	}
	if private(s[start:end]) {
		return false
	}
	switch {
	case isDigit(s[start+1]) && isDigit(s[start+2]): // few versions begin with three digits
		return false
	case after == '.' && slices.ContainsFunc(fileEnds, func(e string) bool { return strings.HasPrefix(s[end+1:], e) }):
		return true
	case before == '@', before == '^', before == '~':
		return true
	case before == '-', before == '_', before == '/':
		return isAlnum(at(s, start-2))
	case before == '=':
		return start > 1 && strings.IndexByte("=<>~!", s[start-2]) >= 0
	}
	return false
}

// marked reports that s begins with a mark of a version, as a word of its own.
func marked(s string) bool {
	end := 0
	for end < len(s) && isLetter(s[end]) {
		end++
	}
	return slices.Contains(marks, strings.ToLower(s[:end]))
}

func wordBefore(s string, i int) string {
	start := i
	for start > 0 && isLetter(s[start-1]) {
		start--
	}
	return s[start:i]
}

// machineWords come before addresses.
var machineWords = []string{
	"host", "ip", "addr", "address", "peer", "client", "dial", "tcp", "udp", "via", "ping", "remote", "gateway", "resolver", "nameserver", "endpoint", "proxy",
	"node", "machine", "connect", "connecting", "source", "src", "dst", "lookup",
}

// links are the words between the versions of a list.
var links = []string{"and", "or", "to", "from", "than", "is", "was", "not", "until"}

// versionBefore looks for a word that says version, at most one other word and
// any number of versions before start.
func versionBefore(s string, start int) bool {
	i, others := start, 0
	for i > 0 && others < 2 {
		for i > 0 && !isLetter(s[i-1]) {
			if i--; strings.IndexByte(" :=\"'([{<>~.,0123456789", s[i]) < 0 {
				return false
			}
		}
		word := strings.ToLower(wordBefore(s, i))
		if slices.Contains(machineWords, word) && i >= start-2 {
			return false
		}
		if slices.Contains(versionWords, word) {
			return true
		}
		if !slices.Contains(links, word) {
			others++
		}
		i -= len(word)
	}
	return false
}

// hexGroups finds what consists of groups of hexadecimal digits: IPv6 (RFC 4291)
// and hardware addresses (IEEE 802: colons or hyphens; Cisco's dots).
func (f *finder) hexGroups(g signs) {
	s := f.s
	for i := 0; i < len(s); {
		if !isHex(s[i]) && s[i] != ':' {
			i++
			continue
		}
		end := i
		for end < len(s) && (isHex(s[end]) || s[end] == ':' || s[end] == '.' || s[end] == '-') {
			end++
		}
		f.hexGroup(i, end, g)
		i = end
	}
}

func (f *finder) hexGroup(start, stop int, g signs) {
	s := f.s
	if s[start] == ':' && at(s, start+1) != ':' { // "addr:fe80::1"
		start++
	} else if before := at(s, start-1); isAlnum(before) || before == '_' {
		colon := strings.IndexByte(s[start:stop], ':') + 1
		if start += colon; colon == 0 || at(s, start) == ':' { // "ip6:fe80::1"
			return
		}
	}
	if stop-start < 4 {
		return
	}
	run := s[start:stop]
	if stop-start == 12 && isOf(lastWord(s[:start]), cardWords) && !isAlnum(at(s, stop)) && !strings.ContainsAny(run, ":.-") {
		f.add(start, stop, classMAC)
		return
	}
	if hardware(run) && !isAlnum(at(s, stop)) {
		f.add(start, stop, classMAC)
		return
	}
	if !g.any(signColon) {
		return
	}
	if i := strings.IndexByte(run, '-'); i >= 0 {
		run = run[:i]
	}
	run = strings.TrimRight(run, ".")
	if strings.HasSuffix(run, ":") && !strings.HasSuffix(run, "::") {
		run = run[:len(run)-1]
	}
	if stop := start + len(run); hardware(run) && !isAlnum(at(s, stop)) {
		f.add(start, stop, classMAC)
	} else if (ipv6(run) || run != "::1" && shortIPv6(run) && addressed(s, start, stop)) && (!isAlnum(at(s, stop)) || at(s, stop) == '%') {
		f.add(start, zoneEnd(s, stop), classIP)
	}
}

// cardWords are the names of what bare digits of a network card stand behind.
var cardWords = []string{"mac", "hwaddr", "ether", "bssid", "macaddr", "macaddress", "mac_address", "mac_addr", "hw_addr", "hardware_address"}

// lastWord is the name that stands before a value and what is between them.
func lastWord(s string) string {
	s = strings.TrimRight(s, ` ":='\`)
	start := len(s)
	for start > 0 && (isAlnum(s[start-1]) || s[start-1] == '_') {
		start--
	}
	return s[start:]
}

// shortIPv6 reports two groups with a double colon between them: an address, if it
// stands where one does. Multicast groups are nobody's.
func shortIPv6(s string) bool {
	before, behind, ok := strings.Cut(s, "::")
	return ok && before != "" && behind != "" && lower(before[0]) != 'f' && len(before) <= 4 && len(behind) <= 4 && count(s, isHex) == len(before)+len(behind) && count(s, isDigit) > 0 && strings.IndexByte(s, '-') < 0
}

// addressed reports that brackets, a zone, the length of a network or a word say
// that something is an address.
func addressed(s string, start, end int) bool {
	return at(s, start-1) == '[' && at(s, end) == ']' || at(s, end) == '%' || at(s, end) == '/' && isDigit(at(s, end+1)) || directed(lastWord(s[:start]))
}

func directed(word string) bool {
	return word == "from" || word == "at" || word == "to" || isOf(word, machineWords)
}

func zoneEnd(s string, end int) int {
	if at(s, end) == '%' {
		for end++; end < len(s) && isAlnum(s[end]); end++ {
		}
	}
	return end
}

// hardware reports a MAC-48 or EUI-64 that is a card's, not zero and not the
// broadcast address.
func hardware(s string) bool {
	size, sep := 2, at(s, 2)
	switch {
	case sep == ':' && (len(s) == 17 || len(s) == 23), sep == '-' && (len(s) == 17 || len(s) == 23) && strings.ContainsAny(s, "abcdefABCDEF"):
	case strings.Count(s, ":") == 5:
		return short6(s)
	case (len(s) == 14 || len(s) == 19) && s[4] == '.' && strings.ContainsAny(s, "abcdefABCDEF"):
		size, sep = 4, '.'
	default:
		return false
	}
	same := true
	for i := range len(s) {
		if i%(size+1) == size {
			if s[i] != sep {
				return false
			}
			continue
		}
		if !isHex(s[i]) {
			return false
		}
		same = same && lower(s[i]) == lower(s[0])
	}
	return !same
}

// short6 reports six groups of one or two digits, as BSD's arp writes them. Without
// letters they may be times, with single ones anything.
func short6(s string) bool {
	letters, pairs := false, 0
	for g := range strings.SplitSeq(s, ":") {
		if g == "" || len(g) > 2 || count(g, isHex) != len(g) {
			return false
		}
		letters, pairs = letters || !allDigits(g), pairs+len(g)-1
	}
	return letters && pairs > 1
}

// ipv6 reports an address of RFC 4291 that is a host's. A double colon alone is
// an operator in too many languages: it counts if what is around it cannot be
// names, or begins like an address that is assigned.
func ipv6(s string) bool {
	groups, double, digits := 0, strings.Index(s, "::"), 0
	if double >= 0 && strings.Contains(s[double+2:], "::") || strings.Contains(s, ":::") {
		return false
	}
	rest := s
	if i := strings.LastIndexByte(s, ':'); strings.IndexByte(s, '.') > i && i >= 0 {
		if !quad(s[i+1:]) {
			return false
		}
		rest, groups = s[:i], 2
	}
	for g := range strings.SplitSeq(rest, ":") {
		if g == "" {
			continue
		}
		if len(g) > 4 || strings.IndexByte(g, '.') >= 0 {
			return false
		}
		groups++
		for i := range len(g) {
			if isDigit(g[i]) {
				digits++
			}
		}
	}
	if double < 0 {
		return groups == 8 && s[0] != ':'
	}
	return groups < 8 && groups > 1 && digits > 0 && (groups > 2 || assigned(s))
}

func quad(s string) bool { return strings.Count(s, ".") == 3 && len(s) >= 7 && isDigit(s[len(s)-1]) }

// assigned reports the beginnings of addresses in use: 2000::/3, fc00::/7,
// fe80::/10.
func assigned(s string) bool {
	first, _, _ := strings.Cut(s, ":")
	if len(first) != 4 {
		return false
	}
	two := strings.ToLower(first[:2])
	return first[0] == '2' || first[0] == '3' || two == "fc" || two == "fd" || two == "fe"
}

// indexFold is strings.Index for a lower-case ASCII needle in either case.
func indexFold(s, needle string, from int) int {
	for i := from; i+len(needle) <= len(s); i++ {
		if lower(s[i]) == needle[0] && strings.EqualFold(s[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}
