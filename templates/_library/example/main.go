// Command example counts the words of its standard input. It is a program, so it
// may start telemetry; the library may not.
package main

import (
	"fmt"
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"

	"{{.Module}}"
)

func main() { os.Exit(run()) }

func run() int {
	defer telemetry.Start(telemetry.Config{Service: "{{.Name}}-example"}).Stop()
	n, err := library__.Count(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(n)
	return 0
}
