// Package wire is contract 2: how a batch of events crosses the network, and how
// a person's wish to be forgotten does.
//
// In comes a batch of events and the credentials of a DSN; out goes the signed
// body of POST {endpoint}/v1/ingest/{org}/{app}, and the server's answer. In comes
// the id of a user who is to be forgotten; out goes that of
// POST {endpoint}/v1/delete/{org}/{app}, see [Deletion]. The uploader and the
// server both stand on this package and on nothing else of each other. Its
// vectors are in testdata/wire.
package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// Limits of the protocol.
const (
	// MaxEvents is how many events a batch may hold; it holds at least one.
	MaxEvents = 1000
	// MaxSkew is how far X-Timestamp may be from the server's clock.
	MaxSkew = 300 * time.Second
	// NonceTTL is for how long the server remembers a nonce: twice MaxSkew, so
	// that a request is refused as old before its nonce is forgotten.
	NonceTTL = 2 * MaxSkew
)

// Names of the request's headers. Authorization is "Bearer TOKEN".
const (
	HeaderSignature     = "X-Signature"      // lower-case hex of Sign
	HeaderTimestamp     = "X-Timestamp"      // Unix seconds
	HeaderNonce         = "X-Nonce"          // a UUID, used once
	HeaderBatchSize     = "X-Batch-Size"     // how many events the body holds
	HeaderSDKVersion    = "X-SDK-Version"    // who wrote the body
	HeaderSchemaVersion = "X-Schema-Version" // event.SchemaVersion
)

// Batch is the body before compression: {"events":[…]}. The events stay raw,
// so that one malformed event does not take the others with it.
type Batch struct {
	Events []json.RawMessage `json:"events"`
}

// Encode returns the gzip'ed JSON of a batch of events, each of them the JSON
// of an [event.Event].
func Encode(events []json.RawMessage) ([]byte, error) {
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	if err := json.NewEncoder(zip).Encode(Batch{Events: events}); err != nil {
		return nil, fmt.Errorf("encoding batch: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("encoding batch: %w", err)
	}
	return body.Bytes(), nil
}

// Request is what a batch or a deletion is sent with, over and above its body.
type Request struct {
	DSN        DSN
	Time       time.Time
	Nonce      event.ID
	BatchSize  int // of a batch
	SDKVersion string
}

// NewHTTP returns the signed POST of body, a result of [Encode].
func (r Request) NewHTTP(body []byte) (*http.Request, error) {
	req, err := r.post(r.DSN.Endpoint(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Encoding", "gzip")
	req.Header.Set(HeaderBatchSize, strconv.Itoa(r.BatchSize))
	req.Header.Set(HeaderSchemaVersion, event.SchemaVersion)
	return req, nil
}

// post returns what batches and deletions have in common.
func (r Request) post(url string, body []byte) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("preparing request: %w", err)
	}
	stamp := strconv.FormatInt(r.Time.Unix(), 10)
	h := req.Header
	h.Set("Authorization", "Bearer "+r.DSN.Token)
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "telemetry-kit-go/"+r.SDKVersion)
	h.Set(HeaderTimestamp, stamp)
	h.Set(HeaderNonce, r.Nonce.String())
	h.Set(HeaderSignature, Sign(r.DSN.Secret, stamp, r.Nonce.String(), body))
	h.Set(HeaderSDKVersion, r.SDKVersion)
	return req, nil
}

// Answer is the body of 200 (all taken) and 207 (some refused).
type Answer struct {
	Status string `json:"status"` // "success" or "partial_success"
	// Accepted counts the events that are stored now, Duplicates among them
	// that had been stored before.
	Accepted   int           `json:"accepted"`
	Duplicates int           `json:"duplicates"`
	Rejected   int           `json:"rejected"`
	Errors     []EventRefuse `json:"errors,omitempty"`
}

// EventRefuse says why one event of a batch was not taken.
type EventRefuse struct {
	Index   int    `json:"index"`    // position in the batch, from 0
	EventID string `json:"event_id"` // as far as it could be read
	Error   string `json:"error"`    // a code: "invalid_event", "unknown_type", "unsupported_schema" or "user_deleted"
	Message string `json:"message"`  // for a person: a JSON pointer and what is wrong there
}

// Failure is the body of every answer but 200 and 207.
type Failure struct {
	Error FailureError `json:"error"`
}

// FailureError is what a Failure holds.
type FailureError struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

// MaxAnswer bounds what a client reads of an answer, in bytes.
const MaxAnswer = 1 << 20

// ReadAnswer reads the answer to a batch: an Answer for 200 and 207, a Failure
// for the rest. A body that is neither (a proxy's page, say) becomes a Failure
// with the code "unexpected_answer".
func ReadAnswer(status int, body io.Reader) (Answer, *FailureError) {
	text, err := io.ReadAll(io.LimitReader(body, MaxAnswer))
	if err == nil && (status == http.StatusOK || status == http.StatusMultiStatus) {
		var a Answer
		if json.Unmarshal(text, &a) == nil && (a.Status == "success" || a.Status == "partial_success") {
			return a, nil
		}
	}
	return Answer{}, readFailure(status, text, err)
}

func readFailure(status int, text []byte, err error) *FailureError {
	var f Failure
	if json.Unmarshal(text, &f) == nil && f.Error.Code != "" {
		return &f.Error
	}
	message := fmt.Sprintf("status %d with a body that is not this protocol's: is the endpoint a tkserver?", status)
	if err != nil {
		message = fmt.Sprintf("status %d, reading the answer: %v", status, err)
	}
	return &FailureError{Code: "unexpected_answer", Message: message}
}
