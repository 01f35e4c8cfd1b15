package ingest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

func (b *bench) deletion(body string) *request {
	r := b.request([]byte(body))
	r.path = "/v1/delete/acme/tool"
	return r
}

// deletes sends a deletion and fails unless so many events were removed.
func (b *bench) deletes(user string, want int) {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, b.deletion(fmt.Sprintf(`{"user_id":%q}`, user)).http())
	got, failure := wire.ReadDeletionAnswer(w.Code, w.Body)
	if diff := cmp.Diff(wire.DeletionAnswer{Status: "success", Deleted: want}, got); diff != "" || failure != nil {
		b.t.Errorf("deleting %s: %d %+v (-want +got):\n%s", user, w.Code, failure, diff)
	}
}

var otherID = "client_" + strings.Repeat("0b", 32)

// TestDeletion: somebody is forgotten, somebody else is not, and what arrives late
// is refused, each event at its own place in the batch.
func TestDeletion(t *testing.T) {
	b := newBench(t, Limits{})
	other := strings.Replace(okCall(3), userID, otherID, 1)
	b.send(b.request(batch(okCall(1), okCall(2), other))).want(t, 200, "")
	b.deletes(userID, 2)
	b.deletes(userID, 0)
	b.deletes("client_"+strings.Repeat("0c", 32), 0)
	if len(b.memory.events) != 1 || b.memory.events[0].User != otherID {
		t.Errorf("kept: %+v", b.memory.events)
	}
	late := b.send(b.request(batch(`{"no":"event"}`, okCall(1), other, `{}`, okCall(4))))
	late.want(t, 207, "")
	if late.Accepted != 1 || late.Duplicates != 1 || late.Rejected != 4 {
		t.Errorf("late: %+v", late.Answer)
	}
	codes := map[int]string{}
	for _, e := range late.Errors {
		codes[e.Index] = e.Error
	}
	if diff := cmp.Diff(map[int]string{0: "invalid_event", 1: "user_deleted", 3: "invalid_event", 4: "user_deleted"}, codes); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// TestDeletionRefused is what a deletion has in common with a batch, and what not.
func TestDeletionRefused(t *testing.T) {
	b := newBench(t, Limits{})
	b.send(b.request(batch(okCall(1)))).want(t, 200, "")
	good := fmt.Sprintf(`{"user_id":%q}`, userID)
	for name, c := range map[string]struct {
		body   string
		change func(*request)
		status int
		code   string
	}{
		"no token":            {good, func(r *request) { r.header.Del("Authorization") }, 401, "missing_token"},
		"unknown token":       {good, func(r *request) { r.header.Set("Authorization", "Bearer x") }, 401, "unknown_token"},
		"another application": {good, func(r *request) { r.header.Set("Authorization", "Bearer tkt_other"); r.secret = "tks_other" }, 403, "wrong_application"},
		"not signed":          {good, func(r *request) { r.unsigned = true }, 401, "missing_signature"},
		"wrongly signed":      {good, func(r *request) { r.secret = "wrong" }, 401, "bad_signature"},
		"too old":             {good, func(r *request) { r.timestamp = start.Add(-2 * wire.MaxSkew) }, 401, "bad_timestamp"},
		"no nonce":            {good, func(r *request) { r.nonce = "1" }, 400, "bad_nonce"},
		"compressed":          {good, func(r *request) { r.header.Set("Content-Encoding", "gzip") }, 400, "unsupported_encoding"},
		"too large":           {good + strings.Repeat(" ", maxDeletion), func(*request) {}, 413, "too_large"},
		"a batch":             {string(batch(okCall(1))), func(*request) {}, 422, "invalid_user"},
		"no JSON":             {"user", func(*request) {}, 400, "malformed_body"},
		"nobody":              {`{"user_id":""}`, func(*request) {}, 422, "invalid_user"},
		"everybody":           {`{"user_id":"%"}`, func(*request) {}, 422, "invalid_user"},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.deletion(c.body)
			c.change(r)
			b.send(r).want(t, c.status, c.code)
		})
	}
	if len(b.memory.events) != 1 {
		t.Error("something was removed")
	}
}

// TestDeletionNonce: a deletion is not repeated, not even as a batch, unless the
// store failed; then the very same request may come again.
func TestDeletionNonce(t *testing.T) {
	b := newBench(t, Limits{})
	r := b.deletion(fmt.Sprintf(`{"user_id":%q}`, userID))
	b.memory.fail = store.ErrUnavailable
	b.send(r).want(t, 503, "unavailable")
	b.memory.fail = nil
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r.http())
	if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) {
		t.Errorf("the same request when the store is back: %d %s", w.Code, w.Body)
	}
	b.send(r).want(t, 409, "nonce_used")
	r.path = path
	b.send(r).want(t, 409, "nonce_used")
}

// TestDeletionLimited: deletions count among an application's requests.
func TestDeletionLimited(t *testing.T) {
	b := newBench(t, Limits{AppRate: 1, AppBurst: 1})
	b.deletes(userID, 0)
	b.send(b.deletion(fmt.Sprintf(`{"user_id":%q}`, userID))).want(t, 429, "rate_limited")
}
