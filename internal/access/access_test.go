package access_test

import (
	"errors"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func holder(office access.Office, at organisation.Code) access.Actor {
	return access.Actor{ID: "p1", Name: "Somebody", At: now, Appointments: []access.Appointment{{Office: office, Organisation: at, From: now.AddDate(-1, 0, 0)}}}
}

func TestCheck(t *testing.T) {
	ended := holder(access.ChiefExecutive, "RXH")
	ended.Appointments[0].To = now
	begins := holder(access.ChiefExecutive, "RXH")
	begins.Appointments[0].From = now.Add(time.Microsecond)
	nameless := holder(access.ChiefExecutive, "RXH")
	nameless.ID = ""
	for _, c := range []struct {
		claim string
		who   access.Actor
		verb  access.Verb
		at    organisation.Code
		want  error
	}{
		{"chief executive signs", holder(access.ChiefExecutive, "RXH"), access.SignStatement, "RXH", nil},
		{"T27 chief executive signs elsewhere", holder(access.ChiefExecutive, "RXH"), access.SignStatement, "RYJ", access.ErrNotFound},
		{"chief executive signs for the whole service", holder(access.ChiefExecutive, "RXH"), access.SignStatement, organisation.National, access.ErrForbidden},
		{"T28 cyber lead signs", holder(access.CyberLead, "RXH"), access.SignStatement, "RXH", access.ErrForbidden},
		{"T28 evidence contributor signs", holder(access.EvidenceContributor, "RXH"), access.SignStatement, "RXH", access.ErrForbidden},
		{"T28 executive assistant signs for the chief executive", holder(access.ExecutiveAssistant, "RXH"), access.SignStatement, "RXH", access.ErrForbidden},
		{"T29 chief executive whose term ends this instant", ended, access.SignStatement, "RXH", access.ErrNotFound},
		{"T29 chief executive whose term begins next", begins, access.SignStatement, "RXH", access.ErrNotFound},
		{"somebody with an appointment and no sign-in", nameless, access.SignStatement, "RXH", access.ErrSignIn},
		{"nobody reads a public page", access.Actor{At: now}, access.ReadPublic, "RXH", nil},
		{"nobody reads a statement", access.Actor{At: now}, access.ReadStatement, "RXH", access.ErrSignIn},
		{"T32 regulator reads a statement", holder(access.Regulator, organisation.National), access.ReadStatement, "RXH", access.ErrForbidden},
		{"T32 regulator reads evidence", holder(access.Regulator, organisation.National), access.ReadEvidence, "RXH", access.ErrForbidden},
		{"regulator reads how statements ended", holder(access.Regulator, organisation.National), access.ReadAllOutcomes, organisation.National, nil},
		{"T32 regulator answers for a trust", holder(access.Regulator, organisation.National), access.AnswerAlert, "RXH", access.ErrForbidden},
		{"funding manager is told nothing of a trust", holder(access.FundingManager, organisation.National), access.ReadStatement, "RXH", access.ErrNotFound},
		{"T34 administrator appoints", holder(access.Administrator, organisation.National), access.AppointPeople, organisation.National, access.ErrForbidden},
		{"cyber lead issues an alert", holder(access.CyberLead, "RXH"), access.ApproveAlert, organisation.National, access.ErrForbidden},
		{"a national office held at a trust reaches no other", holder(access.Regulator, "RXH"), access.ReadResponses, "RYJ", access.ErrNotFound},
		{"a verb nobody wrote down", holder(access.ChiefExecutive, "RXH"), "sign for others", "RXH", access.ErrNotFound},
		{"no organisation", holder(access.ChiefExecutive, "RXH"), access.SignStatement, "", access.ErrNotFound},
		{"no organisation, public page", access.Actor{}, access.ReadPublic, "", access.ErrNotFound},
	} {
		t.Run(c.claim, func(t *testing.T) {
			pass, err := access.Check(c.who, c.verb, c.at)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want: %v", err, c.want)
			}
			if err == nil && (pass.Verb() != c.verb || pass.In() != c.at || pass.Who().ID != c.who.ID) {
				t.Errorf("the pass says %+v", pass)
			}
			if err != nil && (pass.Verb() != "" || pass.In() != "" || pass.Who().Known()) {
				t.Errorf("a refusal came with a pass: %+v", pass)
			}
			if access.May(c.who, c.verb, c.at) != (err == nil) {
				t.Error("May and Check disagree")
			}
		})
	}
}

// The zero office is held by a hostile row at most: it opens nothing, and the
// words that are not offices are never held.
func TestWhatIsNoOfficeOpensNothing(t *testing.T) {
	for _, office := range []access.Office{"", access.Anyone, access.SignedIn, "administrator ", "CHIEF_EXECUTIVE"} {
		for _, verb := range access.Verbs() {
			if access.May(holder(office, "RXH"), verb, "RXH") && !access.May(access.Actor{ID: "p2", At: now}, verb, "RXH") {
				t.Errorf("%q may %s", office, verb)
			}
		}
		if office.Known() {
			t.Errorf("%q is an office", office)
		}
	}
	if access.Portal.Known() {
		t.Error("a person can hold the portal's office")
	}
}

// Exactly one office of all signs, and the portal signs nothing.
func TestOnlyTheChiefExecutiveSigns(t *testing.T) {
	for _, office := range append(append([]access.Office{access.Portal}, access.TrustOffices...), access.NationalOffices...) {
		for _, at := range []organisation.Code{"RXH", organisation.National} {
			if access.May(holder(office, at), access.SignStatement, "RXH") != (office == access.ChiefExecutive) {
				t.Errorf("%s at %s", office, at)
			}
		}
	}
}
