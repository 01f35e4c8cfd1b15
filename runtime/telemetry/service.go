package telemetry

import (
	"context"
	"sync"
	"time"
)

// A program that still runs after a minute is a service. It starts no process in
// order to send, but lets its agent do so from a goroutine, which looks once a
// minute whether it is time to.
const (
	serveAfter = time.Minute
	serveEvery = time.Minute
)

// stopLimit is what Stop may take in a service.
const stopLimit = time.Second

// sender is an Agent that can send within the program. It returns soon after ctx
// ends.
type sender interface {
	Send(ctx context.Context, p Place)
}

// eraser is an Agent that may owe a person something who has said no: to ask the
// server to delete what was sent before. LaunchDeletion is as Launch.
type eraser interface {
	LaunchDeletion(p Place)
}

// service is the timer of the next pass and, while one is under way, how to end it.
type service struct {
	mu     sync.Mutex
	timer  *time.Timer
	cancel context.CancelFunc
	done   chan struct{} // closed when the pass under way has ended
	over   bool
}

// serveLater sets the timer. In a short program that is all that happens.
func (s *Session) serveLater() {
	if _, ok := s.config.Agent.(sender); ok {
		s.service.mu.Lock()
		defer s.service.mu.Unlock()
		s.service.timer = time.AfterFunc(serveAfter, s.serve)
	}
}

// serve is one pass.
func (s *Session) serve() {
	defer s.contain()
	ctx, end := s.service.begin()
	if end == nil {
		return
	}
	defer end()
	s.refresh()
	if s.Mode() == On && !s.asking.Load() {
		s.config.Agent.(sender).Send(ctx, s.place())
	}
}

func (v *service) begin() (ctx context.Context, end func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return nil, nil
	}
	ctx, v.cancel = context.WithCancel(context.Background())
	v.done = make(chan struct{})
	return ctx, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.cancel()
		close(v.done)
		if !v.over {
			v.timer.Reset(serveEvery)
		}
	}
}

// stop lets no other pass begin, and waits for the one under way.
func (v *service) stop() {
	v.mu.Lock()
	v.over = true
	if v.timer != nil {
		v.timer.Stop()
	}
	cancel, done := v.cancel, v.done
	v.mu.Unlock()
	if cancel != nil {
		cancel()
		<-done
	}
}

// within does f, and waits for it no longer than the limit.
func (s *Session) within(limit time.Duration, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer s.contain()
		f()
	}()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case <-done:
	case <-timeout.C:
		s.debug("stopping took too long: the disk or the network hangs, and what was counted last may be lost")
	}
}
