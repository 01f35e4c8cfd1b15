// Package telemetry records what a program does: which commands it runs, which
// features are used, how long they take and how they end.
//
// In come calls; out go events in a spool on this machine, and nowhere else:
// sending is the business of runtime/agent, and happens only after the person
// who runs the program has said yes.
//
//	func main() {
//		defer telemetry.Start(telemetry.Config{Service: "mytool"}).Stop()
//		...
//	}
//
// Generated code calls points, people call names:
//
//	defer tkDeploy.Begin().End(&err, telemetry.OneOf("format", format, "json", "yaml"))
//	defer telemetry.Begin("cache.warm").End(&err)
//	telemetry.Track("config.migrated", slog.Int("from", 3))
//	telemetry.Count("index.files", int64(len(files)))
//	telemetry.Measure("upload.size", float64(size), telemetry.Bytes)
//
// Of a function that tells its success otherwise, [Timer.EndAs] takes the last
// result, and [Timer.EndStatus] the writer of an HTTP handler. A call whose error
// is context.Canceled is neither a success nor an error. A program that leaves in the
// middle calls [Exit] instead of os.Exit.
//
// Whether anything may be sent, [Ask] asks the person who runs the program, once
// and behind its output; [SetMode] keeps what they say at any other time.
//
// But for Ask, nothing here panics, blocks, returns an error that has to be
// handled, or costs more than a look at a pointer while telemetry is off. The
// package links neither net, os/user, net/http nor database/sql, for which a program
// would pay at each start; docs/runtime.md says what it does pay.
package telemetry

import (
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
)

// Config says whose telemetry it is. Service is the only field that a program
// must set.
type Config struct {
	// Service is the program's name: "mytool". It names the folders and the
	// environment variable (MYTOOL_TELEMETRY). Without it nothing is recorded.
	Service string
	// Version is the program's version. Empty: that of the main module in the
	// build information.
	Version string
	// Revision is what the program was built from, as version control names it: 7 or
	// more hex digits, of which 12 are kept, and "+dirty" behind them if it was
	// changed. Empty: that of the build information, unless a Version is given.
	Revision string
	// Agent sends: agent.New(dsn) of runtime/agent. Nil: what is recorded stays
	// on this machine until tkgen or the program itself asks for it.
	Agent Agent
	// Dir is a folder for all of it, the saved answer included. Empty: the
	// folders that the platform has for such things.
	Dir string
	// Consent is what holds while the person has said nothing: Local or Off. On
	// counts as Local, because only the person can say yes.
	Consent Mode
	// Identity is what tells one install from another in what is sent: InstallID,
	// or NoID for nothing. A change holds for what is recorded from then on.
	Identity Identity
	// ErrorCodes are the codes of errors that are no [Coder]; the first that fits
	// counts.
	ErrorCodes []ErrorCode
	// Logger is told what cannot work, at level Debug. Nil: nobody is.
	Logger *slog.Logger
}

// Place is where a program's telemetry lives, as an [Agent] needs to know it.
type Place struct {
	Service string
	Dir     string       // Config.Dir
	State   string       // the folder of spool and outbox
	Logger  *slog.Logger // may be nil
}

// Agent is what a session needs of runtime/agent. One with a method Send, as that
// has, also sends from within a program that runs for longer than a minute.
type Agent interface {
	// Child reports that this process was started by Launch of another one.
	Child(Place) bool
	// Run drains and sends, and returns when that is done or its time is up. It
	// asks once more whether it may.
	Run(Place)
	// Launch starts a process that does Run, if it is time to. It waits for
	// nothing. It is called only while consent is on.
	Launch(Place)
}

var (
	// recording is the session that calls go to; nil while telemetry is off. It
	// is all that a call looks at then.
	recording atomic.Pointer[Session]
	// started is the session that Mode questions are about, recording or not.
	started atomic.Pointer[Session]
)

// Start begins to record, as far as the person who runs the program lets it,
// and returns the session to stop at the end. It never fails: what cannot work
// is off. It opens no file before there is something to write.
//
// Call it early in main: where an agent has started the program once more in
// order to send, Start sends and ends the process.
func Start(config Config) (s *Session) {
	s = &Session{config: config}
	defer s.contain()
	folders, err := consent.Locate(config.Service, config.Dir)
	if err != nil {
		// Nowhere to look for an answer and nowhere to keep anything.
		s.decide(consent.Decision{Mode: consent.Off, Cause: err.Error()})
		started.Store(s)
		return s
	}
	s.folders = folders
	place := s.place()
	if config.Agent != nil && config.Agent.Child(place) {
		// Not a run of the program: an earlier run wanted its events sent.
		config.Agent.Run(place)
		os.Exit(0)
	}
	s.decide(consent.Decide(s.question()))
	started.Store(s)
	if e, ok := config.Agent.(eraser); ok && s.Mode() != On {
		// The one thing that leaves without a yes: the person's own wish that the
		// server forget them, until it has confirmed it.
		e.LaunchDeletion(place)
	}
	if s.Mode() == Off {
		// Off means off: no file, no id, no child, no notice.
		return s
	}
	if s.Mode() == On && config.Agent != nil {
		// Now and not at the end, so that os.Exit costs nothing: what this run
		// records goes with the next one.
		config.Agent.Launch(place)
	}
	s.open()
	recording.Store(s)
	return s
}

// Stop writes what is still counted in memory and ends the session: at most one
// write. Calling it twice, or on nil, is fine. Forgetting it loses
// nothing but the counts of features since the last command ended or the last
// flush (at most a minute).
//
// In a program that has run for longer than a minute it returns within a second,
// whatever disk and network do. In a shorter one it takes as long as that write,
// which is as long as each record took that the program has written before.
func (s *Session) Stop() {
	if s == nil {
		return
	}
	defer s.contain()
	recording.CompareAndSwap(s, nil)
	started.CompareAndSwap(s, nil)
	if s.spool == nil || !s.stopped.CompareAndSwap(false, true) {
		return
	}
	if s.clock() >= serveAfter {
		s.within(stopLimit, s.close)
		return
	}
	// Not in a goroutine with a limit: starting one wakes a thread, which costs a
	// short program more than all that is written here.
	s.close()
}

// debug tells the author's logger, if there is one, what cannot work.
func (s *Session) debug(message string, args ...any) {
	if s.config.Logger != nil {
		s.config.Logger.Debug("telemetry: "+message, args...)
	}
}
