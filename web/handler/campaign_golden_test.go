package handler

import (
	"testing"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/identity"
	"countersign/views/actingview"
	"countersign/views/campaignview"
	"countersign/views/layout"
	"countersign/views/templateview"
)

func TestPagesOfCampaignsStayAsTheyWereRead(t *testing.T) {
	frame := layout.Page{Title: "Page", Service: "Countersign"}
	course := courseView(aCourse(), "", laterOn)
	course.Page, course.More, course.Withdraw = frame, "/more", "/withdrawal"
	golden(t, "campaign", campaignview.CoursePage(course))
	deadline := deadlineView(aCourse(), aCourse().Rows[3], access.Actor{ID: "nadia"})
	deadline.Page, deadline.Due = frame, "5pm on Friday 11 December 2026"
	golden(t, "campaign-deadline", campaignview.DeadlinePage(deadline))
	origin := originView(attestation.Origin{Statement: attestation.Statement{Called: "A statement", State: attestation.Withdrawn, Due: attestation.Due("2026-12-11")},
		Campaign: attestation.Campaign{ID: "c", AskedName: "Samir", AskedAt: laterOn, Why: "The wording was wrong."}, Moves: aCourse().Rows[1].Moves})
	origin.Page = frame
	golden(t, "campaign-origin", campaignview.OriginPage(origin))
}

func TestPagesOfWordingsStayAsTheyWereRead(t *testing.T) {
	frame := layout.Page{Title: "Page", Service: "Countersign"}
	next := attestation.Quarterly
	next.Edition, next.Parts, next.Material, next.CoSign = 2, append(next.Parts[:2:2], attestation.Part{Text: "I have read <this>."}), []string{"answered"}, []access.Office{access.SIRO}
	edition, err := editionView(next, &attestation.Quarterly)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "wording-draft", templateview.WaitingPage(templateview.Waiting{Page: frame, Heading: "Check the draft", Caption: titleWord(next), Edition: edition, Publish: "/publication", Shown: "digest", Drop: "/removal"}))
	golden(t, "wordings", templateview.ListPage(templateview.List{Page: frame, Write: "/new", Rows: templateRows([]attestation.Template{attestation.Quarterly},
		[]attestation.Draft{{Template: next}, {Template: attestation.Template{ID: "annual", Edition: 1, Kind: attestation.AnnualKind, Title: "{period} statement"}}})}))
}

func TestPagesOfActingStayAsTheyWereRead(t *testing.T) {
	frame := layout.Page{Title: "Page", Service: "Countersign"}
	at := laterOn.AddDate(0, 0, -3)
	request := func(state identity.ActingState) identity.Acting {
		return identity.Acting{ID: "a1", Organisation: "ZZ1", Person: "tom", Name: "Tom Adeyemi", From: "2026-11-20", To: "2026-12-04", Reason: "Annual leave", AskedName: "Miles Everett", AskedAt: at, State: state, DecidedName: "Samir Devlin", DecidedAt: at}
	}
	ended, refused := request(identity.ActingConfirmed), request(identity.ActingRefused)
	ended.EndedAt, ended.EndedName, refused.Why = laterOn, "Amara Whitlock", "Send the minute of your board"
	list := actingListView(identity.ActingGround{Earlier: []identity.Acting{request(identity.ActingConfirmed), request(identity.ActingWaits), ended, refused, request(identity.ActingWithdrawn)}}, "ZZ1", laterOn)
	list.Page = frame
	golden(t, "acting", actingview.ListPage(list))
	waiting := identity.ActingOf{Acting: request(identity.ActingWaits), OrganisationName: "Calder Vale"}
	desk := actingDeskView([]identity.ActingOf{waiting, {Acting: refused, OrganisationName: "Trentside"}}, laterOn)
	desk.Page = frame
	golden(t, "acting-desk", actingview.DeskPage(desk))
	decide := actingDecideView(waiting, access.Actor{ID: "samir"}, laterOn)
	decide.Page = frame
	golden(t, "acting-decide", actingview.DecidePage(decide))
}
