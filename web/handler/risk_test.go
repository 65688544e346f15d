package handler

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/risk"
	"countersign/views/layout/layouttest"
	"countersign/views/riskview"
)

func askedFor(state risk.State) risk.Request {
	return risk.Request{ID: "risk_1", Alert: "al_1", Organisation: calder.Code, Number: 1, What: "The scanner cannot be updated.", Patients: "Scans would be delayed.", Cover: "It is kept apart.",
		Until: "2026-12-18", AskedBy: "Leila Brandt", AskedAt: alertSent.Add(5 * time.Hour), State: state}
}

// signedBy is a decision of the SIRO of Calder Vale, signed as any is.
func signedBy(t *testing.T, verdict risk.Verdict) risk.Signature {
	t.Helper()
	siro := holder("p", "Imran Sethi", access.SIRO, calder.Code)
	pass, err := access.Check(siro, access.DecideRisk, calder.Code)
	if err != nil {
		t.Fatal(err)
	}
	response := sceneAt(alertSent, stuckHere).response
	on, at, request := risk.Ground{Alert: issuedAlert(), Response: response}, alertSent.Add(7*time.Hour), askedFor(risk.Asked)
	up, err := request.Begin(pass, on, risk.Choice{Verdict: verdict, Until: "2026-12-08"}, request.Digest(), "up", "salt", at)
	if err != nil {
		t.Fatal(err)
	}
	proof := attestation.Proof{Issuer: "i", Subject: "s", Person: "p", AuthAt: at, Nonce: up.Nonce, IDToken: "t", KeySet: "k"}
	signed, _, _, _, err := risk.Ceremony{Ground: on, Request: request, Attempt: up, Appointments: siro.Appointments}.Sign(pass, proof, "g", "ev", at)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func riskAt(office access.Office, change func(*alert.Response), requests ...risk.Request) riskScene {
	s := sceneAt(alertSent.Add(20*time.Hour), change)
	return riskScene{who: holder("p", "Imran Sethi", office, calder.Code), org: calder, alert: s.alert, response: s.response, now: s.now, requests: requests}
}

func stuckHere(r *alert.Response) {
	promised(r)
	r.Outcome, r.Reason = alert.CannotFix, "No update yet"
}

func TestRiskPageGivesEachTheirForm(t *testing.T) {
	for name, test := range map[string]struct {
		scene               riskScene
		heading, asks, lead string
		decides             bool
	}{
		"the cyber lead asks":            {riskAt(access.CyberLead, stuckHere), "Ask for a decision about the risk", "/organisations/ZZ1/alerts/al_1/risk", "", false},
		"nothing is stuck":               {riskAt(access.CyberLead, applies), "The risk of not fixing it", "", "A decision is needed only where something cannot be fixed yet. Say so first, in “Say what you did”.", false},
		"the cyber lead waits":           {riskAt(access.CyberLead, stuckHere, askedFor(risk.Asked)), "The risk of not fixing it", "", "This decision waits for the senior information risk owner.", false},
		"the SIRO decides":               {riskAt(access.SIRO, stuckHere, askedFor(risk.Asked)), "Accept or refuse a risk", "", "", true},
		"the chief executive waits":      {riskAt(access.ChiefExecutive, stuckHere, askedFor(risk.Asked)), "The risk of not fixing it", "", "This decision waits for the senior information risk owner.", false},
		"the chief executive decides":    {riskAt(access.ChiefExecutive, stuckHere, askedFor(risk.Escalated)), "Accept or refuse a risk", "", "", true},
		"the SIRO has decided":           {riskAt(access.SIRO, stuckHere, askedFor(risk.Escalated)), "The risk of not fixing it", "", "This decision waits for the chief executive.", false},
		"it was refused, and asked anew": {riskAt(access.CyberLead, stuckHere, askedFor(risk.Refused)), "Ask for a decision about the risk", "/organisations/ZZ1/alerts/al_1/risk", "The risk was refused: the team must act now.", false},
		"it is accepted, and asked anew": {riskAt(access.CyberLead, accepted, askedFor(risk.Accepted)), "The risk is accepted", "/organisations/ZZ1/alerts/al_1/risk", "The risk is accepted until 3:41pm on Wednesday 23 December 2026. The alert opens again then.", false},
		"it was fixed meanwhile":         {riskAt(access.SIRO, func(r *alert.Response) { stuckHere(r); r.Outcome = alert.Fixed }, askedFor(risk.Asked)), "The risk of not fixing it", "", "Nobody needs to decide about this any more: what the trust says about the alert has changed since this was asked.", false},
		"it is accepted":                 {riskAt(access.EvidenceContributor, accepted, askedFor(risk.Accepted)), "The risk of not fixing it", "", "The risk is accepted until 3:41pm on Wednesday 23 December 2026. The alert opens again then.", false},
	} {
		t.Run(name, func(t *testing.T) {
			page := test.scene.page()
			if page.Heading != test.heading || page.AskPost != test.asks || page.Lead != test.lead || (page.DecidePost != "") != test.decides {
				t.Errorf("heading %q, asks at %q, decides at %q, lead %q", page.Heading, page.AskPost, page.DecidePost, page.Lead)
			}
		})
	}
}

func TestRiskPageSaysHowOftenItWasAccepted(t *testing.T) {
	first, second := askedFor(risk.Accepted), askedFor(risk.Accepted)
	first.AskedAt = alertSent.AddDate(0, -3, 0)
	page := riskAt(access.SIRO, stuckHere, askedFor(risk.Asked), second, first).page()
	if page.Before != "Accepted 2 times before, since 23 August 2026." {
		t.Errorf("says %q", page.Before)
	}
}

func TestRiskPagesAreSoundPlainAndAsReviewed(t *testing.T) {
	deciding := riskAt(access.SIRO, stuckHere, askedFor(risk.Asked))
	decided := riskAt(access.CyberLead, accepted, askedFor(risk.Accepted))
	decided.signatures = []risk.Signature{signedBy(t, risk.Accept)}
	forged := decided
	forged.signatures = []risk.Signature{signedBy(t, risk.Accept)}
	forged.signatures[0].Attempt.Choice.Verdict = risk.Refuse
	asking := riskAt(access.CyberLead, stuckHere).page()
	failure := risk.Draft{}.Check(alertSent)
	asking.Problems, asking.Wrong = riskProblems(failure), wrong(failure)
	for name, page := range map[string]riskview.Risk{"ask-problems": asking, "decide": deciding.page(), "decided": decided.page(), "forged": forged.page()} {
		t.Run(name, func(t *testing.T) {
			page.Page = frame(page.Heading)
			page.Problems = asking.Problems[:min(len(asking.Problems), len(page.Wrong))]
			golden(t, "risk/"+name, riskview.RiskPage(page))
		})
	}
	confirm := deciding.confirm(askedFor(risk.Asked), risk.Choice{Verdict: risk.Accept, Until: "2026-12-08"})
	confirm.Page = frame("Sign the decision")
	golden(t, "risk/confirm", riskview.ConfirmPage(confirm))
	if !strings.Contains(layouttest.Render(t, riskview.ConfirmPage(confirm)), "I, Imran Sethi, senior information risk owner, accept this risk until 8 December 2026.") {
		t.Error("the declaration is not whole")
	}
}

func TestRiskRoutesListWhatTheyTake(t *testing.T) {
	var posts []string
	for _, r := range (Risks{}).Routes() {
		if r.Method == "POST" {
			posts = append(posts, r.Path+" "+r.Fields)
			if r.Fields == "" || r.Fields == AnyField {
				t.Errorf("%s takes anything", r.Path)
			}
		}
	}
	if len(posts) != 3 || !slices.ContainsFunc(posts, func(p string) bool { return strings.HasPrefix(p, riskConfirmPath) }) {
		t.Errorf("%q", posts)
	}
}
