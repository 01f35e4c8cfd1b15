package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
)

// trusted is how much room a declared length gets before a byte has come: who
// has a token, which is public in a public program, has not signed anything yet.
const trusted = 64 << 10

// readBody reads the body as it was sent, which is what was signed.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), trusted)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge("the body", limit)
	case err != nil:
		return nil, malformed("truncated_body", "the body ended early: send it again")
	}
	return body.Bytes(), nil
}

// decode inflates the body and splits it into its events, as far as the limits
// let it. The inflated body never stands in memory as a whole, so a bomb costs
// the time to inflate up to the limit and nothing more.
func decode(body []byte, encoding string, limits Limits) ([]json.RawMessage, error) {
	inflated, release, err := inflate(body, encoding, limits.InflatedBytes)
	if err != nil {
		return nil, err
	}
	defer release()
	raws, err := split(json.NewDecoder(&limited{r: inflated, left: limits.InflatedBytes}))
	var refusal *reply.Error
	switch {
	case errors.Is(err, errInflated), errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return nil, tooLarge("the inflated body", limits.InflatedBytes)
	case errors.As(err, &refusal):
		return nil, err
	case err != nil:
		return nil, malformed("malformed_body", fmt.Sprintf(`the body is not {"events":[…]}: %.200s`, err))
	case len(raws) == 0:
		return nil, unprocessable("empty_batch", "the batch holds no events")
	}
	return raws, nil
}

var errInflated = errors.New("inflated body too large")

// limited is an io.LimitedReader that tells the limit from the end.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errInflated
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		return 0, errInflated
	}
	return n, err
}

var (
	gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zstds = sync.Pool{New: func() any {
		// Only for options out of range: these are constants.
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			panic(err)
		}
		return d
	}}
)

func inflate(body []byte, encoding string, limit int64) (r io.Reader, release func(), err error) {
	r = bytes.NewReader(body)
	switch encoding {
	case "gzip":
		unzip := gzips.Get().(*gzip.Reader)
		if err := unzip.Reset(r); err != nil {
			return nil, nil, malformed("malformed_body", "the body is not gzip, as Content-Encoding says")
		}
		return unzip, func() { gzips.Put(unzip) }, nil
	case "zstd":
		unzip := zstds.Get().(*zstd.Decoder)
		if err := unzip.Reset(r); err != nil {
			return nil, nil, malformed("malformed_body", "the body is not zstd, as Content-Encoding says")
		}
		return unzip, func() { _ = unzip.Reset(nil); zstds.Put(unzip) }, nil
	default:
		if int64(len(body)) > limit {
			return nil, nil, tooLarge("the body", limit)
		}
		return r, func() {}, nil
	}
}

// split reads {"events":[…]} and stops at the first event too many. Keys that
// it does not know are skipped.
func split(d *json.Decoder) ([]json.RawMessage, error) {
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	var events []json.RawMessage
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if key != "events" {
			err = d.Decode(new(json.RawMessage))
		} else if events != nil {
			err = errors.New(`it has "events" twice`)
		} else {
			events, err = splitEvents(d)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.Join(errors.New("something follows its end"), err)
	}
	return events, nil
}

func splitEvents(d *json.Decoder) ([]json.RawMessage, error) {
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, err
	}
	events := []json.RawMessage{}
	for d.More() {
		if len(events) == wire.MaxEvents {
			return nil, unprocessable("too_many_events", fmt.Sprintf("the batch holds more than %d events: send them in several", wire.MaxEvents))
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		events = append(events, raw)
	}
	return events, expect(d, json.Delim(']'))
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err == nil && got != want {
		err = fmt.Errorf("want %s, got %.20q", want, fmt.Sprint(got))
	}
	return err
}
