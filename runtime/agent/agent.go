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
// seconds at the latest. One that runs for longer than a minute is a service, and
// sends from a goroutine of its own instead. Tools call [Sync] and wait.
//
// A program of WebAssembly keeps its events in memory and can start no process. On
// js it sends as services do, with the fetch of its host, so that one which ends
// sooner calls Sync itself; on wasip1 there is no network, see [ErrNoNetwork].
//
// One thing is sent although the person has said no: their own wish that the
// server forget them, see [Delete].
package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
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
	// Deleted is how many events the server removed because the person had asked
	// for that, see [Delete].
	Deleted int `json:"deleted"`
}

// What keeps Sync from sending.
var (
	// ErrNoConsent: the person has not said yes, or something says no.
	ErrNoConsent = errors.New("nothing may be sent")
	// ErrRefused: the server does not accept the credentials.
	ErrRefused = upload.ErrRefused
	// ErrLater: the server cannot be reached or wants to be left alone for now.
	ErrLater = upload.ErrLater
	// ErrNoNetwork: programs of wasip1 have no sockets. Only an Options.Client that
	// has another way out can send there.
	ErrNoNetwork = errors.New("wasip1 has no network: nothing can be sent without Options.Client")
)

// Sync drains the spool into the outbox and sends everything to which the
// person has said yes. Its errors wrap [ErrNoConsent], [ErrRefused],
// [ErrLater], [ErrNoNetwork] and wire.ErrDSN.
func Sync(ctx context.Context, o Options) (Result, error) {
	result, _, err := forward(ctx, o)
	return result, err
}

// Delete asks the server to forget the person who wants that: everything that was
// sent under an id which `telemetry delete` has removed here. Such a wish is kept
// in the state folder until the server has confirmed it, and it is the one thing
// that is sent without a yes, and after a no. Programs with an agent do this by
// themselves; Delete is for those who wait. It returns how many events the server
// removed. Its errors wrap [ErrRefused], [ErrLater], [ErrNoNetwork] and
// wire.ErrDSN.
func Delete(ctx context.Context, o Options) (events int, err error) {
	u, err := uploader(&o)
	if err != nil {
		return 0, err
	}
	done, err := u.Delete(ctx)
	return done.Events, err
}

// uploader completes the options and returns what both ways need.
func uploader(o *Options) (u upload.Uploader, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	dsn, err := wire.ParseDSN(o.DSN)
	if err != nil {
		return u, err
	}
	if runtime.GOOS == "wasip1" && o.Client == nil {
		return u, ErrNoNetwork
	}
	folders, err := consent.Locate(o.Service, o.Dir)
	if err != nil {
		return u, err
	}
	return upload.Uploader{DSN: dsn, Dir: folders.State, SDKVersion: SDKVersion(), Force: o.Force, Client: o.Client, Now: o.Now}, nil
}

// forward is the way of the events through the heavy stages. next is when it is
// worth trying again.
func forward(ctx context.Context, o Options) (done Result, next time.Time, err error) {
	u, err := uploader(&o)
	if err != nil {
		return done, o.Now().Add(sendEvery), err
	}
	// First, and whatever the answer is now.
	deleted, err := u.Delete(ctx)
	done.Deleted = deleted.Events
	next, sendErr := send(ctx, o, u, &done)
	return done, next, errors.Join(err, sendErr)
}

// send moves events from the spool to the server.
func send(ctx context.Context, o Options, u upload.Uploader, done *Result) (next time.Time, err error) {
	next = o.Now().Add(sendEvery)
	folders, err := consent.Locate(o.Service, o.Dir)
	if err != nil {
		return next, err
	}
	scope := consent.Scope{Endpoint: endpoint(u.DSN), Schema: event.SchemaVersion}
	decision := consent.Decide(consent.Question{Service: o.Service, Folders: folders, Getenv: os.Getenv, Scope: scope})
	if decision.Mode != consent.On {
		// Asked here and not only where the process was started: the answer may
		// have changed since.
		return next, fmt.Errorf("sending: %w: telemetry of %s is %s (%s)", ErrNoConsent, o.Service, decision.Mode, decision.Cause)
	}
	box, err := outbox.Open(ctx, folders.State)
	if err != nil {
		return next, err
	}
	defer box.Close()
	if decision.Unbound {
		if err := consent.Bind(folders, decision.Since, scope); err != nil {
			return next, err
		}
	}
	box.TellLosses(decision.Since)
	from := spool.Reader{Dir: filepath.Join(folders.State, "spool"), Describe: machine.Describe}
	if err := box.Drain(ctx, from, o.Now()); err != nil {
		return next, err
	}
	u.Queue, u.Since = box, decision.Since
	sent, err := u.Run(ctx)
	if err == nil { // the server has what the spool still holds
		err = box.Tidy(ctx, from, o.Now())
	}
	done.Sent, done.Duplicates, done.Rejected, done.Requests = sent.Sent, sent.Duplicates, sent.Rejected, sent.Requests
	if state, stateErr := upload.ReadState(ctx, box); errors.Is(err, ErrLater) && stateErr == nil && !state.NextAttempt.IsZero() {
		next = state.NextAttempt
	}
	return next, err
}

// SDKVersion is the version of this module in the running program, "devel" if
// the build does not say.
func SDKVersion() string { return telemetry.SDKVersion() }
