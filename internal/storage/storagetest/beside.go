package storagetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// besideWording is the quarterly statement with a signature beside the chief
// executive's.
func besideWording() attestation.Template {
	t := attestation.Quarterly
	t.Edition, t.CoSign = 2, []access.Office{access.SIRO}
	return t
}

// LockBeside is Lock for a statement that asks for a co-signature.
func (h *House) LockBeside(t testing.TB, org organisation.Code, number int64) attestation.ID {
	t.Helper()
	h.supplies(t, besideWording())
	id := h.askBy(t, besideWording(), org, number)
	h.lock(t, org, id)
	return id
}

// besideBegun takes a person to the provider's door, to sign beside the chief
// executive.
func (h *House) besideBegun(t testing.TB, who access.Actor, org organisation.Code, id attestation.ID) attestation.StepUp {
	t.Helper()
	st, _, err := h.Statements.Read(t.Context(), h.at(who), org, id)
	must(t, err)
	must(t, h.CoSigner.Choose(t.Context(), h.at(who), org, id, attestation.Unqualified, st.Digest))
	up, err := h.besideBegin(t.Context(), who, org, id)
	must(t, err)
	return up
}

func (h *House) besideBegin(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.StepUp, error) {
	review, err := h.CoSigner.Review(ctx, h.at(who), org, id)
	if err != nil {
		return attestation.StepUp{}, err
	}
	return h.CoSigner.Begin(ctx, h.at(who), org, id, review.Answer())
}

func (h *House) coSign(ctx context.Context, who access.Actor, org organisation.Code, up attestation.StepUp) (attestation.CoSignature, error) {
	return h.CoSigner.Sign(ctx, h.at(who), org, up.ID, h.Proof(who, up))
}

// CoSigned signs beside the chief executive.
func (h *House) CoSigned(t testing.TB, who access.Actor, org organisation.Code, id attestation.ID) attestation.CoSignature {
	t.Helper()
	g, err := h.coSign(t.Context(), who, org, h.besideBegun(t, who, org, id))
	must(t, err)
	return g
}

// beside is what must hold of a signature beside the chief executive's.
var beside = []promise{
	{"a co-signature is written whole, and the chief executive's document names it", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		awaits := func(want bool) {
			t.Helper()
			if ended, err := h.Statements.Ended(t.Context(), h.at(regulator), Began); err != nil || len(ended) != 1 || ended[0].Awaits != want {
				t.Errorf("regulators see %+v, %v", ended, err)
			}
		}
		awaits(true)
		up := h.besideBegun(t, siro, Here, id)
		h.Pass(time.Second)
		g, err := h.coSign(t.Context(), siro, Here, up)
		must(t, err)
		awaits(false)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if st.State != attestation.Locked || len(st.Beside) != 1 || st.Beside[0].Document != up.Document || st.Beside[0].Digest != g.Digest || !st.Beside[0].Holds(st.Words) || st.Beside[0].Proof.IDToken == "" || !st.Beside[0].SignedAt.Equal(h.Now()) {
			t.Errorf("kept %+v", st.Beside)
		}
		for claim, list := range map[string]func(context.Context, access.Actor, organisation.Code) ([]attestation.Statement, error){"all": h.Statements.List, "unsigned": h.Statements.Unsigned} {
			if waiting, err := list(t.Context(), h.at(chief), Here); err != nil || len(waiting) != 1 || len(waiting[0].Beside) != 1 || len(waiting[0].Awaits()) > 0 {
				t.Errorf("the list of %s gives %+v, %v", claim, waiting, err)
			}
		}
		signed, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, id))
		must(t, err)
		if !strings.Contains(signed.Document, "\nco-signed 1: siro Helen Frost\nco-signed 1 document: "+string(g.Digest)+"\n") || !signed.Holds(st.Words) {
			t.Errorf("the chief executive signed\n%s", signed.Document)
		}
		h.whole(t)
	}},
	{"nothing of the chief executive's signature is stored before the co-signature", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		h.refused(t, attestation.ErrFirst, func() error {
			return h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Unqualified, st.Digest)
		})
		h.refused(t, attestation.ErrFirst, func() error {
			return h.Statements.Except(t.Context(), h.at(chief), Here, id, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"})
		})
		h.refused(t, attestation.ErrFirst, func() error { return failing(h.begin(t.Context(), chief, Here, id)) })
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Declined, st.Digest)) // returning it does not wait
	}},
	{"T29 a co-signature that is gone when the proof comes back is waited for inside the transaction", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		h.CoSigned(t, siro, Here, id)
		up := h.Begun(t, chief, Here, id)
		h.dropTrigger(t, map[bool]string{true: "co_signature_no_change", false: "co_signature_no_delete"}[h.postgres(t)], "co_signature")
		_, err := h.Raw.ExecContext(t.Context(), "delete from co_signature")
		must(t, err)
		h.refused(t, attestation.ErrFirst, func() error { return failing(h.Sign(t.Context(), chief, Here, up)) })
	}},
	{"T57 a co-signature that nothing on the record made is not signed beside", func(t *testing.T, h *House) {
		one, two := h.LockBeside(t, Here, 1), h.LockBeside(t, Here, 2)
		h.CoSigned(t, siro, Here, one)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, two)
		must(t, err)
		up := h.besideBegun(t, siro, Here, two)
		g := attestation.CoSignature{ID: "ghost", Statement: two, Organisation: Here, Person: "siro", SignerName: siro.Name, Office: access.SIRO, Document: up.Document, Digest: up.Digest, WordsDigest: st.Digest,
			StepUp: up, Proof: h.Proof(siro, up), SignedAt: h.Now()}
		_, err = h.Raw.ExecContext(t.Context(), `insert into co_signature (id, statement, organisation, person, signer_name, office, acting, document, digest, words_digest, salt, nonce, step_up, issuer, subject, acr, auth_at, arrived_at, signed_at, id_token, key_set)
			values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 'forged', $19)`, g.ID, string(two), string(Here), "siro", g.SignerName, "siro", g.Document, string(g.Digest), string(g.WordsDigest), up.Salt, up.Nonce,
			up.ID, Issuer, "sub-siro", "AAL3", g.Proof.AuthAt.UnixMicro(), up.ArrivedAt.UnixMicro(), g.SignedAt.UnixMicro(), g.Proof.KeySet)
		must(t, err)
		next := h.Begun(t, chief, Here, two)
		h.refused(t, attestation.ErrBeside, func() error { return failing(h.Sign(t.Context(), chief, Here, next)) })
	}},
	{"T43 of twenty posts of one co-signing at once, all get the one co-signature", func(t *testing.T, h *House) {
		up := h.besideBegun(t, siro, Here, h.LockBeside(t, Here, 1))
		ids := make([]string, 20)
		together(len(ids), func(i int) {
			g, err := h.coSign(t.Context(), siro, Here, up)
			if err != nil {
				t.Errorf("post %d: %v", i, err)
			}
			ids[i] = g.ID
		})
		if slices.Sort(ids); ids[0] != ids[19] || ids[0] == "" {
			t.Errorf("different co-signatures: %v", ids)
		}
		before := h.contents(t)
		must2(t)(h.coSign(t.Context(), siro, Here, up))
		if h.contents(t) != before {
			t.Error("posted once more, it changed something")
		}
		h.whole(t)
	}},
	{"of two attempts to co-sign, one succeeds", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		ups := []attestation.StepUp{h.besideBegun(t, siro, Here, id), h.besideBegun(t, siro, Here, id)}
		errs := make([]error, len(ups))
		together(len(ups), func(i int) { _, errs[i] = h.coSign(t.Context(), siro, Here, ups[i]) })
		oneSucceeds(t, errs, attestation.ErrCoSigned)
		h.whole(t)
	}},
	{"co-signing and returning at once, one of both happens", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		up := h.besideBegun(t, siro, Here, id)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Declined, st.Digest))
		errs := make([]error, 2)
		together(2, func(i int) {
			if i == 0 {
				_, errs[i] = h.coSign(t.Context(), siro, Here, up)
			} else {
				errs[i] = h.Statements.Decline(t.Context(), h.at(chief), Here, id, "The figures are not ours")
			}
		})
		if errs[1] != nil || (errs[0] != nil && !errors.Is(errs[0], attestation.ErrReturned)) {
			t.Errorf("co-signing: %v; returning: %v", errs[0], errs[1]) // a co-signed statement can be returned
		}
		h.whole(t)
	}},
	{"who signs beside returns what is wrong, and the next version needs a new co-signature", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(siro), Here, id)
		must(t, err)
		h.refused(t, attestation.ErrChanged, func() error { return h.CoSigner.Return(t.Context(), h.at(siro), Here, id, "Not read yet") })
		must(t, h.CoSigner.Choose(t.Context(), h.at(siro), Here, id, attestation.Declined, st.Digest))
		h.refused(t, attestation.ErrNoReason, func() error { return h.CoSigner.Return(t.Context(), h.at(siro), Here, id, " ") })
		must(t, h.CoSigner.Return(t.Context(), h.at(siro), Here, id, "Part 2 is not so"))
		reason, err := h.Statements.DeclineReason(t.Context(), h.at(lead), Here, id)
		must(t, err)
		next, err := h.Statements.Again(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if h.lock(t, Here, next); reason != "Part 2 is not so" {
			t.Errorf("the reason is %q", reason)
		}
		h.refused(t, attestation.ErrFirst, func() error {
			return h.Statements.Choose(t.Context(), h.at(chief), Here, next, attestation.Unqualified, st.Digest)
		})
		h.CoSigned(t, siro, Here, next)
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, next)))
	}},
	{"a version whose co-signature was given is not the next one's", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		h.CoSigned(t, siro, Here, id)
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, id, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, id, "The figures are not ours"))
		next, err := h.Statements.Again(t.Context(), h.at(lead), Here, id)
		must(t, err)
		h.lock(t, Here, next)
		is, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, next)
		must(t, err)
		if len(is.Beside) > 0 || len(is.Awaits()) != 1 {
			t.Errorf("the next version has %+v", is.Beside)
		}
	}},
	{"one person never signs in both capacities", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		h.CoSigned(t, siro, Here, id)
		pass := h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National)
		both := access.Appointment{Office: access.ChiefExecutive, Organisation: Here, From: Began.AddDate(-1, 0, 0)}
		must(t, h.Identities.Register(t.Context(), pass, h.Now(), nil, nil, []storage.Entry{{ID: "appointment-both", Person: identity.PersonID(siro.ID), Appointment: both, Event: h.said(t, "appointment recorded")}}))
		who := siro
		who.Appointments = append(slices.Clone(who.Appointments), both)
		st, _, err := h.Statements.Read(t.Context(), h.at(who), Here, id)
		must(t, err)
		h.refused(t, attestation.ErrTwice, func() error {
			return h.Statements.Choose(t.Context(), h.at(who), Here, id, attestation.Unqualified, st.Digest)
		})
		h.refused(t, attestation.ErrTwice, func() error { return failing(h.begin(t.Context(), who, Here, id)) })
	}},
	{"T41 an attempt to co-sign does not sign, nor the other way round", func(t *testing.T, h *House) {
		one, two := h.LockBeside(t, Here, 1), h.LockBeside(t, Here, 2)
		up := h.besideBegun(t, siro, Here, one)
		h.CoSigned(t, siro, Here, two)
		other := h.Begun(t, chief, Here, two)
		h.refused(t, attestation.ErrFirst, func() error { return failing(h.Sign(t.Context(), chief, Here, up)) })
		h.refused(t, attestation.ErrCoSigned, func() error { return failing(h.coSign(t.Context(), siro, Here, other)) })
		h.refused(t, attestation.ErrProof, func() error {
			return failing(h.CoSigner.Sign(t.Context(), h.at(siro), Here, up.ID, h.Proof(siro, other)))
		})
		h.refused(t, attestation.ErrOther, func() error {
			return failing(h.CoSigner.Sign(t.Context(), h.at(siro), Here, up.ID, h.Proof(chief, up)))
		})
	}},
	{"T39 words changed behind the trigger's back are not co-signed", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		up := h.besideBegun(t, siro, Here, id)
		st, _, err := h.Statements.Read(t.Context(), h.at(siro), Here, id)
		must(t, err)
		h.dropTrigger(t, "statement_words_stay", "statement")
		words := strings.Replace(st.Words, "11 of 12", "12 of 12", 1)
		_, err = h.Raw.ExecContext(t.Context(), "update statement set words = $1, digest = $2 where id = $3", words, string(attestation.DigestOf(words)), string(id))
		must(t, err)
		h.refused(t, attestation.ErrChanged, func() error { return failing(h.coSign(t.Context(), siro, Here, up)) })
	}},
	{"T28 T29 T57 nobody co-signs but who holds the office, on the record, then and now", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		up := h.besideBegun(t, siro, Here, id)
		h.refused(t, attestation.ErrNotBeside, func() error { return failing(h.coSign(t.Context(), chief, Here, up)) })
		h.refused(t, attestation.ErrUnknown, func() error { return failing(h.coSign(t.Context(), otherSIRO, There, up)) })
		h.refused(t, access.ErrNotFound, func() error { return failing(h.besideBegin(t.Context(), otherSIRO, Here, id)) })
		_, err := h.Raw.ExecContext(t.Context(), "update appointment set from_at = from_at - 1 where person = 'siro'")
		must(t, err)
		h.refused(t, attestation.ErrNotBeside, func() error { return failing(h.coSign(t.Context(), siro, Here, up)) })
		_, err = h.Raw.ExecContext(t.Context(), "update appointment set from_at = from_at + 1 where person = 'siro'")
		must(t, err)
		h.endAppointment(t, siro, h.Now())
		h.refused(t, attestation.ErrNotBeside, func() error { return failing(h.coSign(t.Context(), siro, Here, up)) })
		h.refused(t, attestation.ErrNotReturns, func() error { return h.CoSigner.Return(t.Context(), h.at(siro), Here, id, "Part 2 is not so") })
	}},
	{"T79 T14 a clock behind the record, or a login that names somebody else, co-signs nothing", func(t *testing.T, h *House) {
		alarms := 0
		h.CoSigner.Alarm = func(error) { alarms++ }
		id := h.LockBeside(t, Here, 1)
		h.Pass(time.Minute)
		up := h.besideBegun(t, siro, Here, id)
		h.Pass(-attestation.ClockSlack - time.Microsecond)
		h.refused(t, attestation.ErrClock, func() error { return failing(h.coSign(t.Context(), siro, Here, up)) })
		h.refused(t, attestation.ErrClock, func() error { return failing(h.besideBegin(t.Context(), siro, Here, id)) })
		h.Pass(time.Minute)
		for _, as := range [][2]string{{"Helen Frost", "helen@nhs.example"}, {"Ravi Shah", "ravi@nhs.example"}} {
			must2(t)(h.recognise(t, "sub-siro", as[0], as[1]))
		}
		h.refused(t, attestation.ErrLogin, func() error { return failing(h.coSign(t.Context(), siro, Here, up)) })
		if alarms != 2 {
			t.Errorf("%d alarms", alarms)
		}
	}},
	{"a statement that asks for nobody beside is not co-signed", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		st, _, err := h.Statements.Read(t.Context(), h.at(siro), Here, id)
		must(t, err)
		h.refused(t, attestation.ErrNotAsked, func() error {
			return h.CoSigner.Choose(t.Context(), h.at(siro), Here, id, attestation.Unqualified, st.Digest)
		})
		if n := h.count(t, "select count(*) from job where kind = 'tell of a statement to be signed'"); n != 0 {
			t.Errorf("%d letters wait about it", n)
		}
	}},
	{"T48 a co-signature is neither changed, deleted, replaced nor truncated", func(t *testing.T, h *House) {
		h.CoSigned(t, siro, Here, h.LockBeside(t, Here, 1))
		h.appendOnly(t, "co_signature", "signer_name = 'Somebody Else'")
	}},
	{"who signs next is told once: the SIRO at the lock, then the chief executive", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		tell := func() {
			t.Helper()
			for _, w := range h.claim(t, notification.TellSigner, 10) {
				must(t, h.Telling.TellSigner(t.Context(), w))
				must(t, h.Telling.TellSigner(t.Context(), w))
			}
		}
		told := func() []string {
			return h.rows(t, "select purpose, address from message where thing like 'statement/%' and address not like 'racer%' order by purpose desc, address")
		}
		tell()
		if list := told(); !slices.Equal(list, []string{"co-signature asked for | siro@nhs.example"}) {
			t.Errorf("at the lock: %q", list)
		}
		asked, err := h.Messages.Message(t.Context(), h.telling(t, Here), h.rows(t, "select id from message")[0])
		must(t, err)
		h.CoSigned(t, siro, Here, id)
		tell()
		must(t, h.Telling.TellSigner(t.Context(), notification.StatementWaits(Here, id, access.SIRO, h.Now()))) // which is over
		if list := told(); !slices.Equal(list, []string{"co-signed | chief@nhs.example", "co-signature asked for | siro@nhs.example"}) {
			t.Errorf("when it was co-signed: %q", list)
		}
		must(t, h.Telling.Send(t.Context(), letter(asked)))
		if is, err := h.Messages.Message(t.Context(), h.telling(t, Here), asked.ID); err != nil || is.State != notification.NotNeeded {
			t.Errorf("a letter about what is done is %s, %v", is.State, err)
		}
	}},
	{"a reminder goes to who can do something: the SIRO while the co-signature is missing", func(t *testing.T, h *House) {
		id := h.LockBeside(t, Here, 1)
		offices := func() []access.Office {
			t.Helper()
			owed, err := h.Messages.OwedStatements(t.Context(), h.pass(t, access.PortalActor("notifier"), access.TellPeople, organisation.National), h.Now(), h.Now().AddDate(0, 2, 0))
			must(t, err)
			rung, ok := notification.StatementRung(owed[0], owed[0].Due.AddDate(0, 0, -7).Add(time.Hour))
			if !ok || len(owed) != 1 {
				t.Fatalf("%d are owed, on %+v", len(owed), rung)
			}
			return rung.Offices
		}
		if list := offices(); !slices.Equal(list, []access.Office{access.SIRO}) {
			t.Errorf("before: %v", list)
		}
		h.CoSigned(t, siro, Here, id)
		if list := offices(); !slices.Equal(list, []access.Office{access.ChiefExecutive}) {
			t.Errorf("after: %v", list)
		}
	}},
}

// inventBeside makes a row, an event and an entry for a co-signature that the
// identity provider never proved.
func (s scene) inventBeside(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	st, _, err := s.Statements.Read(ctx, s.at(other), There, s.beside)
	must(t, err)
	g := st.Beside[0]
	g.SignerName = "Nia Evers"
	g.Document = strings.ReplaceAll(g.Document, "Nia Evans", g.SignerName)
	g.Digest = attestation.DigestOf(g.Document)
	g.StepUp.Nonce = attestation.Nonce(g.StepUp.Salt, g.Digest, g.Organisation, g.Person, g.StepUp.ID)
	record, err := g.Record()
	must(t, err)
	_, err = s.Raw.ExecContext(ctx, "update co_signature set document = $1, digest = $2, nonce = $3, signer_name = $4 where id = $5", g.Document, string(g.Digest), g.StepUp.Nonce, g.SignerName, g.ID)
	must(t, err)
	id := s.rows(t, "select id from event where kind = 'statement co-signed' and thing = 'statement/"+string(s.beside)+"'")[0]
	_, err = s.Raw.ExecContext(ctx, "update event set digest = $1 where id = $2", string(attestation.DigestOf(record)), id)
	must(t, err)
	s.recommit(t, id)
	s.log.Mark = &mark{} // and the mark was lost
	s.derive(t)
}
