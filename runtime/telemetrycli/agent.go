package telemetrycli

import (
	"context"
	"errors"
	"sync"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// held is an agent that starts no process before it is known which command runs:
// not in front of `telemetry off` or `telemetry delete`, and not when the person
// presses the tab key.
type held struct {
	telemetry.Agent

	mu   sync.Mutex
	free bool
	due  func()
}

func hold(a telemetry.Agent) *held {
	if a == nil {
		return nil
	}
	return &held{Agent: a}
}

// Launch does so, now or at release.
func (h *held) Launch(p telemetry.Place) { h.later(func() { h.Agent.Launch(p) }) }

// LaunchDeletion does so, now or at release.
func (h *held) LaunchDeletion(p telemetry.Place) {
	if a, ok := h.Agent.(interface{ LaunchDeletion(telemetry.Place) }); ok {
		h.later(func() { a.LaunchDeletion(p) })
	}
}

// Send is for programs that run for long.
func (h *held) Send(ctx context.Context, p telemetry.Place) {
	if a, ok := h.Agent.(interface {
		Send(context.Context, telemetry.Place)
	}); ok {
		a.Send(ctx, p)
	}
}

// Delete is for the command of that name.
func (h *held) Delete(ctx context.Context, p telemetry.Place) (int, error) {
	a, ok := h.Agent.(interface {
		Delete(context.Context, telemetry.Place) (int, error)
	})
	if !ok {
		return 0, errors.New("the program's agent does not know how to ask")
	}
	return a.Delete(ctx, p)
}

func (h *held) later(launch func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.free {
		launch()
	} else {
		h.due = launch
	}
}

func (h *held) release() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free = true
	if h.due != nil {
		h.due()
		h.due = nil
	}
}

// Endpoint is for telemetry.Ask.
func (h *held) Endpoint() string {
	if a, ok := h.Agent.(interface{ Endpoint() string }); ok {
		return a.Endpoint()
	}
	return ""
}
