// Package ingest takes batches of events in, and requests to forget a person.
//
// In come POST /v1/ingest/{org}/{app} and POST /v1/delete/{org}/{app} as package
// wire describes them; out go checked events to a [store.Writer], or the id of
// whom it has to forget, and an answer to the sender. What costs
// nothing is refused first: nothing is read from a stranger, nothing inflated
// that is not signed, and 200 is said only when the events are durable. The
// sender's address meters its requests in memory and goes nowhere else.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/credentials"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Keys finds what a token stands for; credentials.ErrUnknownToken if nothing.
type Keys interface {
	Find(ctx context.Context, token string) (credentials.Grant, error)
}

// Config tells a [Handler] what to work with. Keys and Writer must be given.
type Config struct {
	Keys   Keys
	Writer store.Writer
	Limits Limits
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: none
}

// Limits bounds what one request may cost. The zero value of each means the
// default that is named beside it.
type Limits struct {
	BodyBytes     int64 // as sent; 4 MiB
	InflatedBytes int64 // after decompression; 32 MiB
	EventBytes    int   // of one event; 64 KiB
	// Requests a second, and at once, of one address (an IPv6 /64 is one);
	// 100 and 400. Negative: no limit.
	AddressRate, AddressBurst int
	// The same of one application; 1,000 and 4,000.
	AppRate, AppBurst int
	// Nonces is how many are remembered at once; 1,048,576. When they are
	// all taken, requests are refused with 429 until the oldest expire.
	Nonces int
	// Parallel is how many bodies are inflated and read at once; twice the
	// processors. The others wait.
	Parallel int
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.BodyBytes, 4<<20)
	setDefault(&l.InflatedBytes, 32<<20)
	setDefault(&l.EventBytes, 64<<10)
	setDefault(&l.AddressRate, 100)
	setDefault(&l.AddressBurst, 400)
	setDefault(&l.AppRate, 1000)
	setDefault(&l.AppBurst, 4000)
	setDefault(&l.Nonces, 1<<20)
	setDefault(&l.Parallel, 2*runtime.GOMAXPROCS(0))
	return l
}

func setDefault[T int | int64](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// Handler answers POST /v1/ingest/{org}/{app}; the route must name both.
type Handler struct {
	Config
	addresses *meter[uint64]
	apps      *meter[store.AppID]
	nonces    *nonces
	parallel  chan struct{}
}

// New returns a handler.
func New(c Config) *Handler {
	c.Limits = c.Limits.withDefaults()
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Handler{
		Config:    c,
		addresses: newMeter[uint64](c.Limits.AddressRate, c.Limits.AddressBurst),
		apps:      newMeter[store.AppID](c.Limits.AppRate, c.Limits.AppBurst),
		nonces:    newNonces(c.Limits.Nonces),
		parallel:  make(chan struct{}, c.Limits.Parallel),
	}
}

// ServeHTTP answers 200 if every event was taken, 207 if some were not.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply.Handler(h.Logger, func(w http.ResponseWriter, r *http.Request) error {
		answer, err := h.take(w, r)
		if err != nil {
			return err
		}
		status := http.StatusOK
		if answer.Rejected > 0 {
			status = http.StatusMultiStatus
		}
		return reply.JSON(w, status, answer)
	}).ServeHTTP(w, r)
}

func (h *Handler) take(w http.ResponseWriter, r *http.Request) (answer wire.Answer, err error) {
	a, err := h.admit(w, r, h.Limits.BodyBytes)
	if err != nil {
		return answer, err
	}
	answer, err = h.store(r.Context(), a)
	h.release(a, err)
	return answer, err
}

// admitted is a request whose sender is known.
type admitted struct {
	app   store.App
	head  head
	body  []byte
	nonce nonceKey
	now   time.Time
}

// admit is the way of a request until what it says is read, every refusal at the
// first place where it can be known.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, limit int64) (none admitted, err error) {
	now := h.Now()
	if wait := h.addresses.wait(addressKey(r.RemoteAddr), now); wait > 0 {
		return none, tooMany("this address", wait)
	}
	if r.ContentLength > limit {
		return none, tooLarge("the body", limit)
	}
	grant, err := h.authenticate(r)
	if err != nil {
		return none, err
	}
	head, err := readHead(r.Header, now)
	if err != nil {
		return none, err
	}
	body, err := readBody(w, r, limit)
	if err != nil {
		return none, err
	}
	if !wire.Verify(grant.Secret, head.timestamp, head.nonceText, body, head.signature) {
		return none, unauthorized("bad_signature", "the signature does not fit the body: is the secret of the DSN right, and does no proxy change the body?")
	}
	// From here on the sender is known; only now may its requests count
	// against its application and use up a nonce.
	if wait := h.apps.wait(grant.App.ID, now); wait > 0 {
		return none, tooMany("this application", wait)
	}
	nonce := nonceKey{grant.App.ID, head.nonce}
	if err := h.nonces.use(nonce, now); err != nil {
		return none, err
	}
	return admitted{app: grant.App, head: head, body: body, nonce: nonce, now: now}, nil
}

// release gives the nonce of a request back that came to nothing because of this
// server: the very same request may come again.
func (h *Handler) release(a admitted, err error) {
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled) {
		h.nonces.forget(a.nonce)
	}
}

// store reads the body, checks its events and writes those that are right.
func (h *Handler) store(ctx context.Context, a admitted) (none wire.Answer, err error) {
	events, refused, err := h.read(ctx, a.head, a.body, a.now)
	if err != nil {
		return none, err
	}
	var written store.Written
	if len(events) > 0 {
		if written, err = h.Writer.Write(ctx, a.app.ID, events); err != nil {
			return none, fmt.Errorf("taking batch: %w", err)
		}
	}
	refused = append(refused, forgotten(events, refused, written.Forgotten)...)
	answer := wire.Answer{
		Status: "success", Accepted: len(events) - len(written.Forgotten), Duplicates: written.Duplicates,
		Rejected: len(refused), Errors: refused,
	}
	if len(refused) > 0 {
		answer.Status = "partial_success"
	}
	h.Logger.Debug("batch taken", "org", a.app.Org, "app", a.app.Name, "accepted", answer.Accepted,
		"duplicates", answer.Duplicates, "rejected", answer.Rejected, "sdk", a.head.sdk)
	return answer, nil
}

// read is the expensive part, so few do it at once.
func (h *Handler) read(ctx context.Context, head head, body []byte, now time.Time) ([]store.Event, []wire.EventRefuse, error) {
	select {
	case h.parallel <- struct{}{}:
		defer func() { <-h.parallel }()
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("reading batch: %w", ctx.Err())
	}
	raws, err := decode(body, head.encoding, h.Limits)
	if err != nil {
		return nil, nil, err
	}
	if head.batchSize >= 0 && head.batchSize != len(raws) {
		return nil, nil, unprocessable("batch_size_mismatch", fmt.Sprintf("%s is %d, the body holds %d events", wire.HeaderBatchSize, head.batchSize, len(raws)))
	}
	events, refused := checkAll(raws, h.Limits.EventBytes, now)
	return events, refused, nil
}

// authenticate finds the credential of the bearer token, and that it is one of
// the application in the path. Nothing of the body has been read yet.
func (h *Handler) authenticate(r *http.Request) (credentials.Grant, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return credentials.Grant{}, unauthorized("missing_token", "the header Authorization: Bearer TOKEN is missing")
	}
	grant, err := h.Keys.Find(r.Context(), token)
	if errors.Is(err, credentials.ErrUnknownToken) {
		return grant, unauthorized("unknown_token", "no application has this token: take the DSN that `tkserver app create` printed")
	}
	if err != nil {
		return grant, fmt.Errorf("authenticating: %w", err)
	}
	if grant.App.Org != r.PathValue("org") || grant.App.Name != r.PathValue("app") {
		return grant, &reply.Error{
			Status: http.StatusForbidden, Code: "wrong_application",
			Message: "the token belongs to another application than the path names",
		}
	}
	return grant, nil
}
