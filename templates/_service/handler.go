package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetryhttp"
)

// handler is the whole service. Each request is counted by the pattern of its
// route, never by its path.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /count", answerCount)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return telemetryhttp.Handler(mux)
}

// answerCount answers with the number of words in the body, of 1 MiB at most.
func answerCount(w http.ResponseWriter, r *http.Request) {
	words, err := countWords(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"words": words}) // whoever asked has gone
}

// countWords counts. Its directive records how often that is done, whether it
// succeeds and how long it takes; never what is read.
//
//telemetry:instrument name=words.count
func countWords(r io.Reader) (int, error) {
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
