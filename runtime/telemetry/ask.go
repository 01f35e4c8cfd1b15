package telemetry

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
)

// Question is what [Ask] puts to the person who runs the program. The zero value
// asks in general words.
type Question struct {
	// Purpose is a sentence of the author's: what the data are for.
	Purpose string
	// Details names where all of it is written down: an address.
	Details string
	// Command is the program's own command for telemetry, "mytool telemetry",
	// with on, off and show below it. Empty: the program has none.
	Command string
	// Wait is how long to wait for an answer. Zero: a minute.
	Wait time.Duration
	// Stdin, Stdout and Stderr are what has to be a terminal; the question goes to
	// Stderr. Nil: those of the process.
	Stdin, Stdout, Stderr *os.File
}

// Ask asks the person, once, whether what the program records may be sent, and
// reports whether the question was put. Call it after all output of the program
// and before [Session.Stop], when the person has what they came for:
//
//	session := telemetry.Start(telemetry.Config{Service: "mytool", Agent: agent.New(dsn)})
//	defer session.Stop()
//	if err := run(); err != nil { ... }
//	telemetry.Ask(telemetry.Question{Purpose: "It tells us which commands to work on."})
//
// It asks only if the answer would change something: the program has an agent,
// and nobody has said anything, neither by DO_NOT_TRACK, the program's variable or
// a build server, nor earlier. A yes that was given for another server, or for
// events that could say less, does not hold any more, and is asked for again. It asks only a person: stdin, stdout and stderr are
// the terminal that the program is in the foreground of, TERM is not "dumb", and
// nothing has been typed ahead, which would be meant for somebody else.
//
// Yes is kept as [On], and holds from the next run on: nothing leaves on this one.
// No, or Enter alone, is kept as [Off]. Anything else (end of input, an interrupt,
// a minute of silence, another word) is no answer: nothing is kept but the date,
// and nobody is asked for 30 days. Where not even that can be kept, Ask does not
// ask. An interrupt ends the question and not the program, whose work is done.
func Ask(q Question) bool {
	s := started.Load()
	if s == nil {
		return false
	}
	q = q.complete()
	if why := s.mustNotAsk(q); why != "" {
		s.debug("nobody is asked", "why", why)
		return false
	}
	s.put(q)
	return true
}

func (q Question) complete() Question {
	if q.Wait <= 0 {
		q.Wait = time.Minute
	}
	for _, f := range []struct {
		file **os.File
		std  *os.File
	}{{&q.Stdin, os.Stdin}, {&q.Stdout, os.Stdout}, {&q.Stderr, os.Stderr}} {
		if *f.file == nil {
			*f.file = f.std
		}
	}
	return q
}

// mustNotAsk returns what stands against asking, the empty string if nothing
// does. The last of it is to claim the question.
func (s *Session) mustNotAsk(q Question) string {
	if s.config.Agent == nil {
		return "the program sends nothing: it has no agent"
	}
	// Asked again and not taken from the start: another process may have been told.
	d := consent.Decide(s.question())
	if !d.Unanswered && !d.Renew {
		return d.Cause
	}
	if s.folders.Config == "" {
		return "there is no place for an answer"
	}
	if os.Getenv("TERM") == "dumb" {
		return "TERM=dumb"
	}
	for _, f := range []*os.File{q.Stdin, q.Stdout, q.Stderr} {
		if !foreground(f) {
			return f.Name() + " is not a terminal that the program is in the foreground of"
		}
	}
	if typedAhead(q.Stdin) {
		return "something was typed ahead"
	}
	if err := consent.Claim(s.folders, time.Now(), d.Since); err != nil {
		return err.Error()
	}
	return ""
}

// put puts the question and acts on the answer.
func (s *Session) put(q Question) {
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt) // before the question: one may come at once
	_, _ = fmt.Fprint(q.Stderr, s.text(q))
	answer, typed := listen(q, interrupt)
	signal.Stop(interrupt)
	if !typed {
		_, _ = fmt.Fprintln(q.Stderr) // the cursor still stands behind the question
	}
	var err error
	variable := consent.Variable(s.config.Service)
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		s.asking.Store(true)
		if err = SetMode(On); err == nil {
			_, _ = fmt.Fprintf(q.Stderr, "Thank you. It starts with the next run; %s.\n", q.undo("off", variable))
		}
	case "n", "no", "":
		if !typed {
			break // silence is no answer
		}
		if err = SetMode(Off); err == nil {
			_, _ = fmt.Fprintf(q.Stderr, "Nothing will be recorded from now on; %s.\n", q.undo("on", variable))
		}
	default:
		_, _ = fmt.Fprintln(q.Stderr, "That is neither yes nor no. Nothing is sent.")
	}
	if err != nil {
		_, _ = fmt.Fprintf(q.Stderr, "Nothing will be sent: %v\n", err)
	}
}

// text is the question: who asks, what for, what is sent, what never is, where
// to, and how to look at it first.
func (s *Session) text(q Question) string {
	var b strings.Builder
	to := ""
	if endpoint := s.scope().Endpoint; endpoint != "" {
		to = " to " + endpoint
	}
	fmt.Fprintf(&b, "\nMay %s send usage data%s?\n", s.config.Service, to)
	if d := consent.Decide(s.question()); d.Renew {
		fmt.Fprintf(&b, "  You said yes on %s, %s.\n", d.Since.Local().Format(time.DateOnly), d.Gave)
	}
	b.WriteString("  What: which commands and features run, whether they succeed, how long they take.\n" +
		"  Never: arguments, names or contents of files, or anything else that you type.\n")
	if q.Purpose != "" {
		fmt.Fprintf(&b, "  %s\n", q.Purpose)
	}
	if q.Command != "" {
		fmt.Fprintf(&b, "  See what it is: %s show\n", q.Command)
	}
	if q.Details != "" {
		fmt.Fprintf(&b, "  Details: %s\n", q.Details)
	}
	b.WriteString("Send it? [y/N] ")
	return b.String()
}

// undo tells how to change the answer.
func (q Question) undo(mode, variable string) string {
	if q.Command == "" {
		return "to change that, set " + variable + "=" + mode
	}
	return "to change that, run " + q.Command + " " + mode
}

// listen returns the line that the person types, and whether they did.
func listen(q Question, interrupt <-chan os.Signal) (line string, typed bool) {
	// In slices, and not by a goroutine that reads: that one could not be ended,
	// and would take the next line that is typed.
	for end := time.Now().Add(q.Wait); time.Now().Before(end); {
		select {
		case <-interrupt:
			return "", false
		default:
		}
		if !readable(q.Stdin, 100*time.Millisecond) {
			continue
		}
		var buf [256]byte
		n, err := q.Stdin.Read(buf[:])
		return string(buf[:n]), err == nil && n > 0
	}
	return "", false
}
