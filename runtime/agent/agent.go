// Package agent sends what a program has recorded, if the person who runs it
// has said yes.
//
// In comes the spool that runtime/telemetry writes; out go signed batches, by
// way of an outbox in SQLite. It is a package of its own because of what it
// links (net/http and SQLite): a program that only records does not pay for it.
//
//	telemetry.Start(telemetry.Config{Service: "mytool", Agent: agent.New(dsn)})
//
// A program is never slowed down by the network: about once a day it starts
// itself once more, detached, and that process drains, sends and ends, after 30
// seconds at the latest. Tools call [Sync] instead and wait.
package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/machine"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/outbox"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// New returns the agent that sends to the server and application which the DSN
// names: the line that `tkserver app create` prints. One that is malformed is
// said to Config.Logger, and nothing is sent.
func New(dsn string) telemetry.Agent { return &agent{dsn: dsn} }

type agent struct{ dsn string }

// Endpoint is the server that gets the events, without the credentials; empty if
// the DSN is malformed. telemetry.Ask names it.
func (a *agent) Endpoint() string {
	dsn, err := wire.ParseDSN(a.dsn)
	if err != nil {
		return ""
	}
	return endpoint(dsn)
}

func endpoint(dsn wire.DSN) string { return dsn.Scheme + "://" + dsn.Host }

// Options say whose events to send and where to.
type Options struct {
	// Service and Dir are those of telemetry.Config.
	Service, Dir string
	// DSN names server, application and credentials.
	DSN string
	// Force tries although the server asked to wait or refused the credentials:
	// a person asks.
	Force bool
	// Client sends. Nil: one that gives up on a request after ten seconds.
	Client *http.Client
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Result is what Sync did.
type Result struct {
	Sent       int `json:"sent"`       // events the server has now
	Duplicates int `json:"duplicates"` // of these, those it had before
	Rejected   int `json:"rejected"`   // events it refused for good
	Requests   int `json:"requests"`   // batches
}

// What keeps Sync from sending.
var (
	// ErrNoConsent: the person has not said yes, or something says no.
	ErrNoConsent = errors.New("nothing may be sent")
	// ErrRefused: the server does not accept the credentials.
	ErrRefused = upload.ErrRefused
	// ErrLater: the server cannot be reached or wants to be left alone for now.
	ErrLater = upload.ErrLater
)

// Sync drains the spool into the outbox and sends everything to which the
// person has said yes. Its errors wrap [ErrNoConsent], [ErrRefused],
// [ErrLater] and wire.ErrDSN.
func Sync(ctx context.Context, o Options) (Result, error) {
	result, _, err := forward(ctx, o)
	return result, err
}

// forward is the way of the events through the heavy stages. next is when it is
// worth trying again.
func forward(ctx context.Context, o Options) (done Result, next time.Time, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	next = o.Now().Add(sendEvery)
	dsn, err := wire.ParseDSN(o.DSN)
	if err != nil {
		return done, next, err
	}
	folders, err := consent.Locate(o.Service, o.Dir)
	if err != nil {
		return done, next, err
	}
	scope := consent.Scope{Endpoint: endpoint(dsn), Schema: event.SchemaVersion}
	decision := consent.Decide(consent.Question{Service: o.Service, Folders: folders, Getenv: os.Getenv, Scope: scope})
	if decision.Mode != consent.On {
		// Asked here and not only where the process was started: the answer may
		// have changed since.
		return done, next, fmt.Errorf("sending: %w: telemetry of %s is %s (%s)", ErrNoConsent, o.Service, decision.Mode, decision.Cause)
	}
	box, err := outbox.Open(ctx, folders.State)
	if err != nil {
		return done, next, err
	}
	defer box.Close()
	if decision.Unbound {
		if err := consent.Bind(folders, decision.Since, scope); err != nil {
			return done, next, err
		}
	}
	if err := box.Drain(ctx, spool.Reader{Dir: filepath.Join(folders.State, "spool"), Describe: machine.Describe}, o.Now()); err != nil {
		return done, next, err
	}
	sent, err := upload.Uploader{
		DSN: dsn, Queue: box, Dir: folders.State, SDKVersion: SDKVersion(), Since: decision.Since,
		Force: o.Force, Client: o.Client, Now: o.Now,
	}.Run(ctx)
	if state, stateErr := upload.ReadState(ctx, box); errors.Is(err, ErrLater) && stateErr == nil && !state.NextAttempt.IsZero() {
		next = state.NextAttempt
	}
	return Result(sent), next, err
}

// SDKVersion is the version of this module in the running program, "devel" if
// the build does not say.
func SDKVersion() string { return telemetry.SDKVersion() }
