package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

var ts [32]time.Time
var names [32]string
var n int
var w spool.Writer
var js [2000]byte

func m(s string) { ts[n] = time.Now(); names[n] = s; n++ }

func main() {
	m("")
	m("nothing")
	os.Getenv("A")
	m("getenv")
	f, _ := consent.Locate("bench", "")
	m("locate")
	d := consent.CI(os.Getenv)
	m("ci"+d)
	os.ReadFile(filepath.Join(f.Config, "mode"))
	m("readmode")
	_ = consent.Decide(consent.Question{Service: "bench", Folders: f, Getenv: os.Getenv})
	m("decide")
	id := event.NewID(time.Now())
	m("id")
	s := id.String()
	m("idstring")
	e := event.Event{ID: id, Timestamp: time.Now(), SessionID: s}
	b := e.AppendJSON(js[:0])
	m("json")
	spool.Host()
	m("host")
	w.Dir= f.State + "/spool"
	w.Append(time.Now(), event.Record{ID: id, JSON: b})
	m("append")
	w.Append(time.Now(), event.Record{ID: id, JSON: b})
	m("append2")
	for i := 1; i < n; i++ {
		println(names[i], ts[i].Sub(ts[i-1]).Nanoseconds())
	}
}
