package handler

import (
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/alertview"
	"countersign/views/component"
	"countersign/views/riskview"
)

// riskScene is everything the pages of a decision about a risk are made from.
type riskScene struct {
	who        access.Actor
	org        organisation.Organisation
	cohorts    []string
	alert      alert.Alert
	response   alert.Response
	requests   []risk.Request // newest first
	signatures []risk.Signature
	now        time.Time
}

// waiting gives the request that waits for somebody, if one does.
func (s riskScene) waiting() (risk.Request, bool) {
	if len(s.requests) == 0 {
		return risk.Request{}, false
	}
	_, waits := s.requests[0].Decider()
	return s.requests[0], waits && s.response.Stuck()
}

// decides tells whether the newest request waits for this person.
func (s riskScene) decides() bool {
	r, waits := s.waiting()
	return waits && decidesRisk(s.who, s.org.Code, r)
}

// page shows the risk to whoever may read it: the form to ask where nothing
// waits, the decision for whose it is, and what was decided before.
func (s riskScene) page() riskview.Risk {
	path := riskPath(s.org.Code, s.alert.ID)
	page := riskview.Risk{Heading: "The risk of not fixing it", Caption: s.alert.Name() + " · " + s.alert.Draft.Title, Decided: s.decided(), Lead: s.lead()}
	request, waits := s.waiting()
	if waits {
		page.Rows = s.rows(request)
		page.Before = before(risk.TimesAccepted(s.requests), s.requests)
	}
	switch {
	case s.decides():
		page.Heading, page.DecidePost, page.Shown = "Accept or refuse a risk", path+"/decision", string(request.Digest())
		page.AcceptLabel = "Accept until " + longDay(request.Until)
	case !waits && access.May(s.who, access.AskRisk, s.org.Code) && s.response.Stuck():
		page.Heading, page.AskPost = "Ask for a decision about the risk", path
		if s.now.Before(s.response.AcceptedUntil) {
			page.Heading, page.Again = "The risk is accepted", "Ask for another decision"
		}
		page.What = s.response.Reason
		page.Who = "The senior information risk owner (SIRO) decides."
		if s.alert.Draft.Class == alert.Critical || risk.TimesAccepted(s.requests) > 0 {
			page.Who = "The senior information risk owner (SIRO) decides, then the chief executive."
		}
	}
	return page
}

// lead says how the decision stands.
func (s riskScene) lead() string {
	if r, waits := s.waiting(); waits {
		if office, _ := r.Decider(); !s.decides() {
			return "This decision waits for the " + lowerFirst(office.Word()) + "."
		}
		return ""
	}
	switch {
	case len(s.requests) > 0 && s.requests[0].Undecided():
		return "Nobody needs to decide about this any more: what the trust says about the alert has changed since this was asked."
	case s.now.Before(s.response.AcceptedUntil):
		return "The risk is accepted until " + upTo(s.response.AcceptedUntil, s.now) + ". The alert opens again then."
	case !s.response.AcceptedUntil.IsZero():
		return "The risk was accepted until " + upTo(s.response.AcceptedUntil, s.now) + ". That has passed, so the alert is late."
	case len(s.requests) > 0 && s.requests[0].State == risk.Refused:
		return "The risk was refused: the team must act now."
	case s.response.Outcome != alert.CannotFix:
		return "A decision is needed only where something cannot be fixed yet. Say so first, in “Say what you did”."
	}
	return ""
}

func (s riskScene) rows(r risk.Request) []component.SummaryRow {
	rows := []component.SummaryRow{{Key: "What cannot be fixed, and why", Value: r.What}, {Key: "What could happen to patients", Value: r.Patients},
		{Key: "What is in place until then", Value: r.Cover}, {Key: "Asked by", Value: r.AskedBy + ", " + moment(r.AskedAt)}, {Key: "Until", Value: longDay(r.Until)}}
	for _, g := range s.signatures {
		if g.Attempt.Request == r.ID {
			rows = append(rows, component.SummaryRow{Key: "Accepted so far", Value: g.SignerName + ", " + lowerFirst(g.Attempt.Office.Word()) + ", until " + longDay(g.Attempt.Choice.Until)})
		}
	}
	if r.Chief {
		rows = append(rows, component.SummaryRow{Key: "Who must sign", Value: "The senior information risk owner, then the chief executive"})
	}
	return rows
}

// before says how often the same risk was accepted, and since when.
func before(times int, requests []risk.Request) string {
	if times == 0 {
		return ""
	}
	first := ""
	for _, r := range requests { // newest first
		if r.State == risk.Accepted {
			first = dayWord(r.AskedAt)
		}
	}
	word := plural(times, "time")
	return "Accepted " + word + " before, since " + first + "."
}

// decided lists what was signed, newest first.
func (s riskScene) decided() []riskview.Decided {
	var list []riskview.Decided
	for _, g := range s.signatures {
		if !g.Holds() {
			list = append(list, riskview.Decided{Title: "This record does not agree with itself", Rows: []component.SummaryRow{{Key: "What it means", Value: "It was changed after it was signed. Do not rely on it. Tell the national team."}}, Document: g.Attempt.Document})
			continue
		}
		what := "Refused: the team must act now"
		if g.Attempt.Choice.Verdict == risk.Accept {
			what = "Accepted until " + longDay(g.Attempt.Choice.Until)
		}
		list = append(list, riskview.Decided{Title: what, Rows: []component.SummaryRow{
			{Key: "Signed by", Value: g.SignerName + ", " + capacityWord(g)}, {Key: "At", Value: moment(g.SignedAt)},
			{Key: "Proof it was them", Value: "Signed in again at " + moment(g.Proof.AuthAt)}, {Key: "Fingerprint", Value: string(g.Attempt.Digest)}}, Document: g.Attempt.Document})
	}
	return list
}

func capacityWord(g risk.Signature) string {
	if g.Acting {
		return "acting " + lowerFirst(g.Attempt.Office.Word())
	}
	return lowerFirst(g.Attempt.Office.Word())
}

// confirm is the last page before the proof of identity.
func (s riskScene) confirm(r risk.Request, c risk.Choice) riskview.Confirm {
	office, _ := r.Decider()
	_, acting := access.InOffice(s.who.Appointments, office, s.org.Code, s.who.At)
	page := riskview.Confirm{Caption: s.alert.Name() + " · " + s.alert.Draft.Title, Post: riskPath(s.org.Code, s.alert.ID) + "/signature", Shown: string(r.Digest()), Decision: string(c.Verdict),
		Rows: append([]component.SummaryRow{{Key: "Trust", Value: s.org.Name}}, s.rows(r)...), Declaration: risk.Declaration(s.who.Name, office, acting, c), Button: "I refuse – sign the decision"}
	if c.Verdict == risk.Accept {
		page.Until, page.Button = string(c.Until), "I accept – sign the decision"
	}
	page.Fingerprint = r.Digest().Short()
	return page
}

func lowerFirst(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToLower(word[:1]) + word[1:]
}

// riskTask is the part of an answer that somebody else must sign.
func (s alertScene) riskTask() (component.Task, bool) {
	if s.response.Outcome != alert.CannotFix && len(s.risks) == 0 {
		return component.Task{}, false
	}
	task := component.Task{Title: "Get the risk decided", Href: riskPath(s.org.Code, s.alert.ID), Tag: &notStarted, Hint: "Somebody who answers for it must accept the risk, or refuse it"}
	if len(s.risks) == 0 {
		if !access.May(s.who, access.AskRisk, s.org.Code) {
			task.Href = ""
		}
		return task, true
	}
	switch newest := s.risks[0]; newest.State {
	case risk.Asked, risk.Escalated:
		if !s.response.Stuck() {
			task.Tag, task.Hint = &notNeeded, "The answer changed after it was asked for"
			break
		}
		task.Tag, task.Hint = &component.Tag{Text: "Waiting for SIRO", Colour: "purple"}, "Asked by "+newest.AskedBy+", "+moment(newest.AskedAt)
		if newest.State == risk.Escalated {
			task.Tag, task.Hint = &component.Tag{Text: "Waiting for chief executive", Colour: "purple"}, "The senior information risk owner has accepted it"
		}
	case risk.Accepted:
		task.Tag, task.Hint = &completed, "Accepted until "+longDay(newest.Until)
	case risk.Refused:
		task.Tag, task.Hint = &completed, "Refused: the team must act now"
	}
	return task, true
}

// nextOfRisk is the thing to do while a risk is to be decided or is accepted.
func (s alertScene) nextOfRisk(page *alertview.Answer) {
	path := riskPath(s.org.Code, s.alert.ID)
	waits := len(s.risks) > 0 && s.risks[0].Undecided()
	switch {
	case s.now.Before(s.response.AcceptedUntil) && !waits:
		page.Next, page.Href, page.Button = "The risk is accepted", "", ""
		page.Quiet = "Nothing is due until " + upTo(s.response.AcceptedUntil, s.now) + ". If it can be fixed before, say what you did."
	case !s.response.Stuck():
	case waits && s.decides():
		page.Next, page.Href, page.Button = "A decision about the risk waits for you", path, "Read and decide"
	case waits:
		office, _ := s.risks[0].Decider()
		page.Next, page.Href, page.Button = "The risk waits for a decision", "", ""
		page.Quiet = "The " + lowerFirst(office.Word()) + " has been asked to accept it or refuse it. If it can be fixed before, say what you did."
	case (len(s.risks) == 0 || s.risks[0].State != risk.Refused) && access.May(s.who, access.AskRisk, s.org.Code):
		page.Next, page.Href, page.Button = "Next, get the risk decided", path, "Ask for a decision"
	}
}

// decides tells whether the newest request waits for this person.
func (s alertScene) decides() bool {
	return len(s.risks) > 0 && s.response.Stuck() && decidesRisk(s.who, s.org.Code, s.risks[0])
}

// decidesRisk tells whether a request waits for this person's office.
func decidesRisk(who access.Actor, org organisation.Code, r risk.Request) bool {
	office, waits := r.Decider()
	return waits && who.Holds(office, org) && access.May(who, access.DecideRisk, org)
}
