//go:build !wasm

package spool

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// MaxPayload is how long a frame's payload may be, in bytes.
const MaxPayload = 64 << 10

const (
	magic      = "\xf5TK1"
	version    = 1
	headerSize = 32
	processLen = 8 // pid and host, in front of a begin's JSON

	flagConsented = 1
	flagBegin     = 2
	flagLoss      = 4
)

// appendFrame appends a record as a frame. The caller has seen that it fits.
func appendFrame(table *crc32.Table, dst []byte, r event.Record, dropped uint16) []byte {
	start := len(dst)
	flags := byte(0)
	if r.Consented {
		flags |= flagConsented
	}
	if r.Begin {
		flags |= flagBegin
	}
	dst = append(dst, magic...)
	dst = append(dst, version, flags)
	dst = binary.LittleEndian.AppendUint16(dst, dropped)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(payloadLen(r)))
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, r.ID[:]...)
	if r.Begin {
		dst = binary.LittleEndian.AppendUint32(dst, r.PID)
		dst = binary.LittleEndian.AppendUint32(dst, r.Host)
	}
	dst = append(dst, r.JSON...)
	frame := dst[start:]
	binary.LittleEndian.PutUint32(frame[12:], checksum(table, frame))
	return dst
}

// appendLoss appends a frame without an event.
func appendLoss(dst []byte, id event.ID, dropped uint16) []byte {
	start := len(dst)
	dst = appendFrame(&castagnoli, dst, event.Record{ID: id}, dropped)
	frame := dst[start:]
	frame[5] |= flagLoss
	binary.LittleEndian.PutUint32(frame[12:], checksum(&castagnoli, frame))
	return dst
}

func payloadLen(r event.Record) int {
	if r.Begin {
		return processLen + len(r.JSON)
	}
	return len(r.JSON)
}

func checksum(table *crc32.Table, frame []byte) uint32 {
	return crc32.Update(crc32.Update(0, table, frame[4:12]), table, frame[16:])
}

// frame is what decode found at the start of some bytes.
type frame struct {
	record  event.Record
	loss    bool // there is no record
	dropped uint16
	size    int
}

// decode reads the frame that data begins with. The record's JSON is part of
// data. ok is false if data begins with anything but a whole frame.
func decode(table *crc32.Table, data []byte) (f frame, ok bool) {
	if len(data) < headerSize || string(data[:4]) != magic || data[4] != version || data[5]&^(flagConsented|flagBegin|flagLoss) != 0 {
		return frame{}, false
	}
	length := binary.LittleEndian.Uint32(data[8:])
	if length > MaxPayload || int(length) > len(data)-headerSize {
		return frame{}, false
	}
	data = data[:headerSize+int(length)]
	if binary.LittleEndian.Uint32(data[12:]) != checksum(table, data) {
		return frame{}, false
	}
	r := event.Record{
		ID: event.ID(data[16:32]), JSON: data[headerSize:],
		Consented: data[5]&flagConsented != 0, Begin: data[5]&flagBegin != 0,
	}
	if r.Begin {
		if length < processLen {
			return frame{}, false
		}
		r.PID, r.Host = binary.LittleEndian.Uint32(r.JSON), binary.LittleEndian.Uint32(r.JSON[4:])
		r.JSON = r.JSON[processLen:]
	}
	return frame{record: r, loss: data[5]&flagLoss != 0, dropped: binary.LittleEndian.Uint16(data[6:]), size: len(data)}, true
}

func saturate(n uint64) uint16 { return uint16(min(n, math.MaxUint16)) }
