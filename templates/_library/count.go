// Package library__ counts words.
//
// A program that starts telemetry (telemetry.Start) learns how often it counts
// and how long that takes. This package never starts it: in any other program
// nothing is recorded.
package library__

import (
	"bufio"
	"fmt"
	"io"
)

//go:generate go tool tkgen generate

// Count returns the number of words that r holds.
//
//telemetry:instrument name={{.Package}}.count
func Count(r io.Reader) (int, error) {
	words := bufio.NewScanner(r)
	words.Split(bufio.ScanWords)
	n := 0
	for words.Scan() {
		n++
	}
	if err := words.Err(); err != nil {
		return 0, fmt.Errorf("counting: %w", err)
	}
	return n, nil
}
