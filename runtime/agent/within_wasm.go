package agent

import (
	"context"
	"errors"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// A program of WebAssembly cannot start another one, and what it has recorded ends
// with it: it sends from within, once a minute as services do, and whenever it
// calls Sync.

var errNoProcesses = errors.New("no process can be started here: events are sent once a minute, and by agent.Sync")

// Child reports that this process was started by Launch: none is.
func (a *agent) Child(telemetry.Place) bool { return false }

// Run drains and sends.
func (a *agent) Run(p telemetry.Place) { a.Send(context.Background(), p) }

// Launch says why nothing is launched.
func (a *agent) Launch(p telemetry.Place) { report(p, errNoProcesses) }

// Send drains and sends, within 30 seconds, and soon after ctx ends.
func (a *agent) Send(ctx context.Context, p telemetry.Place) {
	why := a.forbidden(p)
	if why == nil {
		ctx, cancel := context.WithTimeout(ctx, childLimit)
		defer cancel()
		_, _, why = forward(ctx, Options{Service: p.Service, Dir: p.Dir, DSN: a.dsn})
	}
	report(p, why)
}
