package sanitize

import "strings"

// assignments finds what stands behind the names of secrets: key=value, key: value,
// "key":"value", --key value, and behind the schemes of RFC 7235's header.
func (f *finder) assignments(g signs) {
	s := f.s
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '=' || c == ':':
			if at(s, i+1) == '=' || at(s, i+1) == c {
				continue // the second sign counts
			}
			if end := f.assigned(i); end > i {
				i = end - 1
			}
		case c == ',' && (at(s, i-1) == '"' || at(s, i-1) == '\''): // define("PASSWORD", "x")
			if end := f.assigned(i); end > i {
				i = end - 1
			}
		case c == '-' && isLetter(at(s, i+1)) && !isAlnum(at(s, i-1)):
			f.option(i + 1)
		}
	}
	if g.run >= minRun {
		f.schemes()
	}
}

// assigned looks at the name before the sign at i and at the value behind it.
func (f *finder) assigned(i int) int {
	s := f.s
	end := i
	for end > 0 && strings.IndexByte(` "'\:=]`, s[end-1]) >= 0 && i-end < 3 {
		end--
	}
	start := nameStart(s, end)
	if strings.EqualFold(s[start:end], "value") { // {"name":"DB_PASSWORD","value":"x"}
		end = len(strings.TrimRight(s[:start], "\\\"', :="))
		start = nameStart(s, end)
	}
	sure := secretKey(s[start:end])
	if sure == notSecret {
		return 0
	}
	value := i + 1
	if s[i] == '=' && at(s, value) == '>' { // Ruby, PHP
		value++
	}
	from, to, quoted := valueAt(s, value)
	call := s[i] == ',' // of a function
	if call && (!quoted || sure < sureSecret || at(s, start-2) != '(') || strings.HasSuffix(s[start:end], "PWD") && at(s, end-4) != '_' && (s[i] == '=' || folder(s[from:to])) {
		return 0 // PWD and OLDPWD are folders
	}
	if scheme := strings.ToLower(s[from:to]); scheme == "bearer" || scheme == "basic" || scheme == "token" || scheme == "digest" || scheme == "apikey" {
		from, to, quoted = valueAt(s, to)
		sure = max(sure, weakSecret)
	}
	loose := call || !quoted && (s[i] == ':' && at(s, i-1) != ':' || s[i] == '=' && at(s, i+1) == ' ')
	if !secretValue(s[from:to], sure, loose) {
		return 0
	}
	f.add(from, to, classSecret)
	return to
}

func folder(v string) bool {
	return v == "" || strings.IndexByte("/~.<", v[0]) >= 0 || at(v, 1) == ':'
}

func nameStart(s string, end int) int {
	start := end
	for start > 0 && (isAlnum(s[start-1]) || s[start-1] >= 0x80 || strings.IndexByte("_-.", s[start-1]) >= 0) {
		start--
	}
	return start
}

// option looks at a flag whose value is the next argument.
func (f *finder) option(start int) {
	s := f.s
	end := start
	for end < len(s) && (isAlnum(s[end]) || s[end] == '-' || s[end] == '_') {
		end++
	}
	if at(s, end) != ' ' {
		return
	}
	sure := secretKey(s[start:end])
	from, to, quoted := valueAt(s, end)
	if sure != notSecret && at(s, from) != '-' && secretValue(s[from:to], sure, !quoted) {
		f.add(from, to, classSecret)
	}
}

// valueAt returns the word or the quoted text that begins at i or a bit later.
func valueAt(s string, i int) (from, to int, quoted bool) {
	for i < len(s) && (s[i] == ' ' || s[i] == '\\' && at(s, i+1) == '"') && i < len(s) {
		i++
	}
	if q := at(s, i); q == '"' || q == '\'' || q == '`' {
		end := i + 1
		for end < len(s) && (s[end] != q || s[end-1] == '\\' && s[i-1] != '\\') {
			end++
		}
		if end > i+1 && s[end-1] == '\\' {
			end--
		}
		return i + 1, max(end, i+1), true
	}
	end := i
	for end < len(s) && s[end] > ' ' && strings.IndexByte("&;,\"'`<>|)]}", s[end]) < 0 && !closes(s[end:]) {
		end++
	}
	if end == i && at(s, i) == '<' {
		end++ // a marker; see secretValue
	}
	return i, end, false
}

// closes reports a closing quotation mark.
func closes(s string) bool {
	return s[0] >= 0x80 && (strings.HasPrefix(s, "»") || strings.HasPrefix(s, "”") || strings.HasPrefix(s, "’") || strings.HasPrefix(s, "“"))
}

// secretValue tells values from what documentation, messages and code have in
// their place. A loose value is one that may be the next word of a sentence.
func secretValue(v string, sure strength, loose bool) bool {
	if v == "" || strings.IndexByte("<$%{*([\\+", v[0]) >= 0 || strings.ContainsAny(v, "( ") && (loose || sure < sureSecret) || strings.HasSuffix(v, "()") || strings.HasPrefix(v, "os.") || blank(v) || (loose || sure < sureSecret) && mention(v) {
		return false // a marker, a variable, a mask; code; words
	}
	if loose {
		v = strings.TrimRight(v, "!?.,:")
	}
	digits, letters, other, upper := 0, 0, 0, 0
	for i := range len(v) {
		switch c := v[i]; {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
			if isUpper(c) && i > 0 {
				upper++
			}
		case strings.IndexByte(".,-/:?_", c) < 0:
			other++
		}
	}
	mixed := digits > 0 && letters > 0 || other > 0 && letters > 1 || upper > 1 && upper < letters-1
	switch {
	case loose:
		return len(v) >= 6 && mixed && strings.IndexByte(v, ':') < 0
	case sure == sureSecret:
		return len(v) >= 3
	default:
		return len(v) >= 6 && (mixed || digits >= 6)
	}
}

// mention reports the place of a value in a program: names with dots between them.
func mention(v string) bool {
	dot := strings.IndexByte(v, '.')
	return dot > 0 && dot < len(v)-1 && count(v, isLetter)+strings.Count(v, ".")+strings.Count(v, "_") == len(v)
}

// blanks are what stands in the place of secrets.
var blanks = []string{
	"true", "false", "null", "nil", "none", "yes", "no", "string", "str", "redacted", "required", "optional", "missing", "invalid", "empty", "unset", "undefined",
	"hidden", "masked", "changed", "expired", "incorrect", "wrong", "ok", "failed", "file", "stdin", "prompt", "env", "auto", "default", "enabled", "disabled",
}

func blank(v string) bool {
	for _, b := range blanks {
		if strings.EqualFold(v, b) {
			return true
		}
	}
	return strings.Trim(v, "xX*.-_…") == ""
}
