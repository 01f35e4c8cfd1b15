package telemetry

import (
	"log/slog"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/sanitize"
)

// Text is an attribute of free text, for what no closed list can hold: a line of
// feedback, the message of a tool that is known. Use [OneOf] and [Value] wherever
// they do.
//
// Before it is recorded, text is put on one line, cut to 256 bytes, and what
// looks like personal data or a secret is replaced by its class: e-mail
// addresses, IP and MAC addresses, paths of people and projects, names of this
// machine and its user, URLs with credentials, passwords, tokens, keys, numbers
// of cards, accounts and telephones ("<email>", "<path>", ...). Detectors find
// what has a shape; a person's name or a sentence about somebody has none. So ask
// before you record what somebody typed.
//
// Off, it is the zero Attr, which nobody records.
func Text(key, text string) slog.Attr {
	if recording.Load() == nil {
		return slog.Attr{}
	}
	return freeText(key, text)
}

func freeText(key, text string) slog.Attr {
	return slog.Any(key, sanitize.Text(text))
}
