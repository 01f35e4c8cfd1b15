package demo

import (
	"context"
	"runtime/debug"
)

// programs are the builds of the program.
type programs struct{ inPlace, overlay, covered string }

// build marks a copy of the source and builds it in place and over an overlay,
// and another one, without telemetry, for Go's coverage counters.
func (d *demo) build(ctx context.Context, source string) (programs, error) {
	p := programs{inPlace: d.path("kustomize-in-place"), overlay: d.path("kustomize-overlay"), covered: d.path("kustomize-covered")}
	marked := d.path("marked")
	if err := copyTree(source, marked); err != nil {
		return p, err
	}
	if err := d.markUp(ctx, marked); err != nil {
		return p, err
	}
	d.say("tkgen build: instrumented over an overlay, the source left as it is")
	if _, err := d.command(ctx, marked, nil, d.Tkgen, "build", "-o", p.overlay, "."); err != nil {
		return p, err
	}
	d.say("tkgen generate, then go build: instrumented in place")
	if _, err := d.command(ctx, marked, nil, d.Tkgen, "generate"); err != nil {
		return p, err
	}
	if _, err := d.command(ctx, marked, nil, "go", "build", "-o", p.inPlace, "."); err != nil {
		return p, err
	}
	d.say("go build -cover: the same program without telemetry, for comparison")
	return p, d.buildCovered(ctx, source, p.covered)
}

// toolVersion is the version that this program was built from.
func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "latest"
}
