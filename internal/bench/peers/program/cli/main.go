// Command cli is a typical command-line tool: a tree of commands, JSON, HTTP. It
// records one event if it is asked to:
//
//	cli [WHAT ENDPOINT]
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	peer "github.com/telemetry-kit/telemetry-kit-go/internal/bench/peers/with/none"
)

func main() {
	record, stop := func(int) {}, func() {}
	if len(os.Args) > 2 {
		record, stop = peer.Start(os.Args[1], os.Args[2])
	}
	root := &cobra.Command{Use: "cli"}
	for i := range 20 {
		sub := &cobra.Command{Use: fmt.Sprint("sub", i), RunE: func(_ *cobra.Command, args []string) error {
			record(1)
			return work(args)
		}}
		sub.Flags().String("name", "", "a name")
		root.AddCommand(sub)
	}
	root.SetArgs([]string{"sub7", "--name", "x"})
	err := root.Execute()
	stop()
	if err != nil {
		os.Exit(1)
	}
}

// work does not ask a server, but the linker cannot know: what a client needs is in
// the binary, whatever else is.
func work(args []string) error {
	if len(args) > 0 {
		answer, err := http.Get(args[0])
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"timeout": http.DefaultClient.Timeout})
}
