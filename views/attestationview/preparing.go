package attestationview

import (
	"strconv"

	"countersign/views/component"
	"countersign/views/layout"
)

// Section is one list of a statement beside its gaps: late answers, what was
// accepted, what was promised before.
type Section struct {
	Title string
	Items []Gap
}

// Prepare is the page of a statement before its signature: what is still to do,
// the words so far, the lock, and what became of a returned one.
type Prepare struct {
	layout.Page
	Caption, Action, Due, Seen string
	Doc                        Doc
	Missing                    string // why the words cannot be shown yet
	Preparing                  bool
	CanLock, CanSign           bool
	CanTakeUp                  bool
	SignHref, SignText         string
	First                      string // who co-signs before the chief executive; empty when nobody has to
	CoSigned                   []Beside
	Tasks                      []component.Task
	Undone                     []layout.Problem // what is in the way of a lock
	Returned, Reason           string
	Before                     string // why the version before was not signed
	Replaces, Because          string // the code of the statement it takes the place of, and why
	ReplacesHref, Revise       string // where that is, and where this is given up
	Optional                   bool   // it still stands, so that there is no deadline
}

// Task is one page of a preparation. Whoever may only read sees what was saved.
type Task struct {
	layout.Page
	Caption, Action, Seen string
	Can                   bool
	Stored                []string // after a conflict: what somebody else saved meanwhile
	Wrong                 map[string]string
}

// Figures is the task of checking the figures.
type Figures struct {
	Task
	Rows    []component.SummaryRow
	Shown   string // digest of the figures on the page
	Checked string // who checked them and when; empty when nobody has
	Moved   string // which moved since
}

// LateField is one late answer as it stands in the form.
type LateField struct{ Alert, Name, What, Href, Code, Why string }

// LateAnswers is the task of explaining late answers.
type LateAnswers struct {
	Task
	Codes []component.Option
	Late  []LateField
	More  string // when there are more than the form takes at once
}

// ProposalField is a gap the portal proposes.
type ProposalField struct{ Key, Field, Name, What, Why string }

// Gaps is the task of naming gaps.
type Gaps struct {
	Task
	Proposals []ProposalField
	Aside     []ProposalField
	Gaps      []GapField
	Named     []Gap // the same, for who may only read
	Filled    int   // how many of the gaps are filled; the others wait, folded
	Propose   string
}

// EvidenceList is the task of linking evidence.
type EvidenceList struct {
	Task
	Choices []component.Choice
	Chosen  []string
	Linked  []string // titles, for who may only read
	Left    []string // why some files cannot be chosen
	Add     string
}

// Board is the task of recording when the board saw the statement.
type Board struct {
	Task
	On   Date
	Read string
}

// FindingField is something that does not agree.
type FindingField struct {
	Rule, Title, Sentence, Digest, Field string
	Mend, MendText                       string
	Must                                 bool
	Accepted, Reason                     string
}

// Contradictions is the task of mending or accepting what does not agree.
type Contradictions struct {
	Task
	Findings []FindingField
}

// CommitmentField is an open commitment to account for.
type CommitmentField struct {
	ID, Field, Name, What, Doing, Who, By, Late, Said, Href string
}

// Accounts is the task of accounting for open commitments.
type Accounts struct {
	Task
	Commitments []CommitmentField
}

// Settle is the form that says what became of one commitment: in a statement, or
// between two.
type Settle struct {
	Task
	Commitment CommitmentField
	Choices    []component.Choice
	How, Note  string
	By         Date
	Files      []component.Option
	Evidence   string
	Button     string
	Steps      []Moment
	Closed     string // why there is nothing to say any more
}

// Commitment is one line of an organisation's commitments.
type Commitment struct {
	Name, Href, What, Who, By, First, Standing, Tag, Text string
}

// Commitments lists what an organisation promised.
type Commitments struct {
	layout.Page
	Sentence      string
	Open, Settled []Commitment
}

func lateName(i int) string { return "late-" + strconv.Itoa(i) }

func commitmentCells(list []Commitment) [][]component.Cell {
	var cells [][]component.Cell
	for _, c := range list {
		by := component.Cell{Text: c.By, Class: "app-nowrap"}
		if c.First != "" {
			by = component.Cell{Text: c.By + " (first " + c.First + ")"}
		}
		cells = append(cells, []component.Cell{{Text: c.Name, Href: c.Href}, {Text: c.What, Class: "app-list__plain"}, {Text: c.Who}, by, tag(c.Standing, c.Tag)})
	}
	return cells
}
