// Package folder keeps the small files of a program's telemetry: the person's
// answer, the install id, wishes to be forgotten.
//
// In come paths and short texts; out come the same texts, whole or not at all,
// whatever happened meanwhile. They lie on the disk, but for programs of
// WebAssembly (js, wasip1): a page has no disk, what it may keep in a browser is
// not for a library to take, and a host of wasip1 gives out folders as it likes.
// There they are held in memory for as long as the process runs.
package folder
