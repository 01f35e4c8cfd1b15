// Package upload carries events from a queue to the server.
//
// In come parcels of events to which the person has said yes; out go signed
// batches, and back into the queue what the server said about each event. It
// makes no goroutine and keeps nothing in memory: processes die, so the queue
// remembers when the next attempt is due and why the last one failed.
package upload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
)

// Queue is where the events come from.
type Queue interface {
	// Next returns the parcel that was handed out before and not settled, or else
	// a new one of at most events events and about size bytes, recorded with
	// consent and not before since. It is empty if there is nothing to send.
	Next(ctx context.Context, since time.Time, events, size int, now time.Time) (event.Parcel, error)
	// Settle ends a parcel: the server has its events, but for those it refused,
	// by id with the reason.
	Settle(ctx context.Context, parcel event.ID, refused map[event.ID]string, now time.Time) error
	// Release undoes a parcel: its events wait again.
	Release(ctx context.Context, parcel event.ID) error
	// Note and Noted keep a text under a key; no text is "".
	Note(ctx context.Context, key, text string) error
	Noted(ctx context.Context, key string) (string, error)
	// Intact is an error if the queue was removed or replaced since it was opened.
	Intact() error
}

// Uploader sends. DSN, Queue, Dir and SDKVersion are needed.
type Uploader struct {
	DSN        wire.DSN
	Queue      Queue
	Dir        string // the folder of the install id
	SDKVersion string
	// Since is when the person said yes, as far as that is known: what was
	// recorded before stays.
	Since time.Time
	// Force tries although the next attempt is not due, or the credentials were
	// refused before: somebody asked for it.
	Force bool
	// Client sends; nil is one that gives up on a request after ten seconds.
	Client *http.Client
	// Now, NewID and Jitter are the clock, event.NewID and a number in [0, 1).
	Now    func() time.Time
	NewID  func(time.Time) event.ID
	Jitter func() float64

	install func() (string, error) // the install id, read once
}

// Result is what one run did.
type Result struct {
	Sent       int `json:"sent"`       // events the server has now
	Duplicates int `json:"duplicates"` // of these, those it had before
	Rejected   int `json:"rejected"`   // events it refused
	Requests   int `json:"requests"`
}

// What makes a run end without having sent everything.
var (
	// ErrRefused: the server does not know the credentials. Nothing is sent until
	// they change or somebody asks again.
	ErrRefused = errors.New("the server refuses these credentials")
	// ErrLater: it did not work now; the next attempt has its time.
	ErrLater = errors.New("to be tried again later")
)

const (
	requestTimeout = 10 * time.Second
	maxBody        = 2 << 20 // of JSON, before compression
	firstWait      = 30 * time.Second
	longestWait    = 6 * time.Hour
	longestObeyed  = 24 * time.Hour // of a server's Retry-After
)

// Run sends everything that is due, batch after batch.
func (u Uploader) Run(ctx context.Context) (Result, error) {
	u = u.withDefaults()
	defer u.Client.CloseIdleConnections()
	state, err := ReadState(ctx, u.Queue)
	if err != nil {
		return Result{}, err
	}
	if err := u.mayTry(state); err != nil {
		return Result{}, err
	}
	var done Result
	limit := wire.MaxEvents
	for {
		parcel, err := u.Queue.Next(ctx, u.Since, limit, maxBody, u.Now())
		if err != nil {
			return done, fmt.Errorf("taking events to send: %w", err)
		}
		if len(parcel.Records) == 0 {
			return done, u.keep(ctx, State{LastSent: latest(state.LastSent, done, u.Now())})
		}
		verdict, err := u.send(ctx, parcel)
		if err != nil {
			return done, err
		}
		done.Requests++
		switch verdict.kind {
		case taken:
			// The server has them now: this must not be cut off by a deadline.
			if err := u.Queue.Settle(context.WithoutCancel(ctx), parcel.ID, verdict.refused, u.Now()); err != nil {
				return done, fmt.Errorf("keeping the server's answer: %w", err)
			}
			done.Sent += len(parcel.Records) - len(verdict.refused)
			done.Rejected += len(verdict.refused)
			done.Duplicates += verdict.duplicates
		case tooLarge:
			limit = max(1, len(parcel.Records)/2)
			if err := u.Queue.Release(ctx, parcel.ID); err != nil {
				return done, fmt.Errorf("halving a batch: %w", err)
			}
		default:
			return done, u.giveUp(ctx, state, verdict, latest(state.LastSent, done, u.Now()))
		}
	}
}

func latest(before time.Time, done Result, now time.Time) time.Time {
	if done.Sent+done.Rejected > 0 {
		return now
	}
	return before
}

func (u Uploader) withDefaults() Uploader {
	if u.Client == nil {
		u.Client = NewClient()
	}
	if u.Now == nil {
		u.Now = time.Now
	}
	if u.NewID == nil {
		u.NewID = event.NewID
	}
	if u.Jitter == nil {
		u.Jitter = rand.Float64
	}
	u.install = sync.OnceValues(u.identify)
	return u
}

// NewClient returns a client with a deadline over the whole of a request, the
// reading of the answer included: some servers accept and never answer. It
// follows no redirects, which would carry the token elsewhere.
func NewClient() *http.Client {
	return &http.Client{
		Timeout:       requestTimeout,
		Transport:     transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (u Uploader) mayTry(s State) error {
	if u.Force {
		return nil
	}
	if s.Refused != "" && s.Refused == mark(u.DSN) {
		return fmt.Errorf("sending to %s: %w: %s", u.DSN.Redacted(), ErrRefused, s.LastError)
	}
	if wait := s.NextAttempt.Sub(u.Now()); wait > 0 && wait <= longestObeyed {
		return fmt.Errorf("sending to %s: %w: the next attempt is due at %s (%s)",
			u.DSN.Redacted(), ErrLater, s.NextAttempt.UTC().Format(time.RFC3339), s.LastError)
	}
	return nil
}

// giveUp remembers why, and until when.
func (u Uploader) giveUp(ctx context.Context, old State, v verdict, sent time.Time) error {
	s := State{LastError: v.why, LastSent: sent, Failures: old.Failures + 1}
	cause := ErrLater
	if v.kind == refused {
		s.Refused, cause = mark(u.DSN), ErrRefused
	} else {
		s.NextAttempt = u.Now().Add(u.wait(s.Failures, v.after))
	}
	return errors.Join(fmt.Errorf("sending to %s: %w: %s", u.DSN.Redacted(), cause, v.why), u.keep(ctx, s))
}

// wait is what the server asks for, or else full jitter: a random part of a
// span that doubles with each failure (Brooker, "Exponential Backoff And
// Jitter", AWS Architecture Blog, 2015).
func (u Uploader) wait(failures int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, longestObeyed)
	}
	span := min(firstWait<<min(failures-1, 10), longestWait)
	return max(time.Second, time.Duration(u.Jitter()*float64(span)))
}

// State is what is remembered from one process to the next.
type State struct {
	LastSent    time.Time `json:"last_sent,omitzero"`
	LastError   string    `json:"last_error,omitempty"`
	NextAttempt time.Time `json:"next_attempt,omitzero"`
	Failures    int       `json:"failures,omitempty"` // in a row
	// Refused marks the credentials that the server refused.
	Refused string `json:"refused,omitempty"`
}

const stateKey = "upload"

// ReadState reads the state that the last run left in the queue.
func ReadState(ctx context.Context, q interface {
	Noted(context.Context, string) (string, error)
},
) (State, error) {
	var s State
	text, err := q.Noted(ctx, stateKey)
	if err != nil {
		return s, fmt.Errorf("reading the state of sending: %w", err)
	}
	if text != "" && json.Unmarshal([]byte(text), &s) != nil {
		return State{}, nil // of a later version; sending once too early does no harm
	}
	return s, nil
}

func (u Uploader) keep(ctx context.Context, s State) error {
	text, err := json.Marshal(s)
	if err == nil {
		err = u.Queue.Note(context.WithoutCancel(ctx), stateKey, string(text))
	}
	if err != nil {
		return fmt.Errorf("keeping the state of sending: %w", err)
	}
	return nil
}
