// Package otelmetric counts and measures with the OpenTelemetry SDK, over OTLP.
package otelmetric

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	api "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
)

// Start installs a provider; without one, which is its off, the API does nothing.
// The attributes are prepared once, which is the fastest that it knows.
func Start(what, endpoint string) (record func(n int), stop func()) {
	stop = func() {}
	if endpoint != "" {
		exporter, err := otlpmetrichttp.New(context.Background(), otlpmetrichttp.WithEndpointURL(endpoint+"/v1/metrics"))
		must(err)
		provider := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(exporter)))
		otel.SetMeterProvider(provider)
		stop = func() { must(provider.Shutdown(context.Background())) }
	}
	ctx, meter := context.Background(), otel.Meter("bench")
	set := api.WithAttributeSet(attribute.NewSet(attribute.Int("n", 3)))
	if what == "histogram" {
		histogram, err := meter.Float64Histogram("bench.event")
		must(err)
		options := []api.RecordOption{set}
		return func(n int) {
			for range n {
				histogram.Record(ctx, 0.5, options...)
			}
		}, stop
	}
	counter, err := meter.Int64Counter("bench.event")
	must(err)
	options := []api.AddOption{set}
	return func(n int) {
		for range n {
			counter.Add(ctx, 1, options...)
		}
	}, stop
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
