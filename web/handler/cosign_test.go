package handler

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/notification"
	"countersign/views/attestationview"
	"countersign/views/layout/layouttest"
)

// besideStatement is locked, and its words ask for a co-signature.
func besideStatement(signed bool) attestation.Statement {
	words := "countersign statement 1\nco-signs 1: senior information risk owner\nopening: I confirm:\n"
	st := attestation.Statement{ID: "st", Organisation: calder.Code, Called: "2026 funding assurance", State: attestation.Locked, Number: 1, Words: words, Digest: attestation.DigestOf(words),
		Due: calderNoon.AddDate(0, 0, 6), LockedAt: calderNoon.Add(-time.Hour), LockedBy: "Tom Adeyemi"}
	if signed {
		st.Beside = []attestation.CoSignature{{Office: access.SIRO, SignerName: "Tom Adeyemi", SignedAt: calderNoon.Add(-time.Minute)}}
	}
	return st
}

var calderNoon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestHomeSaysWhoSignsFirst(t *testing.T) {
	for claim, c := range map[string]struct {
		office               access.Office
		signed               bool
		heading, card, leads string
	}{
		"who signs first has it to do":         {access.SIRO, false, "1 thing needs you", "Co-sign the 2026 funding assurance", "/co-signature"},
		"the chief executive waits, uncounted": {access.ChiefExecutive, false, "Nothing needs you today", "The 2026 funding assurance waits for Tom Adeyemi, senior information risk owner", "/signature"},
		"then the chief executive signs":       {access.ChiefExecutive, true, "1 thing needs you", "Sign the 2026 funding assurance", "/signature"},
		"and who signed first is done":         {access.SIRO, true, "Nothing needs you today", "", ""},
		"nobody else has anything to do":       {access.CyberLead, false, "Nothing needs you today", "", ""},
	} {
		t.Run(claim, func(t *testing.T) {
			s := trustSight{who: holder("p", "Somebody", c.office, calder.Code), org: calder.Code, now: calderNoon, statements: []attestation.Statement{besideStatement(c.signed)}}
			if s.waitsFirst() {
				s.first = "Tom Adeyemi, senior information risk owner"
			}
			page := trustHomeView(s)
			if page.Heading != c.heading || (page.Now != nil) != (c.card != "") {
				t.Fatalf("%q with the card %+v", page.Heading, page.Now)
			}
			if page.Now != nil && (page.Now.Title != c.card || !strings.HasSuffix(page.Now.Href, "/statements/st"+c.leads)) {
				t.Errorf("the card is %+v", page.Now)
			}
		})
	}
	first := besideStatement(true)
	first.Due = first.Due.AddDate(0, 0, -1)
	both := trustSight{who: holder("p", "Somebody", access.ChiefExecutive, calder.Code), org: calder.Code, now: calderNoon, first: "Tom Adeyemi", statements: []attestation.Statement{first, besideStatement(false)}}
	if page := trustHomeView(both); page.Heading != "1 thing needs you" || len(page.Next) != 1 || page.Next[0].Title != "The 2026 funding assurance waits for Tom Adeyemi" {
		t.Errorf("with another to sign: %q, then %+v", page.Heading, page.Next)
	}
}

func TestListLeadsWhoSignsNext(t *testing.T) {
	for claim, c := range map[string]struct {
		office         access.Office
		signed         bool
		standing, href string
	}{
		"the SIRO first":                          {access.SIRO, false, "Waiting for SIRO", "/co-signature"},
		"the chief executive reads meanwhile":     {access.ChiefExecutive, false, "Waiting for SIRO", "/signature"},
		"then the chief executive":                {access.ChiefExecutive, true, "Waiting for chief executive", "/signature"},
		"and others see where it stands":          {access.CyberLead, false, "Waiting for SIRO", ""},
		"the SIRO reads on once they have signed": {access.SIRO, true, "Waiting for chief executive", ""},
	} {
		row := statementRow(besideStatement(c.signed), holder("p", "Somebody", c.office, calder.Code), calderNoon)
		if row.Standing != c.standing || !strings.HasSuffix(row.Href, "/statements/st"+c.href) {
			t.Errorf("%s: %q leads to %s", claim, row.Standing, row.Href)
		}
	}
}

// A trust's own list says how a statement was signed as its receipt does.
func TestListSaysHowAStatementWasSigned(t *testing.T) {
	for want, change := range map[string]func(*attestation.Statement){
		"Signed":                       func(*attestation.Statement) {},
		"Signed with 1 qualification":  func(s *attestation.Statement) { s.Exceptions = 1 },
		"Signed with 2 qualifications": func(s *attestation.Statement) { s.Exceptions = 2 },
		"Withdrawn":                    func(s *attestation.Statement) { s.Exceptions, s.RevokedAt = 2, calderNoon },
		"Replaced":                     func(s *attestation.Statement) { s.Exceptions, s.ReplacedBy = 2, "st_2" },
	} {
		st := besideStatement(true)
		st.State = attestation.Signed
		change(&st)
		if row := statementRow(st, holder("p", "Somebody", access.CyberLead, calder.Code), calderNoon); row.Standing != want || strings.Contains(want, "with") != (row.Tag == "yellow") {
			t.Errorf("it says %q, %q; want: %q", row.Standing, row.Tag, want)
		}
	}
}

// What an account says of a date is true of it: one copied from a withdrawn
// statement names the date that this one had set already.
func TestAccountsSayWhatBecameOfTheDate(t *testing.T) {
	for want, s := range map[string]attestation.Settled{
		"Was due 1 December 2026, now 31 January 2027.":  {How: attestation.StillOpen, Was: "2026-12-01", By: "2027-01-31"},
		"Due 31 January 2027, as before this statement.": {How: attestation.StillOpen, Was: "2027-01-31", By: "2027-01-31"},
		"Was due 1 December 2026.":                       {How: attestation.Done, Was: "2026-12-01"},
	} {
		if items := settledItems([]attestation.Settled{s}); items[0].FixBy != want {
			t.Errorf("it says %q, want: %q", items[0].FixBy, want)
		}
	}
}

func TestReviewSaysWhoHasSigned(t *testing.T) {
	s := scene{org: calder, statement: besideStatement(true), now: calderNoon}
	page := reviewView(s, attestation.Words{Opening: "I confirm:", CoSigns: []access.Office{access.SIRO}}, attestation.Review{})
	if len(page.Checked) != 2 || page.Checked[0].What != "Tom Adeyemi, senior information risk owner, co-signed it" || !strings.Contains(page.Checked[0].When, "11:59am") {
		t.Errorf("who checked it: %+v", page.Checked)
	}
	body := layouttest.Render(t, attestationview.ReviewPage(page))
	if !strings.Contains(body, "How do you want to sign?") || !strings.Contains(body, "Who signs before the chief executive") {
		t.Error("the chief executive cannot sign, or is not shown every line:", body)
	}
	page.First = "Tom Adeyemi, senior information risk owner"
	if body := layouttest.Render(t, attestationview.ReviewPage(page)); strings.Contains(body, "without qualification") || !strings.Contains(body, "Tom Adeyemi, senior information risk owner, signs first.") || !strings.Contains(body, `value="declined"`) {
		t.Error("before the co-signature:", body)
	}
}

func TestLettersToSignersNameNoLinkThatSignsIn(t *testing.T) {
	for purpose, want := range map[notification.Purpose]string{
		notification.CoSignAsked: "The 2026 funding assurance waits for you to co-sign it",
		notification.CoSigned:    "The 2026 funding assurance waits for your signature",
	} {
		l := letterOf(notification.Message{Purpose: purpose, Facts: notification.Facts{Statement: "2026 funding assurance", Organisation: "Calder Vale", Due: calderNoon}})
		if l.Title != want || len(l.Paragraphs) != 2 || !strings.Contains(l.Paragraphs[1], "12:00pm") && !strings.Contains(l.Paragraphs[1], "midday") {
			t.Errorf("%s: %+v", purpose, l)
		}
	}
}
