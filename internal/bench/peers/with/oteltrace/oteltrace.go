// Package oteltrace records spans with the OpenTelemetry SDK, in batches over OTLP.
package oteltrace

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Start installs a provider; without one, which is its off, the API does nothing.
func Start(_, endpoint string) (record func(n int), stop func()) {
	stop = func() {}
	if endpoint != "" {
		exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"))
		if err != nil {
			panic(err)
		}
		provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
		otel.SetTracerProvider(provider)
		stop = func() {
			if err := provider.Shutdown(context.Background()); err != nil {
				panic(err)
			}
		}
	}
	tracer := otel.Tracer("bench")
	return func(n int) {
		for range n {
			_, span := tracer.Start(context.Background(), "bench.event")
			span.SetAttributes(attribute.Int("n", 3))
			span.End()
		}
	}, stop
}
