package agent

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

const (
	sendEvery  = 24 * time.Hour
	childLimit = 30 * time.Second // what one sending may take that nobody waits for
)

// childVariable is set to 1 in a process that was started to send. Whatever it is
// set to, no process is started from there: a person may set it to 0.
func childVariable(service string) string { return consent.Variable(service) + "_CHILD" }

// forbidden reports what stands against sending unasked, whatever there is to
// send; nil if nothing does.
func (a *agent) forbidden(p telemetry.Place) error {
	if name := consent.CI(os.Getenv); name != "" {
		return fmt.Errorf("running in CI (%s is set)", name)
	}
	if underTest() {
		return errors.New("running under go test")
	}
	if v := os.Getenv(childVariable(p.Service)); v != "" {
		return fmt.Errorf("%s=%s", childVariable(p.Service), v)
	}
	if _, err := wire.ParseDSN(a.dsn); err != nil {
		return err
	}
	return nil
}

// underTest looks for what `go test` gives to its programs, without linking the
// package testing. A process that outlives a test would write into a temporary
// folder while that is removed.
func underTest() bool {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	return strings.HasSuffix(name, ".test") || flag.Lookup("test.v") != nil
}

func report(p telemetry.Place, why error) {
	if why != nil && p.Logger != nil {
		p.Logger.Debug("telemetry: not sending now", "why", why)
	}
}

// Delete asks the server for the deletions that the person wants, now, and
// returns how many events it removed.
func (a *agent) Delete(ctx context.Context, p telemetry.Place) (events int, err error) {
	return Delete(ctx, Options{Service: p.Service, Dir: p.Dir, DSN: a.dsn, Force: true})
}
