package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/server"
)

func newServe(f *folder) *cobra.Command {
	listen := ""
	c := &cobra.Command{
		Use:   "serve",
		Short: "Take events in and show the dashboard",
		Long: `serve takes events in and shows the dashboard until it is interrupted, then lets
the requests in progress end. The address and a link that opens the dashboard
once are printed on stderr; ` + "`tkserver login`" + ` prints another link.

It speaks plain HTTP. To listen beyond this machine, put a proxy that speaks TLS
in front of it and make applications with --url https://THE.PROXY.`,
		Example: `  tkserver serve --data ./data
  tkserver serve --data ./data --listen 127.0.0.1:0   # any free port`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
			srv, err := f.open(log)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, srv.Close()) }()
			return serve(c.Context(), srv, listen, c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on; port 0 takes any free one")
	return c
}

func serve(ctx context.Context, srv *server.Server, listen string, stderr io.Writer) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listening: %w; choose another address with --listen", err)
	}
	base := baseURL(l.Addr().String())
	link, err := srv.LoginURL(ctx, base)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	fmt.Fprintf(stderr, "tkserver %s listens on %s\n", version(), base)
	fmt.Fprintf(stderr, "open the dashboard (this link works once): %s\n", link)
	if !loopback(l.Addr().String()) {
		fmt.Fprintln(stderr, "warning: others can reach this address, and plain HTTP shows them the tokens: put a proxy with TLS in front")
	}
	return srv.Serve(ctx, l)
}

// baseURL is where this machine's browser finds the address.
func baseURL(addr string) string {
	ap, err := netip.ParseAddrPort(addr)
	if err == nil && ap.Addr().IsUnspecified() {
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port()).String()
	}
	return "http://" + addr
}

func loopback(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}
