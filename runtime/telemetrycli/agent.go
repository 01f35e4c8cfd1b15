package telemetrycli

import (
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
	due  *telemetry.Place
}

func hold(a telemetry.Agent) *held {
	if a == nil {
		return nil
	}
	return &held{Agent: a}
}

// Launch does so, now or at release.
func (h *held) Launch(p telemetry.Place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.free {
		h.Agent.Launch(p)
	} else {
		h.due = &p
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
		h.Agent.Launch(*h.due)
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
