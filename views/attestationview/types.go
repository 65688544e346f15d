// Package attestationview holds the pages of statements: preparing, reading,
// signing, returning, the receipt, and the public check of a signature. Every
// field is ready to print; nothing here decides anything.
package attestationview

import "countersign/views/layout"

// Doc is the words of a statement, as they are or will be locked.
type Doc struct {
	Version string // "Version 3, locked 20 November 2026"; empty while preparing
	Opening string
	Parts   []string
	Proofs  []Proof // of each part, where the reader can look; none where nobody is asked to sign
	Gaps    []Gap
	More    []Section
	Figures []string // the canonical figures, by name
	Relied  []Gap    // the evidence behind it, pinned
	Digest  string   // empty while preparing
}

// Proof leads from a part to the records behind it; empty where there are none.
type Proof struct{ Text, Href string }

// Gap is one gap the statement names.
type Gap struct{ Name, What, FixBy string }

// Moment is one line of a timeline.
type Moment struct{ At, When, What string }

// Date is what stands in the three fields of a date.
type Date struct{ Day, Month, Year string }

// Row is one statement in a list.
type Row struct{ Title, Href, Due, DueHref, Standing, Tag, Late string }

// List is an organisation's statements.
type List struct {
	layout.Page
	Rows        []Row
	Commitments string // where what was promised is followed up
}

// GapField is a gap as it stands in the form.
type GapField struct {
	Code, Name, What, Source string
	FixBy                    Date
}

// Review is where a chief executive reads the exact words and says how they
// want to answer.
type Review struct {
	layout.Page
	Caption, Organisation, Due, Left string
	Late                             bool
	Doc                              Doc
	Checked                          []Moment
	Changed                          string   // in one sentence, since the last statement; empty for the first
	Changes                          []string // figure by figure
	Last                             string   // where that statement is
	Replaces, Because                string   // the code of the statement it takes the place of, and why
	Optional                         bool     // that one still stands, so that there is no deadline
	Shown                            string   // digest of the words on the page, posted back with the answer
	Opinion                          string
	Action                           string
	Wrong                            map[string]string
	Beside                           bool   // read by who signs beside the chief executive
	First                            string // who signs first; empty when the reader can sign
}

// Beside is a signature beside the chief executive's, ready to print.
type Beside struct{ Signer, Capacity, At, Proof, Issuer, Fingerprint, Declaration string }

// CoSigned is what stays of it on the page of who signed.
type CoSigned struct {
	layout.Page
	Title, Version string
	Beside         Beside
	Waits          bool   // for the chief executive
	Receipt        string // of the chief executive's signature, once it is there
	Failure        string // why another try signed nothing
}

// Part is one part of the statement, to choose from.
type Part struct{ Value, Text, Words string }

// Exception is one qualification, ready to print.
//
// Shown is the digest of all it says, posted back with what is done to it.
type Exception struct{ Index, Shown, Part, What, Doing, Who, By string }

// Qualify collects what a chief executive cannot confirm.
type Qualify struct {
	layout.Page
	Caption, Action, Continue string
	Exceptions                []Exception
	Adding                    bool
	Changing                  bool   // one that was written before
	Shown                     string // the digest of that one
	Parts                     []Part
	People                    []string // of the trust, offered for "who"
	Part, What, Doing, Who    string
	By                        Date
	Wrong                     map[string]string
}

// Decline takes the reasons for not signing.
type Decline struct {
	layout.Page
	Caption, Action, LockedBy, Reason string
	Wrong                             map[string]string
}

// Declined says what happens after a statement was returned.
type Declined struct {
	layout.Page
	To string
}

// Confirm is the last step: what will be signed, the declaration, one button.
type Confirm struct {
	layout.Page
	Caption, Organisation, Version, How, Digest string
	Exceptions                                  []Exception
	Declaration, Action                         string
	Late                                        bool
	Due                                         string
	Failure                                     string // why the last try signed nothing
	Signed, Receipt                             string // when somebody already has
	Beside                                      bool   // signed beside the chief executive
	CoSigned                                    []Beside
}

// Receipt is what stays: the code, who signed what, how and when.
type Receipt struct {
	layout.Page
	Code, Title, Organisation, Signer, Capacity, How, At, Version, Proof string
	Late                                                                 string
	Fingerprint, WordsFingerprint                                        string
	Declaration                                                          string
	Doc                                                                  Doc
	Exceptions                                                           []Exception
	PDFHref, PDFSize, ProofSize                                          string
	Contents                                                             string // how many parts and gaps it has
	Parts                                                                string // which parts qualifications are to, after How
	Log, ProofHref                                                       string // where it stands in the public log; empty until it has its proof
	CoSigned                                                             []Beside
	Mine                                                                 bool
	Technical                                                            []Technical // for those who verify
	Moved                                                                []string    // figures that moved since
	Ask                                                                  string      // what to do about that
	AskHref                                                              string      // where to begin a new statement, for those who may
	Commitments                                                          string      // where what was promised is followed up
	Kept                                                                 string      // the last day it must be kept
	After                                                                After
	AskNew                                                               string // where a regulator asks for a new statement
	Overseen                                                             bool   // read by somebody who oversees the trust
	Replace, Withdraw                                                    string // where those who may replace or withdraw it
}

// Technical is a value that only those who verify need.
type Technical struct{ Name, Value string }

// Check is the public page that looks a verification code up.
type Check struct {
	layout.Page
	Typed                                                   string
	Wrong                                                   map[string]string
	Unknown                                                 string
	Refused                                                 string   // why a file proves nothing
	Proved                                                  bool     // a file was brought, and it does
	Proven, Open                                            []string // what it proves, and what it does not
	Found, Intact                                           bool
	Title, Organisation, Signer, At, How, Code, Fingerprint string
	After                                                   After // without reasons
	CoSigned                                                []Beside
}

// Outcome is how one organisation's statement stands, for regulators.
type Outcome struct {
	Name, Href, Period, Due, Standing, Tag, When, Code string
	Promised, PromisedHref                             string // commitments that are open, in the trust's first row
	CodeHref                                           string // where a regulator asks for a new statement
}

// Outcomes lists every organisation's statements. The counts equal the rows.
type Outcomes struct {
	layout.Page
	Sentence              string
	Counts                map[string]int // by how they stand
	Rows                  []Outcome
	Filter                OutcomeFilter
	Shown, Previous, Next string // when there is more than a page
	Ask                   string // where to ask for a statement, for those who may
	Campaigns, Wordings   string // where regulators follow what they asked for, and write its words
}

// OutcomeFilter chooses among them.
type OutcomeFilter struct {
	Search, Standing, Campaign, Wording string
	Standings, Campaigns, Wordings      []Option
	Chosen                              string // how many of how many have what was asked for; empty when nothing was
	All                                 string // where all are
}

// Option is one choice of a form, with its hint.
type Option struct{ Value, Text, Hint string }

// Request is the form in which a regulator asks trusts for a statement.
type Request struct {
	layout.Page
	Action                            string
	Templates, Periods, Kinds, Groups []Option
	Template, Period, Who, All, Name  string
	InKinds, InGroups                 []string
	Due                               Date
	Wrong                             map[string]string
}

// Ask is the check before trusts are asked: who they are, who has the statement
// already, and who has nobody to sign it.
type Ask struct {
	layout.Page
	Action, Change, Shown, Statement    string
	Wording, Period, SignBy, Who, Count string
	Trusts, Already, Unsignable         []string
	AlreadyWord, UnsignableWord         string
}
