package sanitize

import "strings"

// urls finds URLs that carry credentials: user information, a parameter that is
// named like one, or a path that is a secret by itself (webhooks). Of others the
// detectors of what stands in them decide.
func (f *finder) urls() {
	s := f.s
	for i := strings.Index(s, "://"); i >= 0; {
		start, end := i, i+3
		for start > 0 && (isAlnum(s[start-1]) || strings.IndexByte("+-.", s[start-1]) >= 0) {
			start--
		}
		for end < len(s) && !endsURL(s[end]) {
			end++
		}
		if start < i && credentials(s[i+3:end]) {
			f.add(start, end, classURL)
		}
		next := strings.Index(s[i+3:], "://")
		if next < 0 {
			return
		}
		i += 3 + next
	}
}

func endsURL(c byte) bool { return c <= ' ' || strings.IndexByte("\"'`<>", c) >= 0 }

// credentials looks at what follows "://".
func credentials(rest string) bool {
	if strings.Contains(rest, "://") { // several without white space between them
		rest, _, _ = strings.Cut(rest, "://")
	}
	place, query := rest, ""
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		// A password with one of these in it: people do not escape them.
		if colon, at := strings.IndexByte(rest, ':'), strings.IndexByte(rest, '@'); colon >= 0 && colon < i && at > i && !strings.ContainsAny(rest[:at], "/=&") && !allDigits(rest[colon+1:i]) {
			return true
		}
		place, query = rest[:i], rest[i+1:]
	}
	authority, path, _ := strings.Cut(place, "/")
	if user, _, ok := cutLast(authority, '@'); ok && user != "" && !isOf(user, accounts) {
		return true
	}
	// A password with a slash in it: the part before that is no host and port.
	if _, port, ok := strings.Cut(authority, ":"); ok && !allDigits(port) && !strings.HasPrefix(authority, "[") && strings.IndexByte(path, '@') > 0 {
		return true
	}
	return webhook(authority, path) || secretParameter(query)
}

// accounts are nobody's.
var accounts = []string{"git", "hg", "svn", "guest", "anonymous", "root"}

func cutLast(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// webhooks are places at which knowing the address is being allowed.
var webhooks = []struct{ host, path string }{
	{"hooks.slack.com", "services/"},
	{"hooks.slack.com", "workflows/"},
	{"hooks.slack.com", "triggers/"},
	{"discord.com", "api/webhooks/"},
	{"discordapp.com", "api/webhooks/"},
	{"api.telegram.org", "bot"},
	{"webhook.office.com", "webhookb2/"},
	{"outlook.office.com", "webhook/"},
	{"outlook.office365.com", "webhook/"},
	{"logic.azure.com", "workflows/"},
	{"hooks.zapier.com", "hooks/"},
	{"chat.googleapis.com", "v1/spaces/"},
	{"hooks.teams.microsoft.com", ""},
	{"maker.ifttt.com", "trigger/"},
	{"webhook.site", ""},
	{"pipedream.net", ""},
	{"events.pagerduty.com", "integration/"},
	{"alert.victorops.com", "integrations/"},
}

// hooked reports a part of a path that follows the word hook and is drawn and not
// written: a UUID, or letters and digits.
func hooked(path string) bool {
	hook := false
	for part := range strings.SplitSeq(path, "/") {
		if hook && (uuid(part) || len(part) >= 20 && count(part, isDigit) > 2 && count(part, isAlnum) == len(part) && !wordy(part)) {
			return true
		}
		hook = hook || strings.Contains(part, "hook")
	}
	return false
}

func webhook(authority, path string) bool {
	host, _, _ := strings.Cut(authority, ":")
	for _, w := range webhooks {
		if strings.HasSuffix(host, w.host) && strings.HasPrefix(path, w.path) {
			return true
		}
	}
	return hooked(path)
}

func secretParameter(query string) bool {
	for query != "" {
		i := strings.IndexAny(query, "&;#")
		p := query
		if i >= 0 {
			p, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		key, value, ok := strings.Cut(p, "=")
		if ok && len(value) >= 4 && value[0] != '<' && (secretKey(key) != notSecret || strings.EqualFold(key, "sig") || strings.EqualFold(key, "code") || strings.EqualFold(key, "ticket") || strings.EqualFold(key, "key")) {
			return true
		}
	}
	return false
}

// logins finds credentials in front of a place without a scheme, as drivers of
// databases take them: user:password@tcp(host:3306)/name.
func (f *finder) logins() {
	s := f.s
	for i := strings.IndexByte(s, '@'); i >= 0; i = nextByte(s, '@', i+1) {
		start := i
		for start > 0 && !endsURL(s[start-1]) && strings.IndexByte("/@=(,", s[start-1]) < 0 {
			start--
		}
		user, password, ok := strings.Cut(s[start:i], ":")
		if end := place(s, i+1); ok && user != "" && password != "" && password[0] != '<' && end > 0 {
			for end < len(s) && !endsURL(s[end]) {
				end++
			}
			f.add(start, end, classURL)
		}
	}
}

// place returns where a host and port, or a network and its address, end; zero
// if there is none.
func place(s string, i int) int {
	for _, network := range []string{"tcp(", "unix(", "udp("} {
		if strings.HasPrefix(s[i:], network) {
			return i + len(network)
		}
	}
	end := i
	for end < len(s) && (isAlnum(s[end]) || s[end] == '.' || s[end] == '-') {
		end++
	}
	if end == i || strings.HasPrefix(s[i:], "sha256") || strings.HasPrefix(s[i:], "sha512") {
		return 0 // an image, by its digest
	}
	if at(s, end) == '/' && isLetter(at(s, end+1)) && !isDigit(s[i]) {
		return end
	}
	if at(s, end) != ':' || !isDigit(at(s, end+1)) {
		return 0
	}
	for end++; end < len(s) && isDigit(s[end]); end++ {
	}
	return end
}
