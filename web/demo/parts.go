//go:build demo

package demo

import (
	"encoding/hex"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/risk"
)

// part is what an alert of the calendar is there to show.
type part string

const (
	corrected part = "corrected" // and answered again by most
	withdrawn part = "withdrawn"
	rehearsed part = "rehearsed"
	undecided part = "undecided" // Calder Vale cannot fix it, and waits for its SIRO
	accepted  part = "accepted"  // Calder Vale cannot fix it, and its SIRO accepted that for a while
)

// castAlerts gives each part to the newest alert that can play it.
func (b *builder) castAlerts(slots []slot, drafts []alert.Draft) {
	b.parts = map[int]part{}
	give := func(p part, from, to float64, can func(int) bool) {
		for i, s := range slices.Backward(slots) {
			age := b.now.Sub(s.at)
			acute := len(s.audience.Kinds) == 0 || slices.Contains(s.audience.Kinds, organisation.Acute)
			if b.parts[i] == "" && acute && age >= hours(from) && age < hours(to) && drafts[i].Class == alert.Normal && !b.late[int64(firstNumber+i)] && can(i) {
				b.parts[i] = p
				return
			}
		}
	}
	high := func(i int) bool { return slots[i].severity == alert.High }
	other := func(i int) bool { return !high(i) }
	give(undecided, 79, 80, other)
	give(accepted, 20*24, 75*24, func(int) bool { return true })
	give(corrected, 8*24, 400*24, high)
	give(withdrawn, 10*24, 400*24, other)
	give(rehearsed, 10*24, 400*24, other)
	for i, p := range b.parts {
		drafts[i].Rehearsal = p == rehearsed
	}
}

// change issues the newer version an alert's part asks for, by two people.
func (b *builder) change(p part, a alert.Alert, author, approver *person) (alert.Alert, *alert.Version, error) {
	r := alert.Revision{Kind: alert.Correction, Renew: true, Draft: a.Draft, Reason: "The first version named only one of the two services that have this flaw. Check both, and answer again."}
	switch p {
	case corrected:
		r.Draft.Steps = append(slices.Clone(a.Draft.Steps), alert.Step{Text: "Do the same for the management service, which has the flaw as well."})
	case withdrawn:
		r = alert.Revision{Kind: alert.Withdrawal, Reason: "The supplier has shown that nobody can reach the flaw. Nothing needs to be done."}
	default:
		return a, nil, nil
	}
	asked, sent := a.Approval.At.Add(25*time.Hour), a.Approval.At.Add(27*time.Hour)
	pass, err := access.Check(author.at(asked), access.DraftAlert, organisation.National)
	if err != nil {
		return a, nil, err
	}
	v, e, err := a.Revise(pass, r, b.id(asked), b.id(asked), asked)
	if err != nil {
		return a, nil, err
	}
	b.record(e)
	if pass, err = access.Check(approver.at(sent), access.ApproveAlert, organisation.National); err != nil {
		return a, nil, err
	}
	a, v, e, err = a.Reissue(pass, v, b.id(sent), sent)
	if err != nil {
		return a, nil, err
	}
	b.record(e)
	b.changing = pass
	b.world.Seed.Versions = append(b.world.Seed.Versions, v)
	return a, &v, nil
}

// stick lets Calder Vale find that it cannot fix an alert yet.
func (b *builder) stick(p part, a alert.Alert, l *life) {
	if p != undecided && p != accepted {
		return
	}
	l.applies, l.part, l.fixed, l.absent = alert.Applies{Answer: alert.AppliesToSome}, time.Time{}, time.Time{}, false
	l.applied = a.Approval.At.Add(4 * time.Hour)
	if l.stuck = weekday(a.Approval.At.Add(4 * 24 * time.Hour)); p == undecided {
		l.stuck = b.now.Add(-26 * time.Hour)
	}
}

// decide asks for the decision about what Calder Vale cannot fix, and lets the
// senior information risk owner sign it where that is the alert's part.
func (b *builder) decide(p part, a alert.Alert, response alert.Response, t *trust, l life) (alert.Response, error) {
	if p != undecided && p != accepted {
		return response, nil
	}
	asked := l.stuck.Add(90 * time.Minute)
	pass, err := access.Check(t.lead.at(asked), access.AskRisk, t.Code)
	if err != nil {
		return response, err
	}
	d := risk.Draft{What: "6 of 14 servers cannot take the update: the supplier has tested it with no version we run.", Patients: "If they stop, results reach wards by telephone, up to an hour later.",
		Cover: "They are kept apart from the network, and every sign-in to them is looked at each morning.", Until: organisation.DayOf(asked.AddDate(0, 0, 85))}
	request, e, err := risk.Ask(pass, a, response, nil, d, risk.ID(b.id(asked)), b.id(asked), asked)
	if err != nil {
		return response, err
	}
	b.record(e)
	if p == accepted {
		if request, response, err = b.accept(request, a, response, t, weekday(asked.AddDate(0, 0, 1))); err != nil {
			return response, err
		}
	}
	b.world.Seed.Risks = append(b.world.Seed.Risks, request)
	return response, nil
}

// accept goes through the whole ceremony of a decision.
func (b *builder) accept(r risk.Request, a alert.Alert, response alert.Response, t *trust, at time.Time) (risk.Request, alert.Response, error) {
	pressed := latest(at, r.AskedAt.Add(2*time.Hour))
	proved, signed := pressed.Add(24*time.Second), pressed.Add(31*time.Second)
	pass, err := access.Check(t.siro.at(pressed), access.DecideRisk, t.Code)
	if err != nil {
		return r, response, err
	}
	up, err := r.Begin(pass, risk.Ground{Alert: a, Response: response}, risk.Choice{Verdict: risk.Accept, Until: r.Until}, r.Digest(), b.id(pressed), hex.EncodeToString(b.random(16)), pressed)
	if err != nil {
		return r, response, err
	}
	b.record(event.New(b.id(pressed), pass, pressed, "signing begun", "alert/"+string(a.ID), "Began to sign a decision about the risk"))
	token, err := b.signer.token(t.siro, up.Nonce, hex.EncodeToString(b.random(16)), proved)
	if err != nil {
		return r, response, err
	}
	proof := attestation.Proof{Issuer: b.provider.Issuer, Subject: t.siro.subject, Person: t.siro.ID, AuthAt: proved, ACR: level, Nonce: up.Nonce, IDToken: token, KeySet: b.signer.keySet}
	if proof, err = proof.SeenNow(b.id(signed), signed); err != nil {
		return r, response, err
	}
	ceremony := risk.Ceremony{Ground: risk.Ground{Alert: a, Response: response}, Request: r, Attempt: up, Appointments: t.siro.held}
	signature, r, response, e, err := ceremony.Sign(pass, proof, b.id(signed), b.id(signed), signed)
	if err != nil {
		return r, response, err
	}
	b.record(e)
	b.world.Seed.Attempts = append(b.world.Seed.Attempts, up)
	b.world.Seed.Decisions = append(b.world.Seed.Decisions, signature)
	return r, response, nil
}
