package main

import (
	"io"
	"path/filepath"

	"github.com/telemetry-kit/telemetry-kit-go/analyzer"
)

// The parts of a SARIF log that findings need (Static Analysis Results Interchange
// Format 2.1.0, OASIS, sections 3.13 to 3.30).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"semanticVersion,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		HelpURI          string    `json:"helpUri"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Rank      float64         `json:"rank"` // 0 to 100
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
)

// printSARIF prints recommendations as notes, ranked.
func printSARIF(w io.Writer, found []recommended) error {
	run := sarifRun{Results: []sarifResult{}, Tool: sarifTool{Driver: sarifDriver{
		Name: "tkgen", InformationURI: "https://github.com/telemetry-kit/telemetry-kit-go",
		Rules: []sarifRule{{
			ID: analyzer.Recommend.Name, HelpURI: analyzer.Recommend.URL,
			ShortDescription: sarifText{"functions that are worth a //telemetry:instrument directive"},
		}},
	}}}
	for _, r := range found {
		run.Results = append(run.Results, sarifResult{
			RuleID: analyzer.Recommend.Name, Level: "note", Rank: float64(r.Score), Message: sarifText{r.String()},
			Locations: []sarifLocation{{sarifPhysical{
				sarifArtifact{filepath.ToSlash(relative(r.File))}, sarifRegion{r.Line, r.Column},
			}}},
		})
	}
	return printJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}
