package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

// verdict is what became of one request.
type verdict struct {
	kind       kind
	refused    map[event.ID]string // of taken: events that were not
	duplicates int
	why        string        // in words for the person
	after      time.Duration // what the server asked to wait
}

type kind int

const (
	later    kind = iota // network, 409, 429, 5xx and what nobody expects
	taken                // 200, 207
	tooLarge             // 413 and the like, of several events
	refused              // 401, 403
)

// send posts a parcel. An error is one of this machine; whatever the network
// and the server do is a verdict.
func (u Uploader) send(ctx context.Context, p event.Parcel) (verdict, error) {
	now := u.Now()
	if err := u.Queue.Intact(); err != nil {
		return verdict{}, fmt.Errorf("sending: %w", err)
	}
	p, events, unreadable, err := u.fill(p, now)
	if err != nil {
		return verdict{}, err
	}
	if len(events) == 0 {
		return verdict{kind: taken, refused: unreadable}, nil
	}
	body, err := wire.Encode(events)
	if err != nil {
		return verdict{}, err
	}
	req, err := wire.Request{
		DSN: u.DSN, Time: now, Nonce: u.NewID(now), BatchSize: len(events), SDKVersion: u.SDKVersion,
	}.NewHTTP(body)
	if err != nil {
		return verdict{}, err
	}
	resp, err := u.Client.Do(req.WithContext(ctx))
	if err != nil {
		return verdict{kind: later, why: reachable(err)}, nil
	}
	defer resp.Body.Close()
	v := judge(resp, p, now)
	for id, why := range unreadable {
		if v.kind == taken {
			v.refused[id] = why
		}
	}
	return v, nil
}

// identify reads the install id, and makes it if there is none. A person may
// delete everything while this process sends: the queue goes first and the id
// last. So what is sent under an id that is read while the queue is there is sent
// under one whose deletion the server will be asked for; and if the queue is gone
// no new id serves what was recorded before.
func (u Uploader) identify() (string, error) {
	id, err := InstallID(u.Dir)
	if err == nil {
		err = u.Queue.Intact()
	}
	if err != nil {
		return "", fmt.Errorf("sending: %w", err)
	}
	return id, nil
}

// fill gives each event what it gets only on its way: the install id, unless it
// has marks in the place of one, and the metadata. An event that cannot be read
// is left out of what is sent, with the reason.
func (u Uploader) fill(p event.Parcel, now time.Time) (sent event.Parcel, bodies []json.RawMessage, unreadable map[event.ID]string, err error) {
	unreadable = map[event.ID]string{}
	sent = event.Parcel{ID: p.ID, Attempt: p.Attempt}
	var events []event.Event
	for _, r := range p.Records {
		var e event.Event
		if err := json.Unmarshal(r.JSON, &e); err != nil {
			unreadable[r.ID] = "not sent: it cannot be read: " + err.Error()
			continue
		}
		events, sent.Records = append(events, e), append(sent.Records, r)
	}
	for i := range events {
		e := &events[i]
		if e.UserID, err = u.user(*e); err != nil {
			return sent, nil, nil, err
		}
		e.Metadata = event.Metadata{
			SDKVersion: u.SDKVersion, TransmissionTimestamp: now,
			BatchSize: len(events), RetryCount: max(0, p.Attempt-1),
		}
		bodies = append(bodies, e.AppendJSON(nil))
	}
	return sent, bodies, unreadable, nil
}

// user is the install id for an event that wants one. For others none is made.
func (u Uploader) user(e event.Event) (string, error) {
	if e.Marks != nil {
		return "", nil
	}
	return u.install()
}

func judge(resp *http.Response, p event.Parcel, now time.Time) verdict {
	answer, failure := wire.ReadAnswer(resp.StatusCode, resp.Body)
	if failure == nil {
		return verdict{kind: taken, refused: byID(answer.Errors, p), duplicates: answer.Duplicates}
	}
	v := failed(resp, failure, now)
	if resp.StatusCode == http.StatusRequestEntityTooLarge || indigestible[failure.Code] {
		v.kind = tooLarge
		if len(p.Records) == 1 {
			v = verdict{kind: taken, refused: map[event.ID]string{p.Records[0].ID: v.why}}
		}
	}
	return v
}

// indigestible are the codes of 400 and 422 that a batch gets for what is in it:
// it would get them for ever, and keep all that is behind it waiting. In halves
// the trouble is found.
var indigestible = map[string]bool{"malformed_body": true, "too_many_events": true}

// failed is the verdict on an answer that is no success.
func failed(resp *http.Response, failure *wire.FailureError, now time.Time) verdict {
	v := verdict{
		why:   fmt.Sprintf("%d %s: %s", resp.StatusCode, failure.Code, failure.Message),
		after: retryAfter(resp.Header.Get("Retry-After"), now),
	}
	// A wrong clock is refused with 401, too, but is put right without anybody
	// touching the credentials. A proxy's own page says nothing of them.
	credentials := resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden
	if credentials && failure.Code != "bad_timestamp" && failure.Code != "unexpected_answer" {
		v.kind = refused
	}
	return v
}

// byID finds the refused events. The index counts; the id is what could be read.
func byID(errs []wire.EventRefuse, p event.Parcel) map[event.ID]string {
	refused := make(map[event.ID]string, len(errs))
	for _, e := range errs {
		why := e.Error + ": " + e.Message
		if id, err := event.ParseID(e.EventID); err == nil {
			refused[id] = why
		} else if e.Index >= 0 && e.Index < len(p.Records) {
			refused[p.Records[e.Index].ID] = why
		}
	}
	return refused
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(header)); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// reachable says what the network did without naming the URL again.
func reachable(err error) string {
	if timeout, ok := err.(interface{ Timeout() bool }); ok && timeout.Timeout() {
		return "no answer in time: is the server up, and does a proxy stand between?"
	}
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // a *url.Error repeats method and URL
	}
	return err.Error()
}

// mark recognises credentials without keeping them.
func mark(d wire.DSN) string {
	sum := sha256.Sum256([]byte(d.String()))
	return hex.EncodeToString(sum[:8])
}
