package contactview

import (
	"countersign/views/component"
	"countersign/views/layout"
)

// Row is one organisation, with how well it can be told.
type Row struct{ Name, Href, People, Tag, Refused, Tested string }

// Refusal is a message that could not be delivered.
type Refusal struct{ Trust, Person, Address, What, Why, When string }

// Given is other work that was given up.
type Given struct{ What, Why, When string }

// Health says how well every organisation can be told.
type Health struct {
	layout.Page
	Lead           string
	Silent         bool // no mail server is set
	Shown          string
	Rows           []Row
	Refusals       []Refusal
	More           string // how many refusals are not shown
	Given          []Given
	Webhooks       string // address; empty for those who may not manage them
	Previous, Next string
}

// Person is somebody who is told.
type Person struct{ Name, Office, Address, State, Tag string }

// Sent is one message.
type Sent struct{ When, What, Person, State, Tag, Why string }

// Trust says how one organisation can be told.
type Trust struct {
	layout.Page
	Heading, Lead string
	Silent        bool
	Tested        string // said after a test was sent
	People        []Person
	Sent          []Sent
	Test          string // where a test is asked for; empty for those who may not
	TestWord      string
}

// Extra is a contact an organisation added, with where it is removed.
type Extra struct{ Name, Address, Added, Remove string }

// Keep is where an organisation says who else is told.
type Keep struct {
	layout.Page
	Saved         string
	People        []Person
	Extras        []Extra
	Action        string
	Name, Address string
	Wrong         map[string]string
}

// Hook is one webhook.
type Hook struct{ Address, Host, Made, End string }

// Webhooks lists the systems that are told.
type Webhooks struct {
	layout.Page
	Saved   string
	Hooks   []Hook
	Action  string
	Address string
	Wrong   map[string]string
}

// Secret shows the secret of a new webhook, once.
type Secret struct {
	layout.Page
	Address, Secret, Back string
}

// breaks lets an address, or a mail server's words, break anywhere.
const breaks = "nhsuk-u-text-break-word"

func rowCells(rows []Row) [][]component.Cell {
	var list [][]component.Cell
	for _, r := range rows {
		people := component.Cell{Text: r.People}
		if r.Tag != "" {
			people = component.TagCell(r.People, r.Tag)
		}
		list = append(list, []component.Cell{{Text: r.Name, Href: r.Href}, people, {Text: r.Refused}, {Text: r.Tested}})
	}
	return list
}

func refusalCells(list []Refusal) [][]component.Cell {
	var cells [][]component.Cell
	for _, r := range list {
		cells = append(cells, []component.Cell{{Text: r.Trust}, {Text: r.Person}, {Text: r.Address, Class: breaks}, {Text: r.What}, {Text: r.Why, Class: breaks}, {Text: r.When}})
	}
	return cells
}

func givenCells(list []Given) [][]component.Cell {
	var cells [][]component.Cell
	for _, g := range list {
		cells = append(cells, []component.Cell{{Text: g.What}, {Text: g.Why}, {Text: g.When}})
	}
	return cells
}

func personCells(list []Person) [][]component.Cell {
	var cells [][]component.Cell
	for _, p := range list {
		state := component.Cell{Text: p.State}
		if p.Tag != "" {
			state = component.TagCell(p.State, p.Tag)
		}
		cells = append(cells, []component.Cell{{Text: p.Name}, {Text: p.Office}, {Text: p.Address, Class: breaks}, state})
	}
	return cells
}

func sentCells(list []Sent) [][]component.Cell {
	var cells [][]component.Cell
	for _, s := range list {
		state := component.Cell{Text: s.State}
		if s.Tag != "" {
			state = component.TagCell(s.State, s.Tag)
		}
		cells = append(cells, []component.Cell{{Text: s.When}, {Text: s.What}, {Text: s.Person}, state, {Text: s.Why, Class: breaks}})
	}
	return cells
}

func link(href, text string) *component.Link {
	if href == "" {
		return nil
	}
	return &component.Link{Text: text, Href: href}
}
