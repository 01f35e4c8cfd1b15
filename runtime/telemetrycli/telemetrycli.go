// Package telemetrycli is what adapters to libraries of commands have in common
// (runtime/telemetrycobra, runtime/telemetryurfave): how a run of a program begins
// and ends, and the command `telemetry`, with which the people who run it see, stop,
// export and delete what is recorded.
//
// In come the options of a program and a function that runs it; out go commands for
// the adapter to add to its tree, and the function's error. Programs import the
// adapter to the library that they use.
package telemetrycli

import "github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"

// Options say how a tree of commands is recorded. The zero value is useful.
type Options struct {
	// Config is for telemetry.Start. An empty Service is the root's name.
	telemetry.Config
	// Question is what a person is asked, once, behind the output of a command that
	// succeeded; see telemetry.Ask. An empty Command is that of the tree.
	Question telemetry.Question
	// NeverAsk leaves the answer to `mytool telemetry on`.
	NeverAsk bool
	// Command is the name of the command that is added to the root. Empty:
	// "telemetry". A command of that name which is there already stays, and none is
	// added.
	Command string
}

// Program is a program while it runs.
type Program struct {
	name    string
	options Options
	agent   *held
	known   bool
}

// Run begins telemetry, calls run and ends telemetry. name is that of the root of
// the tree. Where the process was started to send what an earlier one recorded, Run
// does that and ends it.
func Run(name string, o Options, run func(*Program) error) error {
	p := &Program{name: name, options: o.complete(name), agent: hold(o.Agent)}
	if p.agent != nil {
		p.options.Agent = p.agent
	}
	session := telemetry.Start(p.options.Config)
	defer session.Stop()
	err := run(p)
	if err == nil && p.known && !p.options.NeverAsk {
		telemetry.Ask(p.options.Question)
	}
	return err
}

func (o Options) complete(name string) Options {
	if o.Service == "" {
		o.Service = name
	}
	if o.Command == "" {
		o.Command = "telemetry"
	}
	if o.Question.Command == "" {
		o.Question.Command = name + " " + o.Command
	}
	return o
}

// Path is the command as a person types it: "mytool telemetry".
func (p *Program) Path() string { return p.name + " " + p.options.Command }

// Known says that a command of the program runs, and not help, completion or
// `telemetry`: only now something may be sent, and the person asked afterwards.
func (p *Program) Known() {
	p.known = true
	p.agent.release()
}
