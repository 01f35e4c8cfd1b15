package main

import (
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/clidoc"
)

func TestCommandPage(t *testing.T) {
	clidoc.Check(t, "../../docs/tkserver.md", newRoot())
}
