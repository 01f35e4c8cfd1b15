// Command privacy measures what the sanitizer finds, and what it takes for
// something that it is not, on the corpus in testdata/privacy.
//
// Every text goes the way of a program's: it is recorded as free text, and what
// is read back is what reached the disk. The table has a row for each class and
// half of the corpus: positives and how many were found (no half of the secret is
// left, and a mark says what was there), recall; of these how many texts are
// otherwise as they were ("exact"); look-alikes and how many were changed,
// precision.
//
//	go run ./internal/bench/privacy
//	go run ./internal/bench/privacy -failures    the texts that came out wrong, of the halves that may be looked at
//	go run ./internal/bench/privacy -generate    writes the generated files of the corpus anew
//	go run ./internal/bench/privacy -bigrams     prints the table that random strings are told from words by
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/privacy/corpus"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("privacy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("corpus", "testdata/privacy", "folder of the corpus")
	generate := flags.Bool("generate", false, "write the generated files of the corpus")
	table := flags.Bool("bigrams", false, "print the table of letters that runtime/internal/sanitize knows words by")
	failures := flags.Bool("failures", false, "print the texts that came out wrong of the halves that may be looked at")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	act := func() error { return report(*dir, *failures, stdout) }
	switch {
	case *generate:
		act = func() error { return corpus.Write(*dir) }
	case *table:
		act = func() error { return bigrams(stdout) }
	}
	if err := act(); err != nil {
		fmt.Fprintln(stderr, "privacy:", err)
		return 2
	}
	return 0
}

func report(dir string, failures bool, stdout io.Writer) error {
	cases, err := corpus.Read(dir)
	if err != nil {
		return err
	}
	kept, err := record(cases)
	if err != nil {
		return err
	}
	rows, wrong := corpus.Score(cases, func(text string) string { return kept[text] })
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "half\tclass\tpositives\tfound\trecall\texact\tnegatives\tfalse\tprecision\t")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%.4f\t%d\t%d\t%d\t%.4f\t\n", r.Half, r.Class, r.Positives, r.Found, r.Recall(), r.Exact, r.Negatives, r.Mistaken, r.Precision())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, f := range wrong {
		if failures && corpus.Shown(f.Half) {
			fmt.Fprintf(stdout, "%s %s\n\t%q\n\t%q\n", f.ID, f.Class, f.Text, f.Got)
		}
	}
	return nil
}

// record records every text and returns what was kept of it.
func record(cases []corpus.Case) (map[string]string, error) {
	const service = "bench-privacy"
	dir, err := os.MkdirTemp("", service)
	if err != nil {
		return nil, fmt.Errorf("making a folder to record in: %w", err)
	}
	defer os.RemoveAll(dir)
	for _, e := range os.Environ() { // names of this machine are not the corpus's
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "HOME", "USERPROFILE", "USERNAME", "SUDO_USER", "COMPUTERNAME", "CI", "GITHUB_ACTIONS", "DO_NOT_TRACK", "BENCH_PRIVACY_TELEMETRY":
			os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{"USER": corpus.User, "LOGNAME": corpus.User, "HOSTNAME": corpus.Host, "BENCH_PRIVACY_TELEMETRY": "local"} {
		os.Setenv(name, value)
	}
	s := telemetry.Start(telemetry.Config{Service: service, Dir: dir})
	for i, c := range cases {
		telemetry.Track("case", slog.Int("i", i), telemetry.Text("text", c.Text))
	}
	s.Stop()
	return readBack(service, dir, cases)
}

func readBack(service, dir string, cases []corpus.Case) (map[string]string, error) {
	data, err := inspect.Open(context.Background(), service, filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	defer data.Close()
	kept := map[string]string{}
	n := 0
	for e, err := range data.Events(context.Background()) {
		if err != nil {
			return nil, err
		}
		text, i, err := textOf(e)
		if err != nil {
			return nil, err
		}
		kept[cases[i].Text] = text
		n++
	}
	if n != len(cases) {
		return nil, fmt.Errorf("reading back: want %d events, got %d", len(cases), n)
	}
	return kept, nil
}

// textOf returns what was kept of a case's text, and the case's number.
func textOf(e inspect.Event) (text string, i int, err error) {
	parsed, err := e.Parse()
	if err != nil {
		return "", 0, err
	}
	var data struct {
		Attributes struct {
			I    int    `json:"i"`
			Text string `json:"text"`
		} `json:"attributes"`
	}
	if err := json.Unmarshal(parsed.Body.Data, &data); err != nil {
		return "", 0, fmt.Errorf("reading an event's attributes: %w", err)
	}
	return data.Attributes.Text, data.Attributes.I, nil
}
