package handler

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/views/homeview"
	"countersign/views/layout"
	"countersign/web/session"
)

func (h Home) publisherHome(c echo.Context) error {
	ctx, who, now := c.Request().Context(), session.Who(c), h.Now()
	issued, err := h.Alerts.Issued(ctx, who, alert.Newest, 8)
	if err != nil {
		return err
	}
	drafts, err := h.Alerts.Drafts(ctx, who)
	if err != nil {
		return err
	}
	changes, err := h.Alerts.Changes(ctx, who)
	if err != nil {
		return err
	}
	page := publisherView(who, issued, drafts, changes, now)
	page.Page = h.page(c, page.Heading)
	page.Wide = true
	return render(c, http.StatusOK, homeview.NationalPage(page))
}

// publisherView leads with what waits for this person's approval, then the
// newest open alert.
func publisherView(who access.Actor, issued []alert.Counted, drafts []alert.Alert, changes []alert.Change, now time.Time) homeview.National {
	page := homeview.National{Heading: "Nothing waits for you"}
	waiting := homeview.Block{ID: "drafts", Title: "Drafts and changes", Empty: "No draft or change waits.", More: &layout.Link{Text: "Write an alert", Href: "/alerts/new"}}
	waiting.Lines = append(draftLines(&page, who, drafts), changeLines(&page, who, changes)...)
	open := homeview.Block{ID: "issued", Title: "Latest alerts", Empty: "No alert has been sent.", More: &layout.Link{Text: "See all alerts", Href: "/alerts"}}
	led := page.Now != nil
	for _, a := range issued {
		name := a.Name()
		line := homeview.Line{Title: name + ": " + a.Title, Href: "/alerts/" + string(a.ID), Text: number(a.Acknowledged) + " of " + plural(a.Asked, "trust") + " acknowledged, " + number(a.Answered) + " answered, " + number(a.Fixed) + " fixed.", Quiet: "Sent " + moment(a.IssuedAt)}
		switch {
		case !a.WithdrawnAt.IsZero():
			line.Strong, line.Quiet = "Withdrawn", line.Quiet+", withdrawn "+moment(a.WithdrawnAt)
		case now.Before(a.AnswerDue):
			line.Strong = timeLeft(a.AnswerDue, now)
		}
		if a.WithdrawnAt.IsZero() && !led { // the newest that is asked of anybody
			led = true
			if now.Before(a.AnswerDue) {
				page.Heading = number(a.Acknowledged) + " of " + plural(a.Asked, "trust") + " have acknowledged " + name
			}
		}
		open.Lines = append(open.Lines, line)
	}
	page.Blocks = []homeview.Block{open, waiting}
	return page
}

// The words of what waits, for whoever may approve it and for everybody else.
const (
	waitsForYou    = "Waits for your approval"
	waitsForOthers = "Waits for someone else to approve it"
)

// approves tells whether somebody may approve what the author wrote.
func approves(who access.Actor, author string) bool {
	return author != who.ID && access.May(who, access.ApproveAlert, organisation.National)
}

// draftLines lists drafts. The first that is theirs to approve leads the page.
func draftLines(page *homeview.National, who access.Actor, drafts []alert.Alert) []homeview.Line {
	var lines []homeview.Line
	for _, d := range drafts {
		line := homeview.Line{Title: d.Draft.Title, Href: nationalPath(d.ID), Text: "In preparation"}
		switch {
		case d.State == alert.Waiting && approves(who, d.Author):
			line.Text = waitsForYou
			lead(page, "An alert waits for your approval", homeview.Now{Title: d.Draft.Title, Button: "Check and send", Href: line.Href, Facts: []homeview.Fact{{Name: "Severity", Value: severityWords[d.Draft.Severity]}},
				Note: "Another publisher wrote it. It goes out when you approve it."})
		case d.State == alert.Waiting:
			line.Text = waitsForOthers
		}
		lines = append(lines, line)
	}
	return lines
}

// changeLines lists the changes of issued alerts that wait, as drafts that wait
// are listed.
func changeLines(page *homeview.National, who access.Actor, changes []alert.Change) []homeview.Line {
	var lines []homeview.Line
	for _, v := range changes {
		what := versionWords[v.Kind]
		line := homeview.Line{Title: v.Name() + ": " + v.Title, Href: changePath(v), Text: what + ". " + waitsForOthers, Quiet: "Written " + moment(v.WrittenAt)}
		if approves(who, v.Author) {
			line.Text = what + ". " + waitsForYou
			lead(page, "A change of "+v.Name()+" waits for your approval", homeview.Now{Title: v.Title, Button: "Check the change", Href: line.Href, Facts: []homeview.Fact{{Name: "What", Value: what}, {Name: "Why", Value: v.Reason}},
				Note: "Another publisher wrote it. It goes out when you approve it."})
		}
		lines = append(lines, line)
	}
	return lines
}

// lead puts a decision first, unless another one is there already.
func lead(page *homeview.National, heading string, now homeview.Now) {
	if page.Now == nil {
		page.Heading, page.Now = heading, &now
	}
}

func changePath(v alert.Change) string { return nationalPath(v.Alert) + "/versions/waiting" }

func (h Home) regulatorHome(c echo.Context) error {
	ctx, who, now := c.Request().Context(), session.Who(c), h.Now()
	ended, err := h.Statements.Ended(ctx, who, monthsBefore(now, 3))
	if err != nil {
		return err
	}
	issued, err := h.Alerts.Issued(ctx, who, alert.Newest, 5)
	if err != nil {
		return err
	}
	page := regulatorView(ended, issued, now)
	if access.May(who, access.ConfirmActing, organisation.National) && h.Acting != nil {
		asked, err := h.Acting.All(ctx, who)
		if err != nil {
			return err
		}
		page.Blocks = append([]homeview.Block{actingBlock(asked, who)}, page.Blocks...)
	}
	page.Page = h.page(c, page.Heading)
	page.Wide = true
	return render(c, http.StatusOK, homeview.NationalPage(page))
}

// talkLines is how many trusts the regulator's home names.
const talkLines = 10

// regulatorView leads with the trusts that need a conversation, each with why.
func regulatorView(ended []attestation.Ended, issued []alert.Counted, now time.Time) homeview.National {
	talk := homeview.Block{ID: "talk", Title: "Who needs a conversation", Empty: "No trust needs a conversation today.", More: &layout.Link{Text: "Compare trusts", Href: "/compare"}}
	counts := outcomesView(ended, nil, now)
	need := 0
	for _, e := range ended {
		line := homeview.Line{Title: e.Name, Href: organisationPath(e.Organisation)}
		switch {
		case e.State == attestation.Returned:
			line.Text = "The chief executive returned the " + e.Period + " statement without signing it on " + dayWord(e.EndedAt) + "."
		case !e.RevokedAt.IsZero() && e.ReplacedBy == "":
			line.Text = "The chief executive withdrew the signed " + e.Period + " statement on " + dayWord(e.RevokedAt) + "."
		case e.EndedAt.IsZero() && !e.Optional && !now.Before(e.Due):
			line.Text = "The " + e.Period + " statement is " + lateBy(now.Sub(e.Due)) + " late."
		default:
			continue
		}
		need++
		if len(talk.Lines) < talkLines {
			talk.Lines = append(talk.Lines, line)
		}
	}
	if shown := len(talk.Lines); need > shown {
		talk.Shown, talk.All = "The first "+number(shown)+" of "+number(need)+" are shown.", &layout.Link{Text: "See every statement", Href: "/statements"}
	}
	statements := homeview.Block{ID: "statements", Title: "Statements of the last 3 months", Empty: "None were due.", More: &layout.Link{Text: "See every statement", Href: "/statements"}}
	if len(ended) > 0 {
		statements.Lines = []homeview.Line{{Title: plural(len(ended), "statement"), Text: counts.Sentence}}
	}
	open := homeview.Block{ID: "issued", Title: "Latest alerts", Empty: "No alert has been sent."}
	for _, a := range issued {
		open.Lines = append(open.Lines, homeview.Line{Title: a.Name() + ": " + a.Title, Href: "/alerts/" + string(a.ID),
			Text: number(a.Answered) + " of " + plural(a.Asked, "trust") + " answered.", Quiet: "Sent " + moment(a.IssuedAt)})
	}
	page := homeview.National{Heading: "No trust needs a conversation today", Blocks: []homeview.Block{talk, statements, open}}
	switch {
	case need == 1:
		page.Heading = "1 trust needs a conversation"
	case need > 1:
		page.Heading = number(need) + " trusts need a conversation"
	}
	return page
}

// actingBlock lists who asks for an acting chief executive.
func actingBlock(asked []identity.ActingOf, who access.Actor) homeview.Block {
	block := homeview.Block{ID: "acting", Title: "Acting chief executives", Empty: "No request waits.", More: &layout.Link{Text: "See every request", Href: actingDeskPath}}
	for _, a := range asked {
		if a.State != identity.ActingWaits {
			continue
		}
		line := homeview.Line{Title: a.OrganisationName + ": " + a.Name, Href: actingDeskPath + "/" + string(a.ID), Text: "Asks to act " + actingTerm(a.Acting) + ".", Strong: "Waits for your decision"}
		if a.Mine(who) {
			line.Strong = "Waits for somebody else’s decision"
		}
		block.Lines = append(block.Lines, line)
	}
	return block
}
