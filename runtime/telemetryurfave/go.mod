module github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryurfave

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/telemetry-kit/telemetry-kit-go v0.0.0-00010101000000-000000000000
	github.com/urfave/cli/v3 v3.14.0
)

require (
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	golang.org/x/sys v0.49.0 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
	modernc.org/sqlite v1.62.0 // indirect
)

// The two are developed together. Whoever requires this module does not see this
// line, but the version above; docs/adr/0018 says what a release does about it.
replace github.com/telemetry-kit/telemetry-kit-go => ../..
