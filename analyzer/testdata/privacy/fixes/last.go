package fixes

import (
	"log/slog"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func Only(err error) {
	telemetry.Track("failed", slog.Any("err", err)) // want `an error is not recorded at all`
}
