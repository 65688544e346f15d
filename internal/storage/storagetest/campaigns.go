package storagetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// quarter is what regulators ask every trust of the house for.
func quarter() attestation.Request {
	return attestation.Request{Template: "quarterly", Edition: 1, Months: "2026-07-01/2026-09-30", SignBy: "2026-11-27", Scope: attestation.AllTrusts}
}

// calls asks every trust for a statement, and finds those of Here and There.
func (h *House) calls(t testing.TB) (attestation.CampaignID, map[organisation.Code]attestation.ID) {
	t.Helper()
	preview, err := h.Requests.Preview(t.Context(), h.at(regulator), quarter())
	must(t, err)
	id, n, err := h.Requests.Ask(t.Context(), h.at(regulator), quarter(), preview.Digest())
	must(t, err)
	if id == "" || n != 2 {
		t.Fatalf("asked %d trusts in campaign %q", n, id)
	}
	statements := map[organisation.Code]attestation.ID{}
	for _, row := range h.course(t, id).Rows {
		statements[row.Organisation] = row.ID
	}
	return id, statements
}

func (h *House) course(t testing.TB, id attestation.CampaignID) attestation.Course {
	t.Helper()
	c, err := h.Requests.Course(t.Context(), h.at(regulator), id)
	must(t, err)
	return c
}

// progress of each trust, A to Z.
func (h *House) progress(t testing.TB, id attestation.CampaignID) []attestation.Progress {
	t.Helper()
	var list []attestation.Progress
	for _, row := range h.course(t, id).Rows {
		list = append(list, row.Progress())
	}
	return list
}

func (h *House) stands(t testing.TB, id attestation.CampaignID, want ...attestation.Progress) {
	t.Helper()
	if got := h.progress(t, id); !slices.Equal(got, want) {
		t.Errorf("the trusts stand at %v, want: %v", got, want)
	}
}

// newWords is the next edition of what came with the portal.
func newWords() attestation.Template {
	t := attestation.Quarterly
	t.Parts = append(slices.Clone(t.Parts), attestation.Part{Text: "I have asked my board about {outcomes} outcomes."})
	return t
}

func (h *House) wordings(t testing.TB, id string) attestation.Wordings {
	t.Helper()
	w, err := h.Editor.Read(t.Context(), h.at(regulator), id)
	must(t, err)
	return w
}

// campaigns is what must hold of wordings and of asking with them.
var campaigns = []promise{
	{"an edition is written by one regulator and published by another", func(t *testing.T, h *House) {
		h.joins(t, second)
		must(t, h.Editor.Write(t.Context(), h.at(regulator), newWords(), false))
		w := h.wordings(t, "quarterly")
		if len(w.Editions) != 1 || w.Waiting == nil || w.Waiting.Template.Edition != 2 {
			t.Fatalf("on record: %+v", w)
		}
		shown := w.Waiting.Digest()
		h.refused(t, attestation.ErrOwnTemplate, func() error { return h.Editor.Publish(t.Context(), h.at(regulator), "quarterly", shown) })
		h.refused(t, attestation.ErrDraftChanged, func() error { return h.Editor.Publish(t.Context(), h.at(second), "quarterly", "others") })
		h.refused(t, access.ErrForbidden, func() error { return h.Editor.Publish(t.Context(), h.at(lead), "quarterly", shown) })
		h.refusedBySchema(t, "update template_draft set state = 'published', decided_by = author, decided_at = 1")
		must(t, h.Editor.Publish(t.Context(), h.at(second), "quarterly", shown))
		w = h.wordings(t, "quarterly")
		templates, waiting, err := h.Editor.List(t.Context(), h.at(second))
		must(t, err)
		if len(templates) != 1 || templates[0].Edition != 2 || len(waiting) != 0 {
			t.Errorf("listed: %+v, %+v", templates, waiting)
		}
		latest, _ := w.Latest()
		if w.Waiting != nil || len(w.Editions) != 2 || latest.Edition != 2 || latest.AuthorName != regulator.Name || latest.PublisherName != second.Name {
			t.Errorf("on record: %+v", w)
		}
		if h.events(t, "template drafted") != 1 || h.events(t, "template published") != 1 {
			t.Error("the events are missing")
		}
		h.refused(t, attestation.ErrNoDraft, func() error { return h.Editor.Publish(t.Context(), h.at(second), "quarterly", shown) })
	}},
	{"a draft is its author's to change, one waits at a time, and what is the same is none", func(t *testing.T, h *House) {
		h.joins(t, second)
		h.refused(t, attestation.ErrSameWords, func() error { return h.Editor.Write(t.Context(), h.at(regulator), attestation.Quarterly, false) })
		must(t, h.Editor.Write(t.Context(), h.at(regulator), newWords(), false))
		h.refused(t, attestation.ErrDraftWaits, func() error { return h.Editor.Write(t.Context(), h.at(second), newWords(), false) })
		again := newWords()
		again.Opening = "For {organisation}, on {date}, I confirm:"
		before := h.wordings(t, "quarterly").Waiting.Digest()
		must(t, h.Editor.Write(t.Context(), h.at(regulator), again, false))
		h.refused(t, attestation.ErrDraftChanged, func() error { return h.Editor.Publish(t.Context(), h.at(second), "quarterly", before) })
		must(t, h.Editor.Drop(t.Context(), h.at(second), "quarterly"))
		must(t, h.Editor.Write(t.Context(), h.at(second), newWords(), false))
		h.refusedBySchema(t, "update template_draft set document = '{}' where state = 'dropped'")
		h.refusedBySchema(t, "delete from template_draft")
	}},
	{"a new wording is another kind of statement, and a short name is taken once", func(t *testing.T, h *House) {
		h.joins(t, second)
		annual := newWords()
		annual.ID, annual.Kind, annual.Title = "annual", attestation.AnnualKind, "{period} statement of resilience"
		taken := annual
		taken.ID = "quarterly"
		h.refused(t, attestation.ErrKnown, func() error { return h.Editor.Write(t.Context(), h.at(regulator), taken, true) })
		h.refused(t, attestation.ErrNoTemplate, func() error { return h.Editor.Write(t.Context(), h.at(regulator), annual, false) })
		must(t, h.Editor.Write(t.Context(), h.at(regulator), annual, true))
		kept, over := h.wordings(t, "annual").Waiting.Digest(), annual
		over.Opening = "Of {organisation}, on {date}, I confirm:"
		h.refused(t, attestation.ErrOwnDraft, func() error { return h.Editor.Write(t.Context(), h.at(regulator), over, true) }) // its own author does not mean to write over it
		if h.wordings(t, "annual").Waiting.Digest() != kept {
			t.Error("a new wording was written over the draft that waits")
		}
		must(t, h.Editor.Publish(t.Context(), h.at(second), "annual", h.wordings(t, "annual").Waiting.Digest()))
		request := attestation.Request{Template: "annual", Edition: 1, Months: "2025-04-01/2026-03-31", SignBy: "2026-12-18", Scope: attestation.AllTrusts}
		preview, err := h.Requests.Preview(t.Context(), h.at(regulator), request)
		must(t, err)
		id, _, err := h.Requests.Ask(t.Context(), h.at(regulator), request, preview.Digest())
		must(t, err)
		if c := h.course(t, id); c.Name != "April 2025 to March 2026 statement of resilience" || c.Title != c.Name {
			t.Errorf("the campaign is %q of %q", c.Name, c.Title)
		}
		waiting, err := h.Statements.Unsigned(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(waiting) != 1 || waiting[0].Title() != "April 2025 to March 2026 statement of resilience" || waiting[0].Campaign != id {
			t.Errorf("the trust is asked for %+v", waiting)
		}
	}},
	{"a statement keeps the edition it was asked for with", func(t *testing.T, h *House) {
		h.joins(t, second)
		_, statements := h.calls(t)
		must(t, h.Editor.Write(t.Context(), h.at(regulator), newWords(), false))
		must(t, h.Editor.Publish(t.Context(), h.at(second), "quarterly", h.wordings(t, "quarterly").Waiting.Digest()))
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(siro), Here, statements[Here])
		must(t, err)
		words, err := attestation.ParseWords(st.Words)
		must(t, err)
		if words.Template != "quarterly 1" || len(words.Parts) != len(attestation.Quarterly.Parts) {
			t.Errorf("it was locked with %s, %d parts", words.Template, len(words.Parts))
		}
	}},
	{"an import makes a draft, of the edition that comes next, and a regulator publishes it", func(t *testing.T, h *House) {
		importer := access.PortalActor("import")
		file := func(change func(*attestation.Template)) []byte {
			is := newWords()
			is.Edition = 2
			change(&is)
			text, err := json.Marshal(is)
			must(t, err)
			return text
		}
		for field, change := range map[string]func(*attestation.Template){"edition": func(is *attestation.Template) { is.Edition = 1 }, "kind": func(is *attestation.Template) { is.Kind = attestation.AnnualKind }, "opening": func(is *attestation.Template) { is.Opening = "{day}" }} {
			h.refusedField(t, field, func() error { return failing(h.Editor.Import(t.Context(), h.at(importer), file(change))) })
		}
		h.refused(t, access.ErrForbidden, func() error {
			return failing(h.Editor.Import(t.Context(), h.at(lead), file(func(*attestation.Template) {})))
		})
		must2(t)(h.Editor.Import(t.Context(), h.at(importer), file(func(*attestation.Template) {})))
		h.refused(t, attestation.ErrOwnTemplate, func() error {
			return h.Editor.Publish(t.Context(), h.at(importer), "quarterly", h.wordings(t, "quarterly").Waiting.Digest())
		})
		must(t, h.Editor.Publish(t.Context(), h.at(regulator), "quarterly", h.wordings(t, "quarterly").Waiting.Digest()))
		if latest, _ := h.wordings(t, "quarterly").Latest(); latest.Edition != 2 || latest.AuthorName != importer.Name {
			t.Errorf("published: %+v", latest)
		}
	}},
	{"an edition never changes", func(t *testing.T, h *House) {
		h.refusedBySchema(t, "update statement_template set document = '{}'")
		h.refusedBySchema(t, "delete from statement_template")
		if !h.postgres(t) {
			h.refusedBySchema(t, "insert or replace into statement_template select id, edition, title, digest, '{}' from statement_template limit 1")
		}
	}},
	{"asking is a campaign on record, and shows where each trust is", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.stands(t, id, attestation.NotBegun, attestation.NotBegun)
		must(t, h.Statements.KeepGaps(t.Context(), h.at(lead), Here, statements[Here], 0, []attestation.Gap{{Name: "Old servers", What: "Two run", FixBy: "2027-01-31"}}))
		h.stands(t, id, attestation.InPreparation, attestation.NotBegun)
		h.Prepare(t, siro, Here, statements[Here])
		h.stands(t, id, attestation.WaitsForSIRO, attestation.NotBegun)
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		h.stands(t, id, attestation.WaitsForChief, attestation.NotBegun)
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here])))
		h.stands(t, id, attestation.IsSigned, attestation.NotBegun)
		h.Pass(60 * 24 * time.Hour)
		ended, err := h.Statements.Ended(t.Context(), h.at(regulator), Began)
		must(t, err)
		for _, e := range ended {
			if e.Campaign != id || e.CampaignName != h.course(t, id).Name || e.Template != "quarterly" || e.Title() != h.course(t, id).Title {
				t.Errorf("among all statements it is %+v", e)
			}
		}
		all, err := h.Requests.List(t.Context(), h.at(regulator))
		must(t, err)
		if len(all) != 1 || all[0].ID != id || all[0].Asked != 2 || all[0].Signed != 1 || all[0].Late != 1 || all[0].AskedName != regulator.Name || all[0].Audience.Scope != attestation.AllTrusts {
			t.Errorf("the list says %+v", all)
		}
		if rows := h.course(t, id).Rows; !rows[1].Overdue(h.Now()) || rows[0].Overdue(h.Now()) {
			t.Errorf("late: %+v", rows)
		}
		h.refusedBySchema(t, "update campaign set due_at = 1")
		h.refusedBySchema(t, "delete from campaign")
	}},
	{"a statement taken up again stays in its campaign, and stands there once", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, statements[Here])
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, st.ID, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, st.ID, "The figures are wrong"))
		h.stands(t, id, attestation.IsReturned, attestation.NotBegun)
		must2(t)(h.Statements.Again(t.Context(), h.at(lead), Here, st.ID))
		h.stands(t, id, attestation.WaitsForSIRO, attestation.NotBegun)
	}},
	{"a deadline moves when two regulators say so, for one trust, and lateness goes by the one that runs", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		propose := func(who access.Actor, day organisation.Day, why string) error {
			return h.Requests.Extend(t.Context(), h.at(who), id, statements[Here], day, why)
		}
		h.refusedField(t, "due", func() error { return propose(regulator, "2026-11-27", "A ransomware attack") })
		h.refusedField(t, "reason", func() error { return propose(regulator, "2026-12-18", " ") })
		h.refused(t, access.ErrForbidden, func() error { return propose(chief, "2026-12-18", "We ask for it") })
		must(t, propose(regulator, "2026-12-18", "A ransomware attack"))
		h.refused(t, attestation.ErrMoveWaits, func() error { return propose(second, "2026-12-19", "Another") })
		h.refused(t, attestation.ErrOwnMove, func() error { return h.Requests.ConfirmMove(t.Context(), h.at(regulator), id, statements[Here]) })
		h.refused(t, attestation.ErrNoMove, func() error { return h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[There]) })
		h.refusedBySchema(t, "update extension set state = 'confirmed', decided_by = asked_by, decided_at = 1")
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		must(t, h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here]))
		rows := h.course(t, id).Rows
		if !rows[0].Due.Equal(attestation.Due("2026-12-18")) || !rows[1].Due.Equal(attestation.Due("2026-11-27")) {
			t.Errorf("due %v and %v", rows[0].Due, rows[1].Due)
		}
		origin, err := h.Requests.Origin(t.Context(), h.at(lead), Here, statements[Here])
		must(t, err)
		moves := origin.Moves
		if origin.Campaign.ID != id || origin.Campaign.Audience.Scope != "" || len(moves) != 1 || moves[0].Reason != "A ransomware attack" || moves[0].AskedName != regulator.Name || moves[0].DecidedName != second.Name {
			t.Errorf("the trust reads %+v", moves)
		}
		h.refused(t, attestation.ErrUnknown, func() error { return failing(h.Requests.Origin(t.Context(), h.at(other), There, statements[Here])) })
		about, err := h.Events.About(t.Context(), h.pass(t, lead, access.ReadResponses, Here), "statement/"+string(statements[Here]), 20)
		must(t, err)
		if !slices.ContainsFunc(about, func(e event.Event) bool { return e.Kind == "statement deadline moved" }) {
			t.Errorf("the trust's record says %+v", about)
		}
		h.Pass(60 * 24 * time.Hour) // 4 December: past the first deadline, before the second
		signed, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here]))
		must(t, err)
		if signed.Late {
			t.Error("it is late by a deadline that does not run any more")
		}
		h.refused(t, attestation.ErrMovesOnly, func() error { return propose(regulator, "2027-01-15", "Too late") })
	}},
	{"a deadline that moves while somebody signs is the one they are late by, or was not", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house"))
		h.Pass(60 * 24 * time.Hour) // past the first deadline
		up := h.Begun(t, chief, Here, statements[Here])
		var signed attestation.Signature
		var signing, moving error
		together(2, func(i int) {
			if i == 0 {
				signed, signing = h.Sign(t.Context(), chief, Here, up)
			} else {
				moving = h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here])
			}
		})
		must(t, signing)
		if signed.Late != errors.Is(moving, attestation.ErrMovesOnly) || !signed.Late && moving != nil {
			t.Errorf("late: %v; moving: %v", signed.Late, moving)
		}
	}},
	{"a deadline that is refused does not move, and one that passed meanwhile is not confirmed", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house"))
		must(t, h.Requests.RefuseMove(t.Context(), h.at(second), id, statements[Here]))
		if due := h.course(t, id).Rows[0].Due; !due.Equal(attestation.Due("2026-11-27")) {
			t.Errorf("it is due at %v", due)
		}
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house"))
		h.Pass(80 * 24 * time.Hour)
		h.refused(t, attestation.ErrMoveStale, func() error { return h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here]) })
	}},
	{"of many who propose and confirm at once, one deadline is proposed and one decision counts", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		errs := make([]error, 8)
		together(len(errs), func(i int) {
			errs[i] = h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house")
		})
		oneSucceeds(t, errs, attestation.ErrMoveWaits)
		together(len(errs), func(i int) {
			if i%2 == 0 {
				errs[i] = h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here])
			} else {
				errs[i] = h.Requests.RefuseMove(t.Context(), h.at(second), id, statements[Here])
			}
		})
		oneSucceeds(t, errs, attestation.ErrNoMove)
	}},
	{"trusts join a campaign later, once, and by the deadline it has", func(t *testing.T, h *House) {
		id, _ := h.calls(t)
		h.open(t, "RAB", "RAC")
		h.refusedField(t, "codes", func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{"RAB", "XXX"}))
		})
		h.refusedField(t, "codes", func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{Here}))
		})
		h.refusedField(t, "codes", func() error { return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, nil)) })
		n, err := h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{"RAB", Here})
		must(t, err)
		if c := h.course(t, id); n != 1 || len(c.Rows) != 3 || !c.Rows[0].Due.Equal(c.Due) || c.Rows[0].Organisation != "RAB" {
			t.Errorf("%d asked: %+v", n, c.Rows)
		}
		h.Pass(80 * 24 * time.Hour)
		h.refused(t, attestation.ErrOver, func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{"RAC"}))
		})
	}},
	{"a campaign that is withdrawn asks for nothing more, and what was signed stays", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here])))
		h.Prepare(t, otherSIRO, There, statements[There])
		must(t, h.Statements.Lock(t.Context(), h.at(otherSIRO), There, statements[There], 0))
		up := h.Begun(t, other, There, statements[There])
		h.refusedField(t, "why", func() error { return h.Requests.Withdraw(t.Context(), h.at(regulator), id, "") })
		must(t, h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong"))
		h.stands(t, id, attestation.IsSigned, attestation.IsWithdrawn)
		h.refused(t, attestation.ErrWithdrawn, func() error { return failing(h.Sign(t.Context(), other, There, up)) })
		h.refused(t, attestation.ErrGone, func() error { return h.Requests.Withdraw(t.Context(), h.at(regulator), id, "Again") })
		h.refused(t, attestation.ErrGone, func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{Here}))
		})
		if waiting, err := h.Statements.Unsigned(t.Context(), h.at(other), There); err != nil || len(waiting) > 0 {
			t.Errorf("it still waits: %+v, %v", waiting, err)
		}
		h.refusedBySchema(t, "update statement set withdrawn_at = 1 where state = 'signed'")
		h.refusedBySchema(t, "update campaign set withdrawn_why = 'Another reason'")
		again, n, err := h.Requests.Ask(t.Context(), h.at(regulator), quarter(), h.reach(t))
		must(t, err)
		if rows := h.course(t, again).Rows; n != 1 || len(rows) != 1 || rows[0].Number != 2 || rows[0].Progress() != attestation.NotBegun {
			t.Errorf("asked again: %d, %+v", n, rows)
		}
		h.whole(t)
	}},
	{"reminders climb from those who prepare to who signs, each once, and stop when it is signed", func(t *testing.T, h *House) {
		h.joins(t, secretary)
		id, statements := h.calls(t)
		thing := "statement/" + string(statements[Here])
		reminds := func(until time.Time) {
			h.Pass(until.Sub(h.Now()))
			must(t, h.Telling.RemindStatements(t.Context()))
			must(t, h.Telling.RemindStatements(t.Context()))
		}
		due := attestation.Due("2026-11-27")
		reminds(due.AddDate(0, 0, -14).Add(-10*time.Hour - time.Microsecond))
		h.reminded(t, thing)
		reminds(due.AddDate(0, 0, -14).Add(-10 * time.Hour)) // 7am
		h.reminded(t, thing, "lead", "secretary")
		reminds(due.AddDate(0, 0, -7))
		h.reminded(t, thing, "lead", "secretary", "lead", "secretary", "siro")
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		reminds(due.AddDate(0, 0, -2))
		h.reminded(t, thing, "lead", "secretary", "lead", "secretary", "siro", "chief", "siro")
		before := h.count(t, "select count(*) from message where thing = $1", thing)
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here])))
		reminds(due)
		if n := h.count(t, "select count(*) from message where thing = $1", thing); n != before {
			t.Errorf("%d letters about a signed statement", n-before)
		}
		sameList(t, h.toldAbout(t, "campaign/"+string(id), (notification.Rung{Name: "late", Due: due}).Turn()), "regulator@nhs.example")
		must(t, h.Telling.Send(t.Context(), h.lastLetter(t, thing)))
		if len(h.Post.sent) != 0 {
			t.Errorf("a letter about a signed statement was sent: %+v", h.Post.sent)
		}
	}},
	{"a campaign begins on the rung its deadline leaves, and a deadline that moved reminds anew", func(t *testing.T, h *House) {
		h.joins(t, second)
		request := quarter()
		request.SignBy = "2026-10-09" // four days from now
		preview, err := h.Requests.Preview(t.Context(), h.at(regulator), request)
		must(t, err)
		id, _, err := h.Requests.Ask(t.Context(), h.at(regulator), request, preview.Digest())
		must(t, err)
		st := h.course(t, id).Rows[0].ID
		thing := "statement/" + string(st)
		must(t, h.Telling.RemindStatements(t.Context()))
		h.reminded(t, thing)
		h.Pass(2 * 24 * time.Hour)
		must(t, h.Telling.RemindStatements(t.Context()))
		h.reminded(t, thing, "chief", "lead", "siro")
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, st, "2026-10-16", "A move of house"))
		must(t, h.Requests.ConfirmMove(t.Context(), h.at(second), id, st))
		h.Pass(2 * 24 * time.Hour)
		must(t, h.Telling.RemindStatements(t.Context()))
		h.reminded(t, thing, "chief", "lead", "siro", "lead", "siro") // seven days before the new one
		h.stands(t, id, attestation.NotBegun, attestation.NotBegun)
	}},
	{"a returned statement of a withdrawn campaign is not taken up again", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, statements[Here])
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, st.ID, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, st.ID, "The figures are wrong"))
		must(t, h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong"))
		h.refused(t, attestation.ErrWithdrawn, func() error { return failing(h.Statements.Again(t.Context(), h.at(lead), Here, st.ID)) })
	}},
	{"of withdrawing and asking more at once, nobody is left asked", func(t *testing.T, h *House) {
		id, _ := h.calls(t)
		h.open(t, "RAB", "RAC", "RAD")
		codes := []organisation.Code{"RAB", "RAC", "RAD"}
		var withdrawing error
		asking := make([]error, len(codes))
		together(len(codes)+1, func(i int) {
			if i == len(codes) {
				withdrawing = h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong")
			} else {
				asking[i] = failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, codes[i:i+1]))
			}
		})
		must(t, withdrawing)
		for _, err := range asking {
			if err != nil && !errors.Is(err, attestation.ErrGone) {
				t.Errorf("asking: %v", err)
			}
		}
		for _, row := range h.course(t, id).Rows {
			if row.Progress() != attestation.IsWithdrawn {
				t.Errorf("%s is %s in a withdrawn campaign", row.Organisation, row.Progress())
			}
		}
	}},
	{"T27 what regulators follow is not a trust's to read or change", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		id, statements := h.calls(t)
		ctx, pass := t.Context(), h.pass(t, chief, access.SignStatement, Here)
		for _, act := range []func() error{
			func() error { return failing(h.Signatures.Campaigns(ctx, pass, h.Now())) },
			func() error { return failing(h.Signatures.Course(ctx, pass, id)) },
			func() error { return h.Signatures.Withdraw(ctx, pass, id, nil) },
			func() error { return h.Signatures.Extend(ctx, pass, id, statements[Here], nil) },
			func() error { return h.Signatures.DecideMove(ctx, pass, id, statements[Here], nil) },
			func() error { return failing(h.Signatures.Wordings(ctx, pass, "quarterly")) },
			func() error { return failing(h.Signatures.WaitingDrafts(ctx, pass)) },
			func() error { return h.Signatures.Draft(ctx, pass, "quarterly", nil) },
			func() error { return h.Signatures.DecideDraft(ctx, pass, "quarterly", nil) },
			func() error { return failing(h.Messages.OwedStatements(ctx, pass, Began, Began)) },
			func() error { return failing(storage.Acting{DB: h.DB}.AllActing(ctx, pass)) },
		} {
			h.refused(t, access.ErrNotFound, act)
		}
	}},
	{"signing and withdrawing at once, one of both happens", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		up := h.Begun(t, chief, Here, statements[Here])
		var signing, withdrawing error
		together(2, func(i int) {
			if i == 0 {
				_, signing = h.Sign(t.Context(), chief, Here, up)
			} else {
				withdrawing = h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong")
			}
		})
		must(t, withdrawing) // the other trust's statement is always left
		is := h.progress(t, id)[0]
		if (signing == nil) != (is == attestation.IsSigned) || (signing != nil && fault.KindOf(signing) != fault.Conflict) {
			t.Errorf("signing: %v, and it is %s", signing, is)
		}
		h.whole(t)
	}},
}

// reminded compares who was told of a thing, rung after rung, without the crowd.
func (h *House) reminded(t testing.TB, thing string, want ...string) {
	t.Helper()
	rows, err := h.Raw.QueryContext(t.Context(), "select address from message where thing = $1 and address not like 'racer-%' order by made_at, address", thing)
	must(t, err)
	var got []string
	for rows.Next() {
		var address string
		must(t, rows.Scan(&address))
		got = append(got, strings.TrimSuffix(address, "@nhs.example"))
	}
	must(t, errors.Join(rows.Err(), rows.Close()))
	sameList(t, got, want...)
}

// lastLetter is the work of sending the newest letter about a thing.
func (h *House) lastLetter(t testing.TB, thing string) notification.Work {
	t.Helper()
	var id string
	must(t, h.Raw.QueryRowContext(t.Context(), "select id from message where thing = $1 order by made_at desc, id limit 1", thing).Scan(&id))
	return notification.NewWork("message/"+id, notification.SendLetter, notification.Subject{Message: id, Organisation: Here}, h.Now())
}

// reach is the digest of whom the same request would reach now.
func (h *House) reach(t testing.TB) attestation.Digest {
	t.Helper()
	preview, err := h.Requests.Preview(t.Context(), h.at(regulator), quarter())
	must(t, err)
	return preview.Digest()
}

// failing is the error of what also gives something else.
func failing(_ any, err error) error { return err }
