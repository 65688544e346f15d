package storagetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
	"countersign/internal/notification"
	"countersign/internal/organisation"
)

// signs takes a statement of a trust to its signature.
func (h *House) signs(t testing.TB, who access.Actor, org organisation.Code, id attestation.ID) attestation.Signature {
	t.Helper()
	signed, err := h.Sign(t.Context(), who, org, h.Begun(t, who, org, id))
	must(t, err)
	h.Pass(time.Minute)
	return signed
}

// replaces starts a statement in place of a signed one.
func (h *House) replaces(t testing.TB, id attestation.ID, why string) attestation.ID {
	t.Helper()
	next, err := h.Revisions.Replace(t.Context(), h.at(lead), Here, id, why)
	must(t, err)
	return next
}

// locks prepares and locks a statement that is there, and has it co-signed where
// its words ask for that.
func (h *House) locks(t testing.TB, id attestation.ID) attestation.Statement {
	t.Helper()
	h.Prepare(t, siro, Here, id)
	must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0))
	st, _, err := h.Statements.Read(t.Context(), h.at(siro), Here, id)
	must(t, err)
	if len(st.Awaits()) > 0 {
		h.CoSigned(t, siro, Here, id)
	}
	return st
}

// settlesAll says of every open commitment that it is done.
func (h *House) settlesAll(t testing.TB, id attestation.ID) {
	t.Helper()
	for _, c := range h.promised(t) {
		must(t, h.Statements.AccountFor(t.Context(), h.at(siro), Here, id, 0, attestation.Account{Commitment: c.ID, How: attestation.Done, Note: "The rota runs"}))
	}
}

// after reads what became of a signed statement.
func (h *House) after(t testing.TB, id attestation.ID) attestation.Aftermath {
	t.Helper()
	on, err := h.Revisions.After(t.Context(), h.at(lead), Here, id)
	must(t, err)
	return on.After
}

func (h *House) checks(t testing.TB, code attestation.Code) attestation.Receipt {
	t.Helper()
	r, err := h.Statements.CheckCode(t.Context(), access.Actor{At: h.Now()}, string(code))
	must(t, err)
	return r
}

func (h *House) ended(t testing.TB, id attestation.ID) attestation.Ended {
	t.Helper()
	all, err := h.Statements.Ended(t.Context(), h.at(regulator), Began.AddDate(-1, 0, 0))
	must(t, err)
	i := slices.IndexFunc(all, func(e attestation.Ended) bool { return e.ID == id })
	if i < 0 {
		t.Fatalf("the regulator does not see %s", id)
	}
	return all[i]
}

// revising is what must hold of statements after they were signed.
var revising = []promise{
	{"T48 a replacement names what it replaces in its words, and the replaced statement stays as it was, byte for byte", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		first := h.signs(t, chief, Here, id)
		kept := strings.Join(h.rows(t, "select * from statement where id = '"+string(id)+"'"), "") + strings.Join(h.rows(t, "select * from signature"), "")
		next := h.replaces(t, id, "The evidence was of another site")
		st := h.locks(t, next)
		words, err := attestation.ParseWords(st.Words)
		must(t, err)
		if want := (attestation.Replaces{Code: first.Code, Digest: first.Digest, Why: "The evidence was of another site"}); words.Replaces != want || st.Number != 2 || !st.Optional {
			t.Errorf("the words replace %+v, number %d", words.Replaces, st.Number)
		}
		if diff, compared, err := h.Statements.SinceLast(t.Context(), h.at(chief), Here, st); err != nil || !compared || diff.Before.ID != id {
			t.Errorf("it is compared with %s, %v", diff.Before.ID, err)
		}
		if a := h.after(t, id); a.Open != next || a.Next != "" || !a.InForce() {
			t.Errorf("while it is prepared: %+v", a)
		}
		second := h.signs(t, chief, Here, next)
		if is := strings.Join(h.rows(t, "select * from statement where id = '"+string(id)+"'"), "") + strings.Join(h.rows(t, "select * from signature where id = '"+first.ID+"'"), ""); is != kept {
			t.Errorf("the replaced statement changed:\n%s\n%s", kept, is)
		}
		a, r := h.after(t, id), h.checks(t, first.Code)
		if a.Next != next || a.Code != second.Code || a.InForce() || r.ReplacedBy != second.Code || !r.ReplacedAt.Equal(second.SignedAt) || !r.Signature.Holds(r.Words) {
			t.Errorf("afterwards: %+v; a stranger reads %s at %v", a, r.ReplacedBy, r.ReplacedAt)
		}
		if e := h.ended(t, id); e.ReplacedBy != second.Code || e.InForce() || !h.ended(t, next).InForce() {
			t.Errorf("the regulator reads %+v", e)
		}
		list, err := h.Statements.List(t.Context(), h.at(lead), Here)
		must(t, err)
		mine, err := h.Statements.SignedBy(t.Context(), h.at(chief), Here, 5)
		must(t, err)
		for _, each := range list {
			if each.InForce() != (each.ID == next) {
				t.Errorf("in force in the list: %s %v", each.ID, each.InForce())
			}
		}
		if len(mine) != 2 || mine[0].Replaced || !mine[1].Replaced {
			t.Errorf("signed by the chief executive: %+v", mine)
		}
		if h.events(t, "replacement begun") != 1 || h.events(t, "statement replaced") != 1 {
			t.Error("the events are missing")
		}
		h.whole(t)
	}},
	{"a replacement can be replaced, and each statement is replaced once", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.refused(t, attestation.ErrNothingSigned, func() error {
			_, err := h.Revisions.Replace(t.Context(), h.at(lead), Here, id, "Too early")
			return err
		})
		h.signs(t, chief, Here, id)
		errs, ids := make([]error, 8), make([]attestation.ID, 8)
		together(len(errs), func(i int) { ids[i], errs[i] = h.Revisions.Replace(t.Context(), h.at(lead), Here, id, "Once") })
		oneSucceeds(t, errs, attestation.ErrReplacing)
		next := h.after(t, id).Open
		h.locks(t, next)
		h.signs(t, chief, Here, next)
		h.refused(t, attestation.ErrReplaced, func() error {
			_, err := h.Revisions.Replace(t.Context(), h.at(lead), Here, id, "Twice")
			return err
		})
		h.refusedBySchema(t, "insert into statement select 'forged', organisation, template, edition, 99, replaces, period, period_from, period_to, due_at, state, gaps, explained, board_on, facts, words, digest, locked_at, locked_by, ended_at, co_signs, version, preparation, campaign, title, withdrawn_at, supersedes, supersede_why, supersede_by from statement where supersedes is not null")
		h.refusedBySchema(t, "update statement set supersedes = null, supersede_why = '' where supersedes is not null")
		third := h.replaces(t, next, "Again")
		h.locks(t, third)
		h.signs(t, chief, Here, third)
		if h.after(t, id).Next != next || h.after(t, next).Next != third || !h.after(t, third).InForce() {
			t.Error("the chain is broken")
		}
	}},
	{"a replacement is as late as what it replaces, whatever the day, and nobody owes it meanwhile", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		next := h.replaces(t, id, "A figure was wrong")
		h.Pass(60 * 24 * time.Hour) // past the deadline
		owed, err := h.Messages.OwedStatements(t.Context(), h.telling(t, organisation.National), Began, Began.AddDate(1, 0, 0))
		must(t, err)
		waiting, err := h.Statements.Unsigned(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(owed) != 0 || len(waiting) != 1 || !waiting[0].Optional || waiting[0].Late(h.Now()) {
			t.Errorf("owed: %v; waiting: %+v", owed, waiting)
		}
		h.locks(t, next)
		if signed := h.signs(t, chief, Here, next); signed.Late {
			t.Error("the replacement is late")
		}
	}},
	{"what nobody needs any more is given up by who wanted it, and makes way for another", func(t *testing.T, h *House) {
		s := audited(t, h)
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		h.refused(t, attestation.ErrNotReplacing, func() error { return h.Revisions.GiveUp(t.Context(), h.at(lead), Here, id) })
		next := h.replaces(t, id, "We thought so")
		h.refused(t, attestation.ErrNotReplacing, func() error { return h.Revisions.TakeBack(t.Context(), h.at(regulator), Here, id) })
		must(t, h.Revisions.GiveUp(t.Context(), h.at(chief), Here, id))
		st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, next)
		must(t, err)
		if st.State != attestation.Withdrawn || h.after(t, id).Open != "" {
			t.Errorf("given up: %s", st.State)
		}
		wanted, err := h.Revisions.Ask(t.Context(), h.at(regulator), Here, id, "The figures of July are missing")
		must(t, err)
		h.refused(t, attestation.ErrWanted, func() error { return h.Revisions.GiveUp(t.Context(), h.at(lead), Here, id) })
		if a := h.after(t, id); a.Open != wanted || a.Wanted != regulator.Name || a.Why != "The figures of July are missing" {
			t.Errorf("asked for: %+v", a)
		}
		must(t, h.Revisions.TakeBack(t.Context(), h.at(regulator), Here, id))
		last := h.replaces(t, id, "After all") // the numbers of those given up are not used again
		if st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, last); err != nil || st.Number != 4 {
			t.Errorf("number %d, %v", st.Number, err)
		}
		if h.events(t, "replacement given up") != 2 || h.events(t, "replacement asked for") != 1 {
			t.Error("the events are missing")
		}
		s.inOrder(t)
	}},
	{"a replacement returned without a signature is taken up again, and still replaces", func(t *testing.T, h *House) {
		s := audited(t, h)
		id := h.Lock(t, Here, 1)
		first := h.signs(t, chief, Here, id)
		next := h.replaces(t, id, "A figure was wrong")
		st := h.locks(t, next)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, next, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, next, "Not yet"))
		if a := h.after(t, id); a.Open != "" || !a.InForce() {
			t.Errorf("returned: %+v", a)
		}
		again, err := h.Statements.Again(t.Context(), h.at(lead), Here, next)
		must(t, err)
		h.locks(t, again)
		h.signs(t, chief, Here, again)
		if r := h.checks(t, first.Code); r.ReplacedBy == "" || h.after(t, id).Next != again {
			t.Errorf("%+v", h.after(t, id))
		}
		s.inOrder(t)
	}},
	{"a campaign counts the statement in force of each trust", func(t *testing.T, h *House) {
		campaign, ids := h.calls(t)
		h.locks(t, ids[Here])
		h.signs(t, chief, Here, ids[Here])
		next := h.replaces(t, ids[Here], "A figure was wrong")
		h.stands(t, campaign, attestation.IsSigned, attestation.NotBegun)
		h.locks(t, next)
		h.signs(t, chief, Here, next)
		summed, err := h.Requests.List(t.Context(), h.at(regulator))
		must(t, err)
		course := h.course(t, campaign)
		if summed[0].Signed != 1 || summed[0].Asked != 2 || course.Rows[0].ID != next {
			t.Errorf("%d of %d signed; the row is %s", summed[0].Signed, summed[0].Asked, course.Rows[0].ID)
		}
	}},
	{"the trust is told that a regulator wants a new statement, and both that one was withdrawn, once", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		next, err := h.Revisions.Ask(t.Context(), h.at(regulator), Here, id, "The figures of July are missing")
		must(t, err)
		h.withdraws(t, chief, id)
		for _, each := range []struct {
			thing attestation.ID
			step  string
			want  int
		}{{next, notification.Wanted, 0}, {id, notification.TakenBack, 1}} {
			for range 2 {
				st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, each.thing)
				must(t, err)
				work := notification.SignatureWithdrawn(st, h.Now())
				if each.step == notification.Wanted {
					work = notification.ReplacementWanted(st, h.Now())
				}
				if n := h.count(t, "select count(*) from job where id = $1", work.ID); n != 1 {
					t.Errorf("%d jobs %s", n, work.ID)
				}
				must(t, h.Telling.TellRevision(t.Context(), work))
			}
			about := "select count(*) from message where purpose = 'revision' and turn = '" + each.step + "' and thing = 'statement/" + string(each.thing) + "' and organisation = "
			if trust, team := h.count(t, about+"'RXH'"), h.count(t, about+"'NATIONAL'"); trust != 19 || team != each.want {
				t.Errorf("%s: %d at the trust, %d regulators", each.step, trust, team)
			}
		}
	}},
	{"commitments of a replaced statement are settled by what replaces it, as by any next statement", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.qualified(t, id, attestation.Exception{Part: 1, What: "One answer", Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"})
		next := h.replaces(t, id, "It is done")
		h.settlesAll(t, next)
		h.locks(t, next)
		if len(h.promised(t)) != 1 {
			t.Error("settled before the signature")
		}
		h.signs(t, chief, Here, next)
		if open := h.promised(t); len(open) != 0 || h.count(t, "select count(*) from commitment where fate = 'done'") != 1 {
			t.Errorf("%+v", open)
		}
	}},
	{"what was kept as long as it must be is listed from the day after, with what its evidence is for, and nothing is erased", func(t *testing.T, h *House) {
		var files []evidence.ID
		for _, each := range []string{"a", "b"} {
			file := h.keep(t, Here, lead, digest(each))
			h.ready(t, file)
			files = append(files, file)
		}
		_, err := h.Raw.ExecContext(t.Context(), "delete from evidence_link where evidence = $1", string(files[1])) // nothing else stands on it
		must(t, err)
		id := h.Ask(t, Here, 1)
		must(t, h.Statements.Rely(t.Context(), h.at(lead), Here, id, 0, files))
		h.locks(t, id)
		signed := h.signs(t, chief, Here, id)
		archive := attestation.Archive{Store: h.Signatures, Years: 20, Now: h.Now}
		portal := access.PortalActor("retention")
		h.Pass(time.Date(2046, 10, 5, 22, 59, 0, 0, time.UTC).Sub(h.Now())) // the last minute of the last day
		if list, err := archive.Outlived(t.Context(), portal); err != nil || len(list) != 0 {
			t.Errorf("on the last day: %+v, %v", list, err)
		}
		before := h.contents(t)
		h.Pass(2 * time.Minute)
		list, err := archive.Outlived(t.Context(), portal)
		must(t, err)
		want := attestation.Outlived{Organisation: Here, Statement: id, Title: "July to September 2026 cyber statement", Code: signed.Code, SignedAt: signed.SignedAt, Evidence: 2, Elsewhere: 1}
		if len(list) != 1 || list[0] != want || h.contents(t) != before {
			t.Errorf("a day later: %+v", list)
		}
		if attestation.Kept(signed.SignedAt, 20) != "2046-10-05" {
			t.Errorf("kept until %s", attestation.Kept(signed.SignedAt, 20))
		}
		h.refused(t, access.ErrForbidden, func() error { _, err := archive.Outlived(t.Context(), h.at(regulator)); return err })
	}},
	{"what moved is held against the statement in force", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.signs(t, chief, Here, id)
		moved, err := h.Statements.Changed(t.Context(), h.at(chief), Here)
		must(t, err)
		if moved.Signed.ID != id {
			t.Errorf("held against %q", moved.Signed.ID)
		}
		next := h.replaces(t, id, "A figure was wrong")
		if moved, err = h.Statements.Changed(t.Context(), h.at(chief), Here); err != nil || !moved.Waiting {
			t.Errorf("a replacement is on its way, and nobody says so: %v", err)
		}
		h.locks(t, next)
		h.signs(t, chief, Here, next)
		if moved, err = h.Statements.Changed(t.Context(), h.at(chief), Here); err != nil || moved.Signed.ID != next {
			t.Errorf("held against %q, %v", moved.Signed.ID, err)
		}
		h.withdraws(t, chief, next)
		if moved, err = h.Statements.Changed(t.Context(), h.at(chief), Here); err != nil || moved.Signed.ID != "" {
			t.Errorf("held against %q, which was withdrawn: %v", moved.Signed.ID, err)
		}
	}},
}
