//go:build !wasm

package spool

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// MarkFile is beside the segments and says how far each has been taken over. A
// writer that has to remove one which nobody came to remove looks there, so that
// it does not count as lost what is safe: it cannot ask the database.
const MarkFile = "taken"

// Mark writes the file. It may be missing or old: then a loss is overstated.
func (r Reader) Mark(taken []event.Mark) {
	path := filepath.Join(r.Dir, MarkFile)
	if len(taken) == 0 {
		_ = os.Remove(path)
		return
	}
	var text strings.Builder
	for _, m := range taken {
		text.WriteString(m.Name + " " + m.First.String() + " " + strconv.FormatInt(m.Next, 10) + "\n")
	}
	_ = folder.Note(path, []byte(text.String()))
}

// marked returns how far a segment has been taken over, nowhere if that is not
// known.
func (r Reader) marked(name string) event.Mark {
	text, _ := folder.ReadFile(filepath.Join(r.Dir, MarkFile))
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != name {
			continue
		}
		first, err := event.ParseID(fields[1])
		next, numErr := strconv.ParseInt(fields[2], 10, 64)
		if err == nil && numErr == nil {
			return event.Mark{Name: name, First: first, Next: next}
		}
	}
	return event.Mark{Name: name}
}

// Clear removes all segments and the mark, and the folder if it is empty then. It
// returns what it removed, with the sizes.
func (r Reader) Clear() (sizes map[string]int64, err error) {
	names, err := r.Segments()
	if err != nil {
		return nil, err
	}
	defer lockDir(r.Dir)()
	sizes = map[string]int64{}
	for _, name := range append(names, MarkFile) {
		path := filepath.Join(r.Dir, name)
		info, statErr := os.Lstat(path)
		if statErr != nil {
			continue
		}
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return sizes, err
		}
		sizes[path] = info.Size()
	}
	_ = os.Remove(r.Dir) // a program that runs may have written again
	return sizes, nil
}
