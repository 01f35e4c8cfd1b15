package machine

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// place is what a process has found out about where it runs.
type place struct{ version, container string }

// here looks once. Reading the files takes longer than recording a command does.
var here = sync.OnceValue(func() place {
	container := Container(os.Getenv)
	if container == "" && exists("/.dockerenv") {
		container = docker
	}
	return place{version: osVersion(), container: container}
})

const docker = "docker"

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Describe fills in, of records that were made on this machine, what they do not
// say: the version of the operating system, and that it is in a Docker container.
// Records that come from another container than this process runs in, by a home that
// both have, stay as they are.
func Describe(records []event.Record) { here().describe(records) }

func (p place) describe(records []event.Record) {
	for i := range records {
		records[i].JSON = p.fill(records[i].JSON)
	}
}

// environment is where the object begins in what event.AppendJSON writes. Within a
// string the quotes would be escaped.
const environment = `,"environment":`

// fill returns the event with its environment completed, or as it is.
func (p place) fill(text []byte) []byte {
	at := bytes.Index(text, []byte(environment))
	if at < 0 {
		return text
	}
	at += len(environment)
	var e event.Environment
	in := json.NewDecoder(bytes.NewReader(text[at:]))
	if in.Decode(&e) != nil || !p.complete(&e) {
		return text
	}
	filled := make([]byte, 0, len(text)+64)
	filled = e.AppendJSON(append(filled, text[:at]...))
	return append(filled, text[at+int(in.InputOffset()):]...)
}

// complete reports whether it has filled something in.
func (p place) complete(e *event.Environment) bool {
	same := e.Container == p.container || e.Container == "" && p.container == docker
	if !same || e.OSVersion != "" || p.version == "" && p.container == e.Container {
		return false
	}
	e.OSVersion, e.Container = p.version, p.container
	return true
}
