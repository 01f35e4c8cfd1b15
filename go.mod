module github.com/telemetry-kit/telemetry-kit-go

go 1.26
