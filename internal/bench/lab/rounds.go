package lab

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
)

// Step is one command of every round.
type Step struct {
	Name    string
	Command Command
	// Prepare is done before each run, and not measured.
	Prepare func(ctx context.Context) error
	// Used is filled by [Rounds], one value a round.
	Used []Usage
}

// Sequence is steps that have to follow one another.
type Sequence []*Step

// Rounds runs all sequences n times, in another order each round. progress is
// told of the rounds, or of every fiftieth if there are many.
func Rounds(ctx context.Context, n int, sequences []Sequence, random *rand.Rand, progress io.Writer) error {
	for round := range n {
		for _, i := range random.Perm(len(sequences)) {
			for _, step := range sequences[i] {
				if err := step.run(ctx); err != nil {
					return fmt.Errorf("measuring %s: %w", step.Name, err)
				}
			}
		}
		if n < 50 || (round+1)%50 == 0 {
			fmt.Fprintf(progress, "%d of %d rounds\n", round+1, n)
		}
	}
	return nil
}

// Warm runs all sequences n times and forgets what that took: files are in memory
// then, and what a program makes when it runs for the first time is made.
func Warm(ctx context.Context, n int, sequences []Sequence, random *rand.Rand) error {
	if err := Rounds(ctx, n, sequences, random, io.Discard); err != nil {
		return err
	}
	for _, sequence := range sequences {
		for _, step := range sequence {
			step.Used = nil
		}
	}
	return nil
}

func (s *Step) run(ctx context.Context) error {
	if s.Prepare != nil {
		if err := s.Prepare(ctx); err != nil {
			return err
		}
	}
	used, _, err := s.Command.Run(ctx)
	s.Used = append(s.Used, used)
	return err
}

// Walls are the wall times of a step's runs, in seconds.
func (s *Step) Walls() []float64 { return s.values(func(u Usage) float64 { return u.Wall }) }

// CPUs are the processor times of a step's runs, in seconds.
func (s *Step) CPUs() []float64 { return s.values(func(u Usage) float64 { return u.CPU }) }

// Peaks are the peaks of memory of a step's runs, in bytes.
func (s *Step) Peaks() []float64 { return s.values(func(u Usage) float64 { return u.Peak }) }

func (s *Step) values(of func(Usage) float64) []float64 {
	values := make([]float64, len(s.Used))
	for i, u := range s.Used {
		values[i] = of(u)
	}
	return values
}
