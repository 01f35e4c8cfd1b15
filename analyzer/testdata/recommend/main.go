// Command recommend has functions that are worth marking, and others.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"

	"github.com/spf13/cobra"

	"analyzer.test/recommend/store"
)

func newRoot() *cobra.Command { // want newRoot:`reaches other processes by what it calls`
	root := &cobra.Command{Use: "recommend"}
	deploy := &cobra.Command{
		Use: "deploy",
		RunE: func(cmd *cobra.Command, _ []string) error { // want `newRoot.RunE is worth marking \(score \d+\): handles a command, returns an error`
			for _, target := range []string{"a", "b"} {
				if err := deployTo(cmd.Context(), target); err != nil {
					return fmt.Errorf("deploying %s: %w", target, err)
				}
			}
			return nil
		},
	}
	root.AddCommand(deploy)
	return root
}

// command is a table entry of a program that has no library for its command line.
type command struct {
	Name string
	Run  func(args []string) error
}

var commands = []command{
	{Name: "serve", Run: serve},
	{Name: "skipped", Run: skipped},
	{Name: "marked", Run: marked},
}

func serve([]string) error { // want serve:`reaches the network` `serve is worth marking \(score \d+\): handles a command, returns an error, reaches the network`
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", items)
	return http.ListenAndServe("127.0.0.1:0", mux)
}

func items(w http.ResponseWriter, r *http.Request) { // want `items is worth marking \(score \d+\): handles an HTTP request`
	for _, item := range store.List(r.Context()) {
		fmt.Fprintln(w, item)
	}
}

//telemetry:skip
func skipped([]string) error { // want skipped:`reaches other processes by what it calls`
	return deployTo(context.Background(), "skipped")
}

//telemetry:instrument
func marked([]string) error { // want marked:`reaches other processes by what it calls`
	return deployTo(context.Background(), "marked")
}

func deployTo(ctx context.Context, target string) error { // want deployTo:`reaches other processes`
	if target == "" {
		return fmt.Errorf("no target")
	}
	if err := store.Save(ctx, target); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "true", target).CombinedOutput()
	if err != nil {
		return fmt.Errorf("deploying: %w: %s", err, out)
	}
	fmt.Println("deployed", target)
	return nil
}

type target struct{ name string }

func (t target) Name() string { return t.name }

func newTarget(name string) target { return target{name: name} }

func main() { // want main:`reaches other processes by what it calls`
	if err := newRoot().Execute(); err != nil {
		fmt.Println(err)
	}
}
