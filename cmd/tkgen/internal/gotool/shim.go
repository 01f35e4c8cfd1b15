package gotool

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// shim says why a build needs tkgen in front of the go command's tools.
type shim struct {
	// cover: the go command gives its cover tool the files of the source tree,
	// overlay or not (golang/go#73802).
	cover bool
	// messages: the overlay's files do not name the source in a comment, since
	// that path would make binaries of two folders differ; so tools do not know
	// what they complain about.
	messages bool
	// embed: a go:embed pattern matches instrumented files, and has to find
	// those of the source.
	embed bool
	// callers is the -toolexec that the build has anyway.
	callers string
}

// flags is the -toolexec for the go command, if there is to be one.
func (s shim) flags(overlay string) ([]string, error) {
	switch {
	case s.cover || s.messages || s.embed:
	case s.callers != "":
		return []string{"-toolexec=" + s.callers}, nil
	default:
		return nil, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding tkgen for -toolexec: %w", err)
	}
	callers, err := unquote(s.callers)
	if err != nil {
		return nil, err
	}
	// The number says how many of the words behind it are the caller's.
	words := append([]string{self, ToolexecArg, overlay, strconv.Itoa(len(callers))}, callers...)
	for i, word := range words {
		if words[i], err = quote(word); err != nil {
			return nil, err
		}
	}
	return []string{"-toolexec=" + strings.Join(words, " ")}, nil
}

// unquote reads such a list.
func unquote(list string) (words []string, err error) {
	for list = strings.TrimSpace(list); list != ""; list = strings.TrimSpace(list) {
		end := strings.IndexAny(list, " \t\n\r")
		if list[0] == '\'' || list[0] == '"' {
			if end = strings.IndexByte(list[1:], list[0]) + 2; end < 2 {
				return nil, fmt.Errorf("reading -toolexec: a quotation mark is missing in %s", list)
			}
			words, list = append(words, list[1:end-1]), list[end:]
			continue
		}
		if end < 0 {
			end = len(list)
		}
		words, list = append(words, list[:end]), list[end:]
	}
	return words, nil
}

// quote writes a word as the go command's flags that are lists want it.
func quote(word string) (string, error) {
	switch {
	case word != "" && !strings.ContainsAny(word, "'\" \t\n\r"):
		return word, nil
	case !strings.Contains(word, "'"):
		return "'" + word + "'", nil
	case !strings.Contains(word, `"`):
		return `"` + word + `"`, nil
	}
	return "", fmt.Errorf("-toolexec cannot hold %s: the go command knows no way to write a word with both kinds of quotes; rename the folder, or set TMPDIR to another one", word)
}
