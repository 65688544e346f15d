package handler

import (
	"slices"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/views/homeview"
)

// waitsFirst tells whether a statement waits for somebody else before this
// person can sign it.
func (s trustSight) waitsFirst() bool { return slices.ContainsFunc(s.statements, s.waitsForOther) }

func (s trustSight) waitsForOther(st attestation.Statement) bool {
	return len(st.Awaits()) > 0 && s.signs() && !access.May(s.who, access.CoSignStatement, s.org)
}

// showWaiting says for whom a statement waits that this person signs next. It is
// no task of theirs, so it is not counted; where nothing else needs them, the
// card says it.
func (s trustSight) showWaiting(page *homeview.Home) {
	for _, st := range s.statements {
		if !s.waitsForOther(st) {
			continue
		}
		title, href := "The "+st.Title()+" waits for "+s.first, statementPath(st.Organisation, st.ID)+"/signature"
		if page.Now == nil {
			page.Now = &homeview.Now{Title: title, Facts: []homeview.Fact{{Name: "Then sign by", Strong: dueWord(st.Due, s.now), Value: "(" + daysLeft(st.Due, s.now) + ")"}}, Button: "Read the statement", Href: href,
				Late: st.Late(s.now), Note: "They co-sign it first. We tell you by email when you can sign."}
			continue
		}
		page.Next = append(page.Next, homeview.Line{Title: title, Href: href, Text: "They co-sign it first. Then you sign, by " + dueWord(st.Due, s.now) + "."})
	}
}
