// Package lab runs commands for benchmarks that compare processes, on source
// that nobody here wrote.
//
// In come pinned modules and commands; out go copies of the modules to work on,
// and what each run of a command cost: wall time, processor time, and memory at
// its peak. [Rounds] runs several commands in turn, in another order each
// round, so that a busy moment hits all alike. Foreign code is parsed and built,
// never run.
package lab
