module github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrygrpc

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/telemetry-kit/telemetry-kit-go v0.0.0-00010101000000-000000000000
	google.golang.org/grpc v1.79.3
)

require (
	golang.org/x/net v0.48.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.32.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20251202230838-ff82c1b0f217 // indirect
	google.golang.org/protobuf v1.36.10 // indirect
)

// The two are developed together. Whoever requires this module does not see this
// line, but the version above; docs/adr/0018 says what a release does about it.
replace github.com/telemetry-kit/telemetry-kit-go => ../..
