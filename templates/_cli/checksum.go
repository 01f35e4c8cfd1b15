package main

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func checksumCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "checksum [FILE]...",
		Short: "Print the SHA-256 checksum of each file",
		RunE: func(cmd *cobra.Command, args []string) error {
			return eachInput(cmd, args, func(name string, r io.Reader) error {
				sum := sha256.New()
				if _, err := io.Copy(sum, r); err != nil {
					return fmt.Errorf("computing the checksum: %w", err)
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%x  %s\n", sum.Sum(nil), name)
				return err
			})
		},
	}
}
