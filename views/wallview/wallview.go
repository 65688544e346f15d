// Package wallview holds the broadcast wall of a national alert and what is
// done from it: chasing, the telephone list, the contact log. Every field is
// ready to print; nothing here decides anything. What moves on an open wall
// carries a name that the stream and the script share.
package wallview

import (
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/layout"
)

// Wall is how far one alert has come, as at a moment.
type Wall struct {
	layout.Page
	Caption string // number and severity
	Heading string // the alert's title
	Second  bool   // for a second screen: counts alone, twice the size

	Count    string // 171
	Rest     string // of 206 trusts have acknowledged
	Notice   string // messages are going out, or how many are late
	Bar      chart.SharesBar
	Done     string // 171 acknowledged
	Open     string
	OpenName string // of those who have not acknowledged though reached
	Lost     string
	Left     string // 30 hours left
	Due      string // RFC 3339, by which the clock runs; empty where it stands
	Sent     string
	DueBy    string

	Updated      string // time of day
	Number       int    // acknowledged, and of how many: for what is said aloud
	Asked        int
	Stream       string // address of the stream, from the version on the page; empty where nothing moves
	Refresh      string // address of this page
	OtherView    string
	ChaseHref    string // empty for those who may not chase
	ChaseText    string
	UpdateHref   string // empty for those who may not send one
	UpdateText   string
	PhonesHref   string
	NoMessages   string // what the portal does not do
	Chased       string // what became of a chase just now
	Kinds        []KindRow
	Late         []LateRow
	LateHeading  string
	Figure       *chart.Figure
	ToChase      *ToChase
	Contacts     Log
	ResponseHref string // every organisation's answer
	Downloads    []layout.Link
}

// KindRow counts one kind of trust.
type KindRow struct {
	Name             string
	Key              string // of the row, for the stream
	Bar              chart.SharesBar
	Done, Open, Lost string
}

// LateRow is one trust past its deadline.
type LateRow struct{ Name, Code, Why string }

// ToChase lists who has not acknowledged, those we did not reach first.
type ToChase struct {
	Heading string
	Lead    string
	Rows    []ChaseRow
	Action  string // where the boxes are sent; empty where nobody can be chased from here
	All     string // address of the whole list; empty when it is whole
	AllText string
}

// ChaseRow is one trust that has not acknowledged.
type ChaseRow struct {
	Name, Code, Kind, Last string
	Message                component.Tag
	Checked                bool
}

// Log is the contact log, and the form that adds to it.
type Log struct {
	Lines   [][]component.Cell
	Action  string // empty for those who ring nobody
	Wrong   map[string]string
	Trusts  []component.Option
	Trust   string
	Rung    string
	At      string
	Outcome string
	Longest int
}

// Chase is the page that asks what to write to whom.
type Chase struct {
	layout.Page
	Caption    string
	Action     string
	Phones     string
	How        string // what becomes of what is written
	NoMessages string
	Wrong      map[string]string
	Rows       []ChaseRow
	Words      string
	Longest    int
	Preview    *Preview // what will be sent, to be checked before it is
}

// Preview is what a trust will read.
type Preview struct {
	Title string
	To    []string
	Codes []string
	Words []string // paragraphs
}

// Phones is the list to ring from, a page of paper for each region.
type Phones struct {
	layout.Page
	Caption string
	Heading string
	Lead    string
	Regions []Region
}

// Region is one page of the list.
type Region struct {
	Name, Count string
	Trusts      []PhoneTrust
}

// PhoneTrust is whom to ring at one trust.
type PhoneTrust struct {
	Name, Code string
	Message    component.Tag
	People     []PhonePerson
}

// PhonePerson is one number.
type PhonePerson struct{ Office, Name, Number, Href string }

func interruption(title string) component.Panel {
	return component.Panel{Interruption: true, Level: 2, Size: component.Medium, Title: title}
}
