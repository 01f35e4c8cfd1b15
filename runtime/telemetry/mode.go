package telemetry

import (
	"errors"
	"os"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
)

// Mode is the word of the person who runs the program.
type Mode uint8

// The modes. The zero value is Local.
const (
	// Local: recorded on this machine, never sent.
	Local = Mode(consent.Local)
	// Off: nothing is recorded, no file is made.
	Off = Mode(consent.Off)
	// On: recorded, and sent by the program's agent.
	On = Mode(consent.On)
)

func (m Mode) String() string { return consent.Mode(m).String() }

// CurrentMode returns the mode that holds, and the cause that decided it, in
// words for the person. Without a session it is Off.
func CurrentMode() (Mode, string) {
	s := started.Load()
	if s == nil {
		return Off, "telemetry is not started"
	}
	return s.Mode(), s.decision.Load().Cause
}

// SetMode keeps the person's answer and acts on it at once. DO_NOT_TRACK, the
// program's environment variable and CI still come first; [CurrentMode] tells.
// A yes that cannot be saved does not count.
func SetMode(m Mode) error {
	s := started.Load()
	if s == nil {
		return errors.New("saving the answer: telemetry is not started: call telemetry.Start first")
	}
	return s.setMode(m, time.Now())
}

// Mode returns the mode that holds in this session.
func (s *Session) Mode() Mode {
	if s == nil || s.decision.Load() == nil {
		return Off
	}
	return Mode(s.decision.Load().Mode)
}

func (s *Session) question() consent.Question {
	return consent.Question{
		Service: s.config.Service, Default: consent.Mode(s.config.Consent),
		Folders: s.folders, Getenv: os.Getenv, Scope: s.scope(),
	}
}

// scope is what a yes is given for in this program.
func (s *Session) scope() consent.Scope {
	scope := consent.Scope{Schema: event.SchemaVersion}
	if a, ok := s.config.Agent.(interface{ Endpoint() string }); ok {
		scope.Endpoint = a.Endpoint()
	}
	return scope
}

func (s *Session) decide(d consent.Decision) {
	s.decision.Store(&d)
	if d.Mode == consent.Off && s.spool != nil {
		s.spool.Rest()
	}
	if s.config.Logger != nil { // asked here, because arguments are allocated
		s.debug("the mode is decided", "mode", d.Mode.String(), "cause", d.Cause)
	}
}

func (s *Session) setMode(m Mode, now time.Time) error {
	err := consent.Save(s.folders, consent.Mode(m), now, s.scope())
	decision := consent.Decide(s.question())
	if err != nil && m == Off {
		decision = consent.Decision{Mode: consent.Off, Cause: "the answer of this run (it could not be saved)"}
	}
	if decision.Mode != consent.Off && s.spool == nil && s.folders.State != "" {
		s.open()
	}
	if s.spool != nil {
		s.flushMu.Lock()
		if decision.Mode != consent.Off {
			s.flushLocked(now) // what was counted until here was counted under the old answer
		}
		s.decide(decision)
		s.flushMu.Unlock()
	} else {
		s.decide(decision)
	}
	if decision.Mode == consent.Off {
		recording.CompareAndSwap(s, nil)
	} else if !s.stopped.Load() {
		recording.Store(s)
	}
	return err
}

// askEvery is how old an answer may be before it is asked for again.
const askEvery = time.Second

// refresh asks again whether telemetry may go on: in a program that runs for
// days the person answers in another process. A short program never asks twice.
func (s *Session) refresh() {
	asked, now := s.asked.Load(), int64(s.clock())
	if s.Mode() == Off || now-asked < int64(askEvery) || !s.asked.CompareAndSwap(asked, now) {
		return
	}
	decision := consent.Decide(s.question())
	if old := s.decision.Load(); decision.Mode == old.Mode && decision.Log == old.Log && decision.Since.Equal(old.Since) {
		return
	}
	s.decide(decision)
	if decision.Mode == consent.Off {
		recording.CompareAndSwap(s, nil)
	}
}
