//go:build !wasm

package spool

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Reader reads what Writers wrote. It changes nothing but by Remove.
type Reader struct {
	// Dir is the folder of the segments. It need not exist.
	Dir string
	// Describe, if it is not nil, completes the records that were read.
	Describe func([]event.Record)
}

// window is how much of a segment is read at once: a whole one, always.
const window = 2 * MaxSegment

// table is the one that the processor computes with; making it takes 120 µs,
// which a reader has.
var table = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// Segments returns the names of the segments, oldest first. Files of other
// names, those of a later format among them, are left alone.
func (r Reader) Segments() ([]string, error) {
	entries, err := os.ReadDir(r.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing spool: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, ok := hourOf(e.Name()); ok && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names, nil
}

// Size returns how many bytes the segments hold together.
func (r Reader) Size() int64 {
	names, _ := r.Segments()
	total := int64(0)
	for _, name := range names {
		if info, err := os.Lstat(filepath.Join(r.Dir, name)); err == nil {
			total += info.Size()
		}
	}
	return total
}

// Read returns the records of a segment from offset on. If the segment does
// not begin with the record first, it is not the one that offset belongs to and
// is read from its start. Reading stops at bytes that may be a frame on its way
// to the disk: those after the last whole frame.
func (r Reader) Read(name string, first event.ID, offset int64) (event.Reading, error) {
	file, err := openRead(filepath.Join(r.Dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return event.Reading{First: first, Next: offset}, nil // removed by another reader
	}
	if err != nil {
		return event.Reading{}, fmt.Errorf("reading spool: %w", err)
	}
	defer file.Close()
	reading, err := read(file, first, offset)
	if err != nil {
		return event.Reading{}, fmt.Errorf("reading spool segment %s: %w", name, err)
	}
	if r.Describe != nil {
		r.Describe(reading.Records)
	}
	return reading, nil
}

func read(file *os.File, first event.ID, offset int64) (event.Reading, error) {
	info, err := file.Stat()
	if err != nil {
		return event.Reading{}, err
	}
	if offset > 0 {
		same, err := beginsWith(file, first)
		if err != nil {
			return event.Reading{}, err
		}
		if !same || offset > info.Size() {
			offset = 0
		}
	}
	data, err := io.ReadAll(io.NewSectionReader(file, offset, window))
	if err != nil {
		return event.Reading{}, err
	}
	reading := scan(data)
	if offset > 0 {
		reading.First = first
	}
	reading.Next += offset
	if rest := offset + int64(len(data)) - reading.Next; len(data) == window && rest > headerSize+MaxPayload {
		// So much cannot be one frame on its way: somebody else's bytes.
		skip := rest - headerSize - MaxPayload
		reading.Torn, reading.TornBytes, reading.Next = reading.Torn+1, reading.TornBytes+skip, reading.Next+skip
	}
	return reading, nil
}

func beginsWith(file *os.File, first event.ID) (bool, error) {
	head, err := io.ReadAll(io.NewSectionReader(file, 0, headerSize+MaxPayload))
	if err != nil {
		return false, err
	}
	if f, ok := decode(table(), head); ok {
		return f.record.ID == first, nil
	}
	all, err := io.ReadAll(io.NewSectionReader(file, 0, window))
	return scan(all).First == first, err
}

// scan reads all whole frames of data. Next is the end of the last of them.
func scan(data []byte) event.Reading {
	var got event.Reading
	for at := 0; ; {
		f, ok := decode(table(), data[at:])
		if !ok {
			next, found := resync(data, at+1)
			if !found {
				return got
			}
			got.Torn, got.TornBytes = got.Torn+1, got.TornBytes+int64(next-at)
			at = next
			continue
		}
		if got.Next == 0 {
			got.First = f.record.ID
		}
		if !f.loss {
			got.Records = append(got.Records, f.record)
		}
		got.Dropped += int64(f.dropped)
		at += f.size
		got.Next = int64(at)
	}
}

// resync returns the position of the first whole frame from at on.
func resync(data []byte, at int) (int, bool) {
	for at < len(data) {
		i := bytes.Index(data[at:], []byte(magic))
		if i < 0 {
			return 0, false
		}
		at += i
		if _, ok := decode(table(), data[at:]); ok {
			return at, true
		}
		at++
	}
	return 0, false
}

// Over reports that the hour of a segment is over.
func (r Reader) Over(name string, now time.Time) bool {
	hour, ok := hourOf(name)
	return ok && now.Sub(hour).Abs() >= time.Hour
}

// Remove removes a segment whose hour is over if all of it up to offset has
// been taken and no writer has it open. tail is how many bytes were left behind
// offset: the torn end of a writer that is gone.
func (r Reader) Remove(name string, offset int64, now time.Time) (removed bool, tail int64, err error) {
	if !r.Over(name, now) {
		return false, 0, nil
	}
	removed, tail, err = removeUnused(filepath.Join(r.Dir, name), func(file *os.File, size int64) bool {
		if size == offset {
			return true
		}
		rest, err := io.ReadAll(io.NewSectionReader(file, offset, window))
		return err == nil && scan(rest).Next == 0 && offset+int64(len(rest)) == size
	}, offset)
	if err != nil {
		return false, 0, fmt.Errorf("removing spool segment %s: %w", name, err)
	}
	return removed, tail, nil
}

// Gone reports that the process of a begin cannot write its end any more: it
// ran on this machine and is not there. Of a process that ran elsewhere (a home
// folder on a network, a container) nothing can be known.
func (r Reader) Gone(pid, host uint32) bool {
	return host == Host() && !alive(int(pid))
}
