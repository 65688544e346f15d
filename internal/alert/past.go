package alert

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/sheet"
)

// PastAnswer is one line of a file of past responses: an alert as it was sent
// once, and what one organisation answered.
type PastAnswer struct {
	Line           int
	Number         int64
	Title          string
	Severity       Severity
	Class          Class
	AcknowledgedAt time.Time
	AcknowledgedBy string
	Response       Response // without its alert, which may not be known yet
	columns        []string // of the file, to name the place of a problem
}

// at describes damage at a column of the line.
func (p PastAnswer) at(column, format string, args ...any) sheet.Damage {
	return sheet.At(p.Line, slices.Index(p.columns, column)+1, format, args...)
}

// History is what is on record already about the numbers of a file.
type History struct {
	Alerts    map[int64]Alert
	Responses map[int64]map[organisation.Code]Response
}

// Past is what an import of past responses writes.
type Past struct {
	Alerts    []Alert
	Responses []Response
	Events    []event.Event
}

// PastImported counts what an import of past responses did, or would do.
type PastImported struct{ Alerts, Responses, Unchanged int }

// Text says what an import did.
func (i PastImported) Text(dry bool) string {
	before := ""
	if dry {
		before = "Nothing was changed. An import would do this:\n"
	}
	return fmt.Sprintf("%s%d past alerts added, %d answers added, %d answers unchanged\n", before, i.Alerts, i.Responses, i.Unchanged)
}

// pastAuthor and pastApprover stand for the people who wrote and sent past
// alerts. Who they were is in the records the file was made from.
const (
	pastAuthor   = "portal:past"
	pastApprover = "portal:past-approval"
)

// ImportPast keeps alerts that were sent before this portal and what
// organisations answered, whole or not at all. What is on record already is
// never changed: a line that says something else is refused.
func (s *Service) ImportPast(ctx context.Context, who access.Actor, lines []PastAnswer, dry bool) (PastImported, error) {
	pass, err := access.Check(who, access.ImportResponses, organisation.National)
	if err != nil {
		return PastImported{}, err
	}
	all, err := s.Register.All(ctx, pass)
	if err != nil {
		return PastImported{}, fmt.Errorf("find whose answers are imported: %w", err)
	}
	registered := map[organisation.Code]bool{}
	for _, o := range all {
		registered[o.Code] = true
	}
	var numbers []int64
	for _, line := range lines {
		if !slices.Contains(numbers, line.Number) {
			numbers = append(numbers, line.Number)
		}
	}
	var imported PastImported
	err = s.Imports.ImportPast(ctx, pass, numbers, func(history History) (Past, error) {
		p := pastImport{Service: s, pass: pass, now: s.Now(), registered: registered, history: history, new: map[int64]Alert{}}
		for _, line := range lines {
			p.take(line)
		}
		if len(p.damage) > 0 {
			return Past{}, sheet.Problems(p.damage)
		}
		imported = p.done
		if dry {
			return Past{}, nil
		}
		return p.past, nil
	})
	return imported, err
}

// pastImport goes through the lines of a file under one look at the records.
type pastImport struct {
	*Service
	pass       access.Pass
	now        time.Time
	registered map[organisation.Code]bool
	history    History
	new        map[int64]Alert
	past       Past
	done       PastImported
	damage     []sheet.Damage
}

func (p *pastImport) wrong(line PastAnswer, column, format string, args ...any) {
	p.damage = append(p.damage, line.at(column, format, args...))
}

// take decides on one line.
func (p *pastImport) take(line PastAnswer) {
	r := line.Response
	before := len(p.damage)
	if !p.registered[r.Organisation] {
		p.wrong(line, "ods_code", "there is no organisation %s. Import organisations first.", r.Organisation)
	}
	for column, at := range map[string]time.Time{"issued_at": r.IssuedAt, "acknowledged_at": line.AcknowledgedAt, "applied_at": r.AppliedAt, "closed_at": r.ClosedAt} {
		if at.After(p.now) {
			p.wrong(line, column, "this is in the future.")
		}
	}
	a := p.alert(line)
	if len(p.damage) > before {
		return
	}
	r.Alert = a.ID
	if r.Acknowledged != nil {
		r.Answered = a.Current()
	}
	if was, known := p.history.Responses[line.Number][r.Organisation]; known {
		if !was.says(r) {
			p.wrong(line, "ods_code", "another answer of %s to %s is on record already. It stays as it is.", r.Organisation, a.Name())
			return
		}
		p.done.Unchanged++
		return
	}
	p.done.Responses++
	p.past.Responses = append(p.past.Responses, r)
	p.past.Events = append(p.past.Events, p.events(a, r)...)
}

// alert finds the alert of a line, or makes it from its first line. Every line
// must say the same of it.
func (p *pastImport) alert(line PastAnswer) Alert {
	a, known := p.history.Alerts[line.Number]
	if !known {
		a, known = p.new[line.Number]
	}
	r := line.Response
	if known && a.Author != pastAuthor { // an answer to an alert of this portal is its organisation's own act (T55)
		p.wrong(line, "alert", "%s was not imported as a past alert, so no past answer to it can be.", a.Name())
		return a
	}
	if known {
		for _, each := range []struct {
			column string
			same   bool
		}{{"title", a.Draft.Title == line.Title}, {"severity", a.Draft.Severity == line.Severity}, {"class", a.Draft.Class == line.Class},
			{"issued_at", a.Approval.At.Equal(r.IssuedAt)}, {"answer_due", a.AnswerDue.Equal(r.AnswerDue)}, {"action_due", a.ActionDue.Equal(r.ActionDue)}} {
			if !each.same {
				p.wrong(line, each.column, "%s has another value elsewhere: the number belongs to “%s”.", a.Name(), sheet.Clip(a.Draft.Title))
			}
		}
		return a
	}
	a = Alert{ID: ID(p.NewID()), Number: line.Number, Author: pastAuthor, DraftedAt: r.IssuedAt, State: Issued, Approval: &Approval{By: pastApprover, At: r.IssuedAt},
		AnswerDue: r.AnswerDue, ActionDue: r.ActionDue, Edition: 1,
		Draft: Draft{Title: line.Title, Severity: line.Severity, Class: line.Class, Why: "This alert was sent before this portal. Its words are in the records of that time.",
			Steps: []Step{{Text: "See the alert as it was sent"}}}}
	p.new[line.Number] = a
	p.done.Alerts++
	p.past.Alerts = append(p.past.Alerts, a)
	p.past.Events = append(p.past.Events, event.New(p.NewID(), p.pass, p.now, "past alert imported", a.thing(), a.Name()+" imported, as sent on "+day(r.IssuedAt)+": "+a.Draft.Title).Vouching(a.First("").Digest()))
	return a
}

// events tell an organisation's timeline what was imported. They carry the
// moment of the import: nothing on the record pretends to have been written
// earlier than it was.
func (p *pastImport) events(a Alert, r Response) []event.Event {
	tell := func(kind, detail string) event.Event {
		return event.New(p.NewID(), p.pass, p.now, kind, r.thing(), detail).For(r.Organisation).Vouching(r.Digest())
	}
	all := []event.Event{tell("past alert imported", a.Name()+" was sent on "+day(r.IssuedAt)+": "+a.Draft.Title)}
	if r.Acknowledged != nil {
		all = append(all, tell("past answer imported", pastAcknowledged+day(r.Acknowledged.At)+" by "+r.Acknowledged.By))
	}
	switch r.Applicability {
	case NotSaid:
	case StillChecking:
		all = append(all, tell("past answer imported", pastChecking))
	case DoesNotApply:
		all = append(all, tell("past answer imported", pastSaid+day(r.AppliedAt)+pastNot+strings.ToLower(strings.Join(r.HowKnown, ", "))))
	default:
		all = append(all, tell("past answer imported", pastSaid+day(r.AppliedAt)+pastApplies))
	}
	if r.Outcome != NothingYet {
		detail := pastDone[r.Outcome]
		if r.Outcome == FixedInPart {
			detail = saidPart + thousands(r.FixedCount) + " of " + thousands(r.AssetCount)
		}
		all = append(all, tell("past answer imported", detail))
	}
	if r.Closed() {
		all = append(all, tell("past answer imported", pastClosed+day(r.ClosedAt)))
	}
	return all
}

// day is a moment's day as the record says it.
func day(at time.Time) string {
	on, err := time.Parse(time.DateOnly, string(organisation.DayOf(at)))
	if err != nil {
		return strconv.Quote(string(organisation.DayOf(at))) // a day always parses
	}
	return on.Format("2 January 2006")
}

// says tells whether two responses answer alike. Who closed what for which
// version is this portal's own business.
func (r Response) says(other Response) bool {
	acknowledged := func(r Response) Acknowledgement {
		if r.Acknowledged == nil {
			return Acknowledgement{}
		}
		return Acknowledgement{By: r.Acknowledged.By, At: r.Acknowledged.At.UTC()}
	}
	return acknowledged(r) == acknowledged(other) && r.Applicability == other.Applicability && r.AppliedAt.Equal(other.AppliedAt) && slices.Equal(r.HowKnown, other.HowKnown) &&
		r.CheckedOn == other.CheckedOn && r.Outcome == other.Outcome && r.FixedCount == other.FixedCount && r.AssetCount == other.AssetCount && r.Reason == other.Reason &&
		r.PlanOn == other.PlanOn && r.ClosedAt.Equal(other.ClosedAt)
}
