// Package spool keeps events in files that many processes append to at once.
//
// In come records, each with the JSON of one event; out come the same records,
// whatever happened to the processes that wrote them. A record is acknowledged
// when one write to a file opened with O_APPEND has returned: a killed process
// loses nothing of it, nobody has to flush, and there is no fsync, so that a
// power failure may cost the last seconds.
//
// A file, called segment, holds one hour: ev1-2026112310.tks. It is a run of
// frames. A write that a SIGKILL hits between two pages is cut short, so readers
// look for the next frame that is whole.
//
//	 0  F5 'T' 'K' '1'  F5 never occurs in UTF-8, so in no payload
//	 4  version         1
//	 5  flags           1 the person's yes stood, 2 begin of a command, 4 no event
//	 6  uint16          events the writer had to drop since its frame before
//	 8  uint32          length of the payload, at most 64 KiB
//	12  uint32          CRC-32C of bytes 4 to 12 and 16 to the end
//	16  16 bytes        the event's id
//	32  payload         its JSON; in front of it, for a begin, uint32 pid, uint32 host
//
// Numbers are little-endian.
//
// Programs of WebAssembly have no such files: there the spool is a part of their
// memory, see memory_wasm.go.
package spool
