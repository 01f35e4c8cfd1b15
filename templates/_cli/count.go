package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// counts are what a text consists of.
type counts struct {
	File  string `json:"file"`
	Words int    `json:"words"`
	Runes int    `json:"runes"`
}

func countCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "count [FILE]...",
		Short: "Count words and characters",
		RunE: func(cmd *cobra.Command, args []string) error {
			return eachInput(cmd, args, func(name string, r io.Reader) error {
				c, err := tally(name, r)
				if err != nil {
					return err
				}
				return c.print(cmd.OutOrStdout(), asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, a line for each file")
	return cmd
}

func (c counts) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(c)
	}
	_, err := fmt.Fprintf(w, "%8d %8d %s\n", c.Words, c.Runes, c.File)
	return err
}

// tally counts. Its directive records how often that is done, whether it
// succeeds and how long it takes; never what is read, or its name.
//
//telemetry:instrument
func tally(name string, r io.Reader) (counts, error) {
	c, inWord := counts{File: name}, false
	for in := bufio.NewReader(r); ; c.Runes++ {
		ch, _, err := in.ReadRune()
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return c, fmt.Errorf("counting: %w", err)
		}
		space := ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r'
		if !space && !inWord {
			c.Words++
		}
		inWord = !space
	}
}
