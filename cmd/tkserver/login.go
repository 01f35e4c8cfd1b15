package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newLogin(f *folder) *cobra.Command {
	url := ""
	c := &cobra.Command{
		Use:     "login",
		Short:   "Print a link that opens the dashboard once",
		Example: `  tkserver login --data ./data --url http://127.0.0.1:8080`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			srv, err := f.look()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, srv.Close()) }()
			link, err := srv.LoginURL(c.Context(), url)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), link)
			return err
		},
	}
	c.Flags().StringVar(&url, "url", "http://127.0.0.1:8080", "where the server listens")
	return c
}
