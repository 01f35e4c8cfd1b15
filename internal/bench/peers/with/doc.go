// Package with holds one package for each way to record that is compared. All have
// the same face, so that the programs differ in an import path and nothing else:
//
//	func Start(what, endpoint string) (record func(n int), stop func())
//
// In comes what to record, in the library's own words ("span", "counter"), and the
// server to send it to; out come record, which records n events as a program would
// that has been written with that library, and stop, which does what its
// documentation tells a program to do before it ends. An empty endpoint means off,
// in the way that the library knows; libraries that know none are not measured so.
// Every event carries one attribute, a number, where the library takes attributes.
package with
