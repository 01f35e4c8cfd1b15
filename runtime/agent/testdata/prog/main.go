// Command prog is a program with an agent, for the tests of package agent.
//
// By itself it runs one command and exits with code 5. TESTPROG_DIARY names a file
// that each of its processes writes a line to, before anything else; TESTPROG_GATE
// one without which a process that was started to send does not begin. With the
// argument "serve" it is a service: it obeys the lines of stdin.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var point = telemetry.Point{Name: "prog.run", Kind: telemetry.Command}

func main() {
	diary()
	session := telemetry.Start(telemetry.Config{
		Service: "testprog", Version: "v1", Dir: os.Getenv("TESTPROG_DIR"), Agent: agent.New(os.Getenv("TESTPROG_DSN")),
	})
	defer session.Stop()
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve(session)
		return
	}
	began := time.Now()
	run()
	fmt.Fprintln(os.Stderr, "took", time.Since(began) < 10*time.Second)
	os.Exit(5)
}

func run() (err error) {
	defer point.Begin().End(&err)
	time.Sleep(500 * time.Microsecond)
	return nil
}

// serve records as many events as each line says, and stops at a line "stop". It
// answers each line with how long that took, in milliseconds.
func serve(session *telemetry.Session) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		began := time.Now()
		word := lines.Text()
		if n, err := strconv.Atoi(word); err == nil {
			for range n {
				telemetry.Track("service.event")
			}
		} else {
			session.Stop()
		}
		fmt.Println(word, time.Since(began).Milliseconds())
	}
}

// entry is a line of the diary.
type entry struct {
	PID, Parent int
	Args        []string
	Guard       string
	Dir         string
	Null        [3]bool // stdin, stdout, stderr are the null device
}

func diary() {
	path, gate := os.Getenv("TESTPROG_DIARY"), os.Getenv("TESTPROG_GATE")
	if path == "" {
		return
	}
	e := entry{PID: os.Getpid(), Parent: os.Getppid(), Args: os.Args[1:], Guard: os.Getenv("TESTPROG_TELEMETRY_CHILD")}
	e.Dir, _ = os.Getwd()
	null, _ := os.Stat(os.DevNull)
	for i, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		info, err := f.Stat()
		e.Null[i] = err == nil && os.SameFile(info, null)
	}
	line, _ := json.Marshal(e)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	if err != nil {
		panic(err)
	}
	file.Close()
	if gate != "" && len(e.Args) == 1 && e.Args[0] == "--telemetry-kit-send" {
		for range 6000 { // a minute, should the test be gone
			if _, err := os.Stat(gate); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
