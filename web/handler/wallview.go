package handler

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/chart"
	"countersign/views/component"
	"countersign/views/wallview"
)

// goingOut is how long messages may take before a trust without one counts as
// not reached.
const goingOut = 5 * time.Minute

// chaseRows is how many trusts the wall lists before it is asked for all.
const chaseRows = 25

// wallScene is one look at an alert: everything the wall says comes from it.
type wallScene struct {
	alert     alert.Alert
	reached   []alert.Reached // by code
	messages  bool            // the portal sends any
	unsent    bool            // they wait: no mail server is set
	delivered map[organisation.Code]notification.Delivery
	now       time.Time
}

// message is how far we got at a trust.
type message int

// The messages in the order a publisher needs them: who may not know first.
const (
	messageLost message = iota
	messageOpened
	messageDelivered
	messageWaiting
	messageUnsent
	messageNone
	messageTaken
)

func (s wallScene) message(r alert.Reached) message {
	d := s.delivered[r.Organisation]
	switch {
	case r.Acknowledged():
		return messageTaken
	case r.OpenedBy > 0: // whatever became of our message, someone there has seen it
		return messageOpened
	case !s.messages:
		return messageNone
	case d.Reached():
		return messageDelivered
	case s.unsent && d.Refused == 0:
		return messageUnsent
	case d.Waiting > 0, d.Refused == 0 && s.goingOut():
		return messageWaiting
	}
	return messageLost
}

func (s wallScene) withdrawn() bool { return !s.alert.WithdrawnAt.IsZero() }

func (s wallScene) goingOut() bool {
	return s.messages && !s.unsent && !s.withdrawn() && s.now.Sub(s.alert.Approval.At) < goingOut
}

func (m message) tag() component.Tag {
	return map[message]component.Tag{
		messageLost: {Text: "Not delivered", Colour: "red"}, messageOpened: {Text: "Opened", Colour: "white"}, messageDelivered: {Text: "Delivered", Colour: "grey"},
		messageWaiting: {Text: "On its way", Colour: "grey"}, messageUnsent: {Text: "Not sent", Colour: "grey"}, messageNone: {Text: "Not opened", Colour: "grey"}, messageTaken: {Text: "Acknowledged", Colour: "blue"},
	}[m]
}

// last says what happened last at a trust.
func (s wallScene) last(r alert.Reached) string {
	when := func(t time.Time) string {
		if organisation.DayOf(t) == organisation.DayOf(s.now) {
			return "at " + clockTime(t)
		}
		return "at " + moment(t)
	}
	if r.Acknowledged() {
		return "Acknowledged " + when(r.AcknowledgedAt)
	}
	d := s.delivered[r.Organisation]
	at, words := d.LastAt, ""
	switch {
	case d.LastAt.IsZero() && s.unsent:
		words = "Message not sent"
	case d.LastAt.IsZero() && d.Waiting > 0:
		words = "Message on its way"
	case d.LastAt.IsZero() && s.messages && !s.goingOut():
		words = "No address to write to"
	case d.LastAt.IsZero():
		words = "Nothing yet"
	case d.Reached():
		words = "Message delivered " + when(at)
	default:
		words = "Message refused " + when(at)
	}
	if r.OpenedAt.After(at) {
		at, words = r.OpenedAt, "Opened "+when(r.OpenedAt)+", "+people(r.OpenedBy)
	}
	if r.RungAt.After(at) {
		words = "Rung " + when(r.RungAt)
	}
	return words
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return number(n) + " people"
}

func (s wallScene) tally() (alert.Count, map[organisation.Kind]alert.Count) {
	lost := map[organisation.Code]bool{}
	for _, r := range s.reached {
		lost[r.Organisation] = s.message(r) == messageLost
	}
	return alert.Tally(s.reached, func(code organisation.Code) bool { return lost[code] })
}

// headline gives the count and the rest of its sentence.
func (s wallScene) headline(all alert.Count) (count, rest string) {
	if all.Open() > 0 || all.Asked == 0 {
		have := " have acknowledged"
		if all.Asked == 1 {
			have = " has acknowledged"
		}
		if s.withdrawn() {
			have = " acknowledged before the alert was withdrawn"
		}
		return number(all.Acknowledged), "of " + plural(all.Asked, "trust") + have
	}
	var last time.Time
	for _, r := range s.reached {
		if r.AcknowledgedAt.After(last) {
			last = r.AcknowledgedAt
		}
	}
	return "All " + number(all.Asked), "trusts have acknowledged. The last was at " + moment(last) + "."
}

// open lists who has not acknowledged: not delivered first, then opened, then
// delivered; A to Z inside each, so that the order is the same at every look.
func (s wallScene) open() []alert.Reached {
	list := slices.DeleteFunc(slices.Clone(s.reached), alert.Reached.Acknowledged)
	slices.SortStableFunc(list, func(a, b alert.Reached) int {
		return cmp.Or(cmp.Compare(s.message(a), s.message(b)), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Organisation, b.Organisation))
	})
	return list
}

func bar(c alert.Count, small bool) chart.SharesBar {
	return chart.SharesBar{Done: c.Acknowledged, Open: c.Waiting(), Lost: c.Lost, Small: small}
}

// view puts the scene into words.
func (s wallScene) view() wallview.Wall {
	all, kinds := s.tally()
	page := wallview.Wall{Caption: s.caption(), Heading: s.alert.Draft.Title, Bar: bar(all, false), Number: all.Acknowledged, Asked: all.Asked,
		Done: number(all.Acknowledged) + " acknowledged", Open: number(all.Waiting()) + " not yet", OpenName: "Not yet",
		Updated: clockTime(s.now), Sent: "Sent " + moment(s.alert.Approval.At) + ".", DueBy: "Due " + moment(s.alert.AnswerDue) + clockChange(s.alert.Approval.At, s.alert.AnswerDue) + "."}
	page.Count, page.Rest = s.headline(all)
	page.Left, page.Due = s.clock()
	if s.withdrawn() { // nothing is owed: it is only said how far it came
		page.OpenName, page.Open, page.DueBy = "Not acknowledged", number(all.Waiting())+" not acknowledged", "Withdrawn "+moment(s.alert.WithdrawnAt)+"."
	}
	if s.messages {
		page.Lost = number(all.Lost) + " not delivered"
	}
	if (s.unsent || !s.messages) && !s.withdrawn() {
		page.NoMessages = noMessages
	}
	if s.goingOut() {
		page.Notice = "Messages are going out."
	}
	for _, kind := range organisation.Kinds {
		if c, ok := kinds[kind]; ok {
			page.Kinds = append(page.Kinds, wallview.KindRow{Name: kindWord(kind), Key: string(kind), Bar: bar(c, true),
				Done: number(c.Acknowledged) + " of " + number(c.Asked), Open: number(c.Waiting()), Lost: number(c.Lost)})
		}
	}
	s.late(&page)
	return page
}

// clock says how the time to answer stands, and until when it is counted: empty
// where nobody is waited for, so that no script counts on.
func (s wallScene) clock() (left, due string) {
	late := slices.ContainsFunc(s.reached, func(r alert.Reached) bool { return r.Late(s.now) })
	owes := func(r alert.Reached) bool { return r.AnsweredAt.IsZero() || r.Again() }
	switch {
	case s.withdrawn():
		return "Withdrawn", ""
	case len(s.reached) > 0 && !slices.ContainsFunc(s.reached, owes):
		return "All answered", ""
	case !late && !s.now.Before(s.alert.AnswerDue):
		return "Deadline passed", ""
	}
	return timeLeft(s.alert.AnswerDue, s.now), s.alert.AnswerDue.UTC().Format(time.RFC3339)
}

func (s wallScene) caption() string {
	return s.alert.Name() + ", " + strings.ToLower(severityWords[s.alert.Draft.Severity]) + " severity"
}

// late names the trusts past the deadline, A to Z.
func (s wallScene) late(page *wallview.Wall) {
	for _, r := range s.reached {
		if !r.Late(s.now) {
			continue
		}
		row := wallview.LateRow{Name: r.Name, Code: string(r.Organisation), Why: "not acknowledged"}
		switch {
		case r.Again():
			row.Why = "answered before, but not to the newest version"
		case r.Acknowledged():
			row.Why = "acknowledged, but has not said if it applies"
		}
		page.Late = append(page.Late, row)
	}
	slices.SortStableFunc(page.Late, func(a, b wallview.LateRow) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	switch n := len(page.Late); {
	case n == 1:
		page.LateHeading, page.Notice = "Who is late", "1 trust is late."
	case n > 1:
		page.LateHeading, page.Notice = "Who is late", number(n)+" trusts are late."
	}
}

// toChase lists who has not acknowledged; nil when everybody has, or nobody is
// asked any more.
func (s wallScene) toChase(path string, whole bool) *wallview.ToChase {
	list := s.open()
	if len(list) == 0 || s.withdrawn() {
		return nil
	}
	section := &wallview.ToChase{Heading: chaseHeading(len(list)), Lead: "They have not acknowledged yet. Those whose message was not delivered come first.", Rows: s.rows(list)}
	lost := 0
	for _, r := range list {
		if s.message(r) == messageLost {
			lost++
		}
	}
	switch {
	case !s.messages:
		section.Lead = "They have not acknowledged yet. Those where someone has opened the alert come first."
	case lost == 1:
		section.Lead = "Start with the 1 that our message did not reach. The people there may not know."
	case lost > 1:
		section.Lead = "Start with the " + number(lost) + " that our message did not reach. They may not know."
	}
	if len(list) > chaseRows && !whole {
		section.Rows = section.Rows[:chaseRows]
		section.All, section.AllText = path+"?show=all#chase", "Show all "+number(len(list))
	}
	return section
}

// kindWord is a kind under a heading that says it is one of trusts.
func kindWord(k organisation.Kind) string { return strings.TrimSuffix(k.Word(), " trust") }

func chaseHeading(n int) string { return "Who to chase: " + plural(n, "trust") }

func (s wallScene) rows(list []alert.Reached) []wallview.ChaseRow {
	rows := make([]wallview.ChaseRow, 0, len(list))
	for _, r := range list {
		rows = append(rows, wallview.ChaseRow{Name: r.Name, Code: string(r.Organisation), Kind: kindWord(r.Kind), Message: s.message(r).tag(), Last: s.last(r)})
	}
	return rows
}

// contactCells writes the contact log.
func contactCells(list []alert.Contact) [][]component.Cell {
	var cells [][]component.Cell
	for _, line := range list {
		cells = append(cells, []component.Cell{{Text: line.Name}, {Text: moment(line.At)}, {Text: line.Rung}, {Text: line.Outcome}, {Text: line.By}})
	}
	return cells
}
