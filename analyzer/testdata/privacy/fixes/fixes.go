package fixes // want package:`read`

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func Deploy(steps int, cause error) (err error) { // want Deploy:`records what it is given in telemetry.Timer.End`
	// want +1 `the text of an error flows into an attribute of telemetry.Timer.End: Timer.End\(&err\) records the type`
	defer telemetry.Begin("deploy").End(&err, slog.Int("steps", steps), slog.String("why", cause.Error()))
	return errors.New("no")
}

func Failed(err error) {
	telemetry.Track("failed", slog.Any("err", err), slog.Bool("known", errors.Is(err, errors.ErrUnsupported))) // want `an error is not recorded at all`
}

// What is called in an attribute may do something: it stays.
func Told(report func() error) {
	telemetry.Track("told", slog.Any("err", report())) // want `an error is not recorded at all`
}

func Greet(userName string) {
	telemetry.Track("greeted", slog.String("who", fmt.Sprintf("%s!", userName))) // want `personal data \(userName\) flows into an attribute of telemetry.Track: record a length`
}

func Name(n int) { // want Name:`records what it is given in telemetry.Track`
	telemetry.Track(fmt.Sprint("step.", n)) // want `the name given to telemetry.Track is made at run time, and can be anything`
}
