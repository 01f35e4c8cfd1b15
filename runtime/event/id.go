package event

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"
)

// ID names one event for ever: a UUID of version 7 (RFC 9562, section 5.7), so
// that ids made later sort later and a database can append them.
//
// It is made here and not by google/uuid because that package reaches net, and
// every program that records would pay for linking it.
type ID [16]byte

// NewID returns an id for an event that happened at now, to the millisecond.
// The 74 remaining bits come from math/rand/v2, whose per-process ChaCha8
// source the Go runtime seeds from the operating system; the first read of
// crypto/rand costs a short-lived program more than recording does.
func NewID(now time.Time) ID {
	var id ID
	//nolint:gosec // an id is no secret
	binary.BigEndian.PutUint64(id[0:], uint64(now.UnixMilli())<<16|rand.Uint64()&0x0fff|0x7000)
	//nolint:gosec // as above
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()&0x3fff_ffff_ffff_ffff|0x8000_0000_0000_0000)
	return id
}

// ParseID reads the canonical form, 36 characters with four hyphens, of a UUID
// of any version: events of other kits carry version 4.
func ParseID(s string) (ID, error) {
	var id ID
	err := id.UnmarshalText([]byte(s))
	return id, err
}

// Time is the millisecond at which the event happened, as far as the id is of
// version 7.
func (id ID) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:]) >> 16)).UTC()
}

// IsZero reports whether the id was never set.
func (id ID) IsZero() bool { return id == ID{} }

func (id ID) String() string { return string(id.append(make([]byte, 0, 36))) }

func (id ID) append(dst []byte) []byte {
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// MarshalText gives the canonical form.
func (id ID) MarshalText() ([]byte, error) { return id.append(nil), nil }

// UnmarshalText reads the canonical form; capital letters are accepted.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return fmt.Errorf("reading event id %.40q: not a UUID of 36 characters", text)
	}
	digits := make([]byte, 0, 32)
	for _, part := range [][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
		digits = append(digits, text[part[0]:part[1]]...)
	}
	var read ID
	if _, err := hex.Decode(read[:], digits); err != nil {
		return fmt.Errorf("reading event id %q: %w", text, err)
	}
	*id = read
	return nil
}
