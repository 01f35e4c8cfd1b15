package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/dashboard"
	"github.com/telemetry-kit/telemetry-kit-go/server/ingest"
	"github.com/telemetry-kit/telemetry-kit-go/server/query"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
)

// drain is how long requests in progress may take when the server stops.
const drain = 10 * time.Second

// Handler answers all routes of the server.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	in := ingest.New(ingest.Config{
		Keys: s.registry, Writer: s.store, Limits: s.limits, Now: s.now, Logger: s.log,
	})
	mux.Handle("POST /v1/ingest/{org}/{app}", in)
	mux.Handle("POST /v1/delete/{org}/{app}", in.Deletions())
	mux.Handle("GET /v1/query/{org}/{app}/usage", reply.Handler(s.log, s.private(query.Usage(s.store, s.now))))
	mux.Handle("GET /healthz", reply.Handler(s.log, s.health))
	dashboard.Register(mux, dashboard.Config{Source: s.store, Sessions: s.sessions, Now: s.now, Logger: s.log})
	mux.Handle("/v1/", reply.Handler(s.log, noRoute))
	return s.guard(mux)
}

// private lets nobody in without a session.
func (s *Server) private(h reply.HandlerFunc) reply.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.sessions.Valid(r) {
			return &reply.Error{
				Status: http.StatusUnauthorized, Code: "no_session",
				Message: "open the dashboard with a one-time link first: `tkserver login` prints one",
			}
		}
		return h(w, r)
	}
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	if err := s.store.Ping(r.Context()); err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func noRoute(http.ResponseWriter, *http.Request) error {
	return &reply.Error{
		Status: http.StatusNotFound, Code: "no_route",
		Message: "there is nothing here; events go to POST /v1/ingest/ORG/APP, deletions to POST /v1/delete/ORG/APP",
	}
}

// guard keeps a panic in one request from the others, and from net/http, whose
// report of it would name the sender's address.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("request panicked", "method", r.Method, "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
				panic(http.ErrAbortHandler) // ends the connection without a report
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// Serve answers on l until ctx ends, then lets the requests in progress end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // it names addresses
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	s.log.Info("stopping", "drain", drain)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(err, srv.Close())
	}
	if err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}
