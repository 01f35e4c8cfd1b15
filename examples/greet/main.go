// Command greet is the smallest program with telemetry: a directive, one line
// in main, and go generate. Its generated lines are checked in, so that the
// repository shows what they look like.
package main

import (
	"fmt"
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

//go:generate go run github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen generate .
//go:generate go run github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen manifest -o telemetry.json .
//go:generate go run github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen manifest --markdown -o TELEMETRY.md .

func main() {
	defer telemetry.Start(telemetry.Config{Service: "greet"}).Stop()
	if err := greet(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

//telemetry:instrument name=greet kind=command
func greet(names []string) (tkErr error) {
	defer tkGreet.Begin().End(&tkErr)
	if len(names) == 0 {
		return fmt.Errorf("whom?")
	}
	for _, name := range names {
		fmt.Println(salutation(name))
	}
	return nil
}

//telemetry:instrument name=salutation
func salutation(name string) string {
	defer tkSalutation.Begin().End(nil)
	return "hello, " + name
}
