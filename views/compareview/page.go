// Package compareview holds the page that compares organisations. It shows
// ranges and bands in words, and never a bare rank.
package compareview

import (
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/layout"
)

// Comparison is a table of one group as one reader may see it.
type Comparison struct {
	layout.Page
	Finding  string // who is outside the expected range, in one sentence
	Scope    string // Comparing 14 acute trusts, November 2025 to October 2026.
	AsOf     string // when the figures are from
	Own      bool   // only the reader's own row is shown
	Kinds    []component.Option
	Kind     string // empty when the reader cannot choose a group
	Day      string // of the moment asked for, as it was typed
	Month    string
	Year     string
	Wrong    map[string]string
	Open     bool   // the form
	Refusal  string // why the group is not compared
	Average  string // Group average, 91%
	From     float64
	Bands    []Band
	Strip    *chart.PositionStrip // of the reader's own row
	Position string               // the strip in words
	Notes    []string
	Funnel   *chart.Figure
	Download string
	File     string // Download this comparison (CSV)
	Method   []string
}

// Band is a heading with its rows, A to Z.
type Band struct {
	Title string // Below the expected range: 1 trust
	Why   string
	Rows  []Row
}

// Row is one organisation. Without a Figure nothing is claimed of it.
type Row struct {
	Name      string
	Code      string
	Href      string // empty when the reader may not go there
	You       bool
	Answered  string // 33 of 48 (69%)
	Figure    *chart.IntervalRow
	Likely    string // Likely between 55% and 80%
	Position  string // 13th to 14th
	Course    *chart.Sparkline
	Direction string
}
