// Package assessmentview holds the pages of assessments: the list of them, one
// with its outcomes by objective, and the page that records one outcome.
package assessmentview

import (
	"strings"

	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/layout"
)

// List is every assessment of one organisation.
type List struct {
	layout.Page
	Rows     []Row
	Start    *Start // the form to begin one; nil when the reader may not
	NoStart  string // why none can begin yet; empty when one can
	StartURL string
}

// Row is one assessment of a list.
type Row struct {
	Title    string
	Href     string
	Period   string
	Standing string // 36 of 47 at the expected level
	Said     string // 40 of 47 answered
	Due      string
}

// Start is what a person says to begin an assessment, as it was typed.
type Start struct {
	Profiles         []component.Option
	Profile          string
	Period           string
	Day, Month, Year string
	Wrong            map[string]string
	Open             bool
}

// Assessment is one assessment with its outcomes.
type Assessment struct {
	layout.Page
	Framework string
	Period    string
	Finding   string // 36 of 47 outcomes are at the expected level
	Said      string
	Due       string
	Expected  string // the profile's name
	Note      string // of the profile
	CanRecord bool
	Next      *layout.Link // the first outcome nobody has answered
	Levels    chart.LevelBar
	Heat      []chart.HeatGroup
	Groups    []Group
}

// Group is one objective.
type Group struct {
	ID       string
	Title    string
	Tally    string
	Outcomes []Outcome
}

// Outcome is one row: a level, what is expected, and what is missing.
type Outcome struct {
	Code     string
	Name     string
	Href     string
	Level    string
	Tag      string // colour of the level's tag; empty for plain words
	Was      string // the level of the assessment before, when nobody has confirmed it
	Expected string
	Reached  string // Yes, No or Not assessed
}

// Record is the page of one outcome.
type Record struct {
	layout.Page
	Code        string
	Name        string
	Caption     string // objective and principle
	Description string
	Indicators  []Indicators
	Expected    string
	Was         string // sentence on the assessment before; empty when there was none
	Last        string // who answered last and when; empty when nobody has
	Level       string
	LevelWord   string
	Levels      []component.Choice
	Comment     string
	Limit       int
	Seen        string
	Action      string
	Button      string
	Evidence    string // address to add some; empty when the reader may not
	CanRecord   bool
	Wrong       map[string]string
	Stored      string // what somebody else stored meanwhile; empty when nobody did
}

// Indicators are the statements that speak for one level.
type Indicators struct {
	Title string
	Texts []string
}

func (Record) expander() component.Details {
	return component.Details{Summary: "What speaks for each level"}
}

// rowID is where a tile of the heat map leads.
func rowID(code string) string { return "outcome-" + code }

// RowHref is the address of an outcome's row on the assessment's page.
func RowHref(code string) string { return "#" + rowID(code) }

// heat draws the map. A phone has no room for an objective's title: there it
// is named by its code, and the tables below have it whole.
func (a Assessment) heat(narrow bool) chart.HeatMap {
	groups := a.Heat
	if narrow {
		groups = nil
		for _, g := range a.Heat {
			code, _, _ := strings.Cut(g.Title, ". ")
			groups = append(groups, chart.HeatGroup{Title: "Objective " + code, Tiles: g.Tiles})
		}
	}
	return chart.HeatMap{Label: "Level of each outcome. The same levels are in the tables below the chart.", Groups: groups, Narrow: narrow}
}

func rowCells(rows []Row) [][]component.Cell {
	var cells [][]component.Cell
	for _, r := range rows {
		cells = append(cells, []component.Cell{{Text: r.Title, Href: r.Href}, {Text: r.Period}, {Text: r.Standing}, {Text: r.Said}, {Text: r.Due}})
	}
	return cells
}

// lines splits a comment into the lines it was written in.
func lines(comment string) []string { return strings.Split(comment, "\n") }
