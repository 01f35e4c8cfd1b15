package ingest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

// head is what the headers say, over and above the token.
type head struct {
	timestamp string // as sent, because it is signed as sent
	nonceText string
	nonce     event.ID
	signature string
	encoding  string // "", "gzip" or "zstd"
	batchSize int    // -1: not said
	sdk       string
}

// readHead reads the headers and refuses what cannot be right whatever the body.
func readHead(h http.Header, now time.Time) (none head, err error) {
	read := head{
		timestamp: h.Get(wire.HeaderTimestamp), nonceText: h.Get(wire.HeaderNonce),
		signature: h.Get(wire.HeaderSignature), batchSize: -1, sdk: printable(h.Get(wire.HeaderSDKVersion), maxShort),
	}
	if err := wire.CheckTime(read.timestamp, now); err != nil {
		return none, unauthorized("bad_timestamp", err.Error())
	}
	if read.nonce, err = event.ParseID(read.nonceText); err != nil {
		return none, malformed("bad_nonce", wire.HeaderNonce+" is not a UUID: make a new one for every request")
	}
	if read.signature == "" {
		return none, unauthorized("missing_signature", wire.HeaderSignature+" is missing")
	}
	if read.encoding, err = readEncoding(h.Get("Content-Encoding")); err != nil {
		return none, err
	}
	if size := h.Get(wire.HeaderBatchSize); size != "" {
		if read.batchSize, err = strconv.Atoi(size); err != nil || read.batchSize < 0 {
			return none, malformed("bad_batch_size", fmt.Sprintf("%s is %.20q: want the number of events", wire.HeaderBatchSize, size))
		}
	}
	if v := h.Get(wire.HeaderSchemaVersion); v != "" && !readableSchema(v) {
		return none, unprocessable("unsupported_schema", fmt.Sprintf("%s is %.20q: this server reads 1.x; upgrade it", wire.HeaderSchemaVersion, v))
	}
	return read, nil
}

func readEncoding(s string) (string, error) {
	switch s = strings.ToLower(s); s {
	case "", "identity":
		return "", nil
	case "gzip", "zstd":
		return s, nil
	default:
		return "", malformed("unsupported_encoding", fmt.Sprintf("Content-Encoding is %.20q: want gzip, zstd or none", s))
	}
}

// readableSchema accepts every 1.x: a minor version only adds, so what is known
// of it can be read, and a type that is not known is refused event by event.
func readableSchema(v string) bool {
	major, rest, _ := strings.Cut(v, ".")
	minor, patch, _ := strings.Cut(rest, ".")
	return major == "1" && isNumber(minor) && (patch == "" || isNumber(patch))
}

func isNumber(s string) bool {
	return s != "" && len(s) <= 9 && strings.Trim(s, "0123456789") == ""
}

// printable keeps a header's text fit for a log.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s[:min(len(s), limit)])
	return s
}
