package ingest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

// What the decoder takes, encoding/json takes too, and they read the same.
func FuzzDecode(f *testing.F) {
	f.Add(batch(okCall(1), okCall(2)), byte(0))
	f.Add(zip(f, bytes.NewReader(batch(okCall(1)))), byte(1))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x00, 0x59, 0x00, 0x00}, byte(2))
	f.Add([]byte(`{"x":{"events":[]},"events":[1,[2],{"a":"}"}]}`), byte(0))
	limits := Limits{InflatedBytes: 1 << 16}.withDefaults()
	f.Fuzz(func(t *testing.T, body []byte, encoding byte) {
		raws, err := decode(body, []string{"", "gzip", "zstd"}[encoding%3], limits)
		if err != nil {
			return
		}
		if len(raws) == 0 || len(raws) > wire.MaxEvents {
			t.Errorf("it took %d events", len(raws))
		}
		if encoding%3 != 0 {
			return
		}
		var plain struct {
			Events []json.RawMessage `json:"events"`
		}
		var keys map[string]json.RawMessage // json also takes "Events" for "events"
		if err := json.Unmarshal(body, &keys); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", body, err)
		}
		if err := json.Unmarshal(keys["events"], &plain.Events); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", body, err)
		}
		if diff := cmp.Diff(plain.Events, raws); diff != "" {
			t.Errorf("events (-encoding/json +decode):\n%s", diff)
		}
	})
}

func FuzzHead(f *testing.F) {
	f.Add("1773500966", "00000000-0000-4000-8000-000000000001", "ab", "gzip", "1", "1.1.0", "0.1.0")
	f.Add("-1", "x", "", "GZIP", "99999999999999999999", "1.", "\x00")
	f.Fuzz(func(t *testing.T, stamp, nonce, signature, encoding, size, schema, sdk string) {
		h := http.Header{}
		for key, value := range map[string]string{
			wire.HeaderTimestamp: stamp, wire.HeaderNonce: nonce, wire.HeaderSignature: signature,
			"Content-Encoding": encoding, wire.HeaderBatchSize: size, wire.HeaderSchemaVersion: schema, wire.HeaderSDKVersion: sdk,
		} {
			h.Set(key, value)
		}
		got, err := readHead(h, start)
		if err != nil {
			return
		}
		if got.batchSize < -1 || got.signature == "" || wire.CheckTime(got.timestamp, start) != nil || len(got.sdk) > maxShort {
			t.Errorf("it took %+v", got)
		}
	})
}
