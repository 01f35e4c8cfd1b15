// Command recommend says how well `tkgen recommend` finds what authors chose
// themselves: it takes programs whose authors placed telemetry by hand, hides those
// calls, ranks the functions, and looks where the authors' own stand.
//
//	go run ./internal/bench/recommend
//	go run ./internal/bench/recommend -run gopls -v 40
//	go run ./internal/bench/recommend -dir ~/src/tool -calls 'posthog\.Enqueue$'
//
// Programs come from the module proxy, or out of folders that are given; their
// dependencies are not fetched, so what is behind an import of another module is not
// known here, as it is to the analyzer in a real build.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "recommend:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context) error {
	only := flag.String("run", "", "programs whose name matches this regular `expression`")
	dir := flag.String("dir", "", "measure the program in this `folder` instead")
	calls := flag.String("calls", "", "with -dir: what a call that records looks like, a regular `expression` over pkg.Func")
	top := flag.Int("v", 0, "print so `many` of the first functions of each program; * is an author's own")
	flag.Parse()
	programs := programs
	if *dir != "" {
		programs = []program{{name: "given", dir: *dir, calls: *calls}}
	}
	match, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("reading -run: %w", err)
	}
	var results []result
	for _, p := range programs {
		if !match.MatchString(p.name) {
			continue
		}
		r, err := measure(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		results = append(results, r)
		r.list(os.Stdout, *top)
	}
	return table(os.Stdout, results)
}
