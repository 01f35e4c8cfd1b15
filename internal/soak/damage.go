package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/telemetry-kit/telemetry-kit-go/internal/soak/keeper"
)

// magic begins every frame of a segment; its first byte is in no payload.
const magic = "\xf5TK1"

// specimen is a segment that a writer has written, and where its frames begin.
type specimen struct {
	name   string
	data   []byte
	frames []int // the last is the end
}

// specimen lets a writer write n events, without features, into a folder of their
// own.
func (r *round) specimen(n int) (specimen, error) {
	dir := filepath.Join(r.dir, "specimen")
	if err := r.recordAs(r.self, "-dir", dir, "-count", fmt.Sprint(n), "-plain"); err != nil {
		return specimen{}, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "spool", "*"))
	if err != nil || len(names) != 1 {
		return specimen{}, fmt.Errorf("reading what was written: %d segments, want 1: %w", len(names), err)
	}
	s := specimen{name: filepath.Base(names[0])}
	if s.data, err = os.ReadFile(names[0]); err != nil {
		return s, fmt.Errorf("reading what was written: %w", err)
	}
	for at := 0; ; at += len(magic) {
		next := bytes.Index(s.data[at:], []byte(magic))
		if next < 0 {
			break
		}
		at += next
		s.frames = append(s.frames, at)
	}
	s.frames = append(s.frames, len(s.data))
	if len(s.frames) != n+1 {
		return s, fmt.Errorf("reading what was written: %d frames, want %d", len(s.frames)-1, n)
	}
	return s, nil
}

// patient is a damaged copy of a specimen in a home of its own.
type patient struct {
	home  string
	whole []int  // the frames that were not touched
	later string // a segment of a later format, which has to stay; "" if there is none
}

// admit writes a home with the damaged segment.
func (r *round) admit(s specimen, name string, data []byte, whole []int) (patient, error) {
	p := patient{home: filepath.Join(r.dir, name), whole: whole}
	dir := filepath.Join(p.home, "spool")
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, s.name), data, 0o600)
	}
	if err != nil {
		return p, fmt.Errorf("writing a damaged segment: %w", err)
	}
	return p, nil
}

// examine takes account of each patient by itself: the same events are in all of
// them. A process looks at many.
func (r *round) examine(patients []patient) error {
	const ward = 50
	for some := range slices.Chunk(patients, ward) {
		ledgers := map[string]*ledger{}
		args := []string{"list"}
		for i, p := range some {
			r.ledger = newLedger()
			for _, frame := range p.whole {
				r.ledger.acked[key{1, frame}] = 0
			}
			if i%8 == 0 { // somebody writes behind the damage
				if err := r.recordAs(r.self, "-dir", p.home, "-count", "2", "-plain"); err != nil {
					return err
				}
			}
			ledgers[p.home], args = r.ledger, append(args, p.home)
		}
		reports, err := r.keep(args...)
		if err != nil {
			return err
		}
		byHome := map[string][]keeper.Report{}
		for _, report := range reports {
			byHome[report.Dir] = append(byHome[report.Dir], report)
		}
		for _, p := range some {
			r.ledger = ledgers[p.home]
			if err := r.discharge(p, byHome[p.home]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *round) discharge(p patient, reports []keeper.Report) error {
	if _, err := r.took(reports); err != nil {
		return err
	}
	if extra := len(r.ledger.found) - len(r.ledger.acked); extra > 0 {
		r.tally.Notes = append(r.tally.Notes, fmt.Sprintf("%s: %d events came out of damaged frames", filepath.Base(p.home), extra))
		r.tally.Doubled += extra
	}
	r.compare()
	if p.later != "" {
		if _, err := os.Stat(p.later); err != nil {
			return fmt.Errorf("looking after a segment of a later format: %w", err)
		}
	}
	if err := os.RemoveAll(p.home); err != nil {
		return fmt.Errorf("removing a home: %w", err)
	}
	return nil
}

// upTo are the frames before n.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// cutTails cuts a segment off at offsets all over it, in a long soak at each in turn.
func cutTails(r *round) error {
	s, err := r.specimen(6)
	if err != nil {
		return err
	}
	step := r.size(len(s.data)/20, 7)
	var patients []patient
	for cut := r.rng.IntN(step); cut < len(s.data); cut += step {
		frames := 0
		for s.frames[frames+1] <= cut {
			frames++
		}
		p, err := r.admit(s, fmt.Sprint("cut-", cut), s.data[:cut], upTo(frames))
		if err != nil {
			return err
		}
		patients = append(patients, p)
	}
	return r.examine(patients)
}

// damage puts something else where frames were.
func damage(r *round) error {
	s, err := r.specimen(40)
	if err != nil {
		return err
	}
	var patients []patient
	for i := range r.size(2*len(injuries), 400) {
		data, whole := r.injure(s, i%len(injuries))
		p, err := r.admit(s, fmt.Sprint("damage-", i), data, whole)
		if err != nil {
			return err
		}
		p.later = filepath.Join(p.home, "spool", "ev2"+s.name[3:])
		if err := os.WriteFile(p.later, s.data, 0o600); err != nil {
			return fmt.Errorf("writing a later segment: %w", err)
		}
		patients = append(patients, p)
	}
	return r.examine(patients)
}

// injuries are the kinds of damage. Each returns where it begins and ends in the
// segment, and what is there instead.
var injuries = []func(r *round, s specimen) (from, to int, instead []byte){
	func(r *round, s specimen) (int, int, []byte) { // random bytes over frames
		at := r.rng.IntN(len(s.data))
		end := min(len(s.data), at+1+r.rng.IntN(3000))
		return at, end, r.noise(end - at)
	},
	func(r *round, s specimen) (int, int, []byte) { // and between two of them
		at := s.frames[r.rng.IntN(len(s.frames))]
		return at, at, r.noise(1 + r.rng.IntN(3000))
	},
	func(r *round, s specimen) (int, int, []byte) { // a page that a crash left empty
		at := r.rng.IntN(len(s.data)/page) * page
		return at, at + page, make([]byte, page)
	},
	func(r *round, s specimen) (int, int, []byte) { // a frame of a later format
		at := s.frames[r.rng.IntN(len(s.frames)-1)] + len(magic)
		return at, at + 1, []byte{2}
	},
	func(r *round, s specimen) (int, int, []byte) { // one bit
		at := r.rng.IntN(len(s.data))
		return at, at + 1, []byte{s.data[at] ^ 1<<r.rng.IntN(8)}
	},
	func(r *round, s specimen) (int, int, []byte) { // a piece that is missing
		at := r.rng.IntN(len(s.data))
		return at, min(len(s.data), at+1+r.rng.IntN(1500)), nil
	},
}

const page = 4096

// injure returns the damaged bytes, and which frames are whole in them.
func (r *round) injure(s specimen, kind int) (data []byte, whole []int) {
	from, to, instead := injuries[kind](r, s)
	data = slices.Concat(s.data[:from], instead, s.data[to:])
	for i, at := range s.frames[:len(s.frames)-1] {
		if bytes.Contains(data, s.data[at:s.frames[i+1]]) {
			whole = append(whole, i)
		}
	}
	return data, whole
}

func (r *round) noise(n int) []byte {
	noise := make([]byte, n)
	for i := range noise {
		noise[i] = byte(r.rng.Uint32())
	}
	return noise
}
