package storagetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// meanwhile are figures that take long: something happens once while they are
// read.
type meanwhile struct {
	figures
	reads  int
	happen func()
}

func (m *meanwhile) Facts(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (attestation.Facts, error) {
	if m.reads++; m.reads == 1 {
		m.happen()
	}
	return m.figures.Facts(ctx, pass, from, to, at)
}

// preparing is what must hold of a statement on its way to a lock.
var preparing = []promise{
	{"a late answer is explained before the lock, and the words say why it came late", func(t *testing.T, h *House) {
		h.Pass(-40 * 24 * time.Hour) // 26 August: the answers are due within the period
		sent := h.issue(t)
		h.Pass(40 * 24 * time.Hour)
		id := h.Ask(t, Here, 1)
		h.Prepare(t, siro, Here, id)
		st, desk := h.preparation(t, Here, id)
		if len(desk.Held.Late) != 1 || desk.Held.Late[0].Alert != sent || st.Unexplained(desk.Held) != 1 {
			t.Fatalf("late: %+v", desk.Held.Late)
		}
		h.undone(t, id, "late-answers")
		must(t, h.Statements.ExplainLate(t.Context(), h.at(lead), Here, id, 0, []attestation.Explanation{{Alert: sent, Code: "plan_under_way", Why: "Nobody\nread it"}}))
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if !strings.Contains(st.Words, "late 1 answered: not yet\nlate 1 code: plan_under_way\nlate 1 why: Nobody read it\n") {
			t.Errorf("the words are\n%s", st.Words)
		}
	}},
	{"what happens at a trust while its statement is read for the lock is read too; what happens elsewhere is nothing to it", func(t *testing.T, h *House) {
		id := h.Ask(t, Here, 1)
		h.Prepare(t, siro, Here, id)
		var sent alert.ID
		late := &meanwhile{happen: func() { // an answer of the period comes to be late
			h.Pass(-40 * 24 * time.Hour)
			sent = h.issue(t)
			h.Pass(40 * 24 * time.Hour)
		}}
		h.Statements.Figures = late
		glance := h.DB.Glance(t.Context())
		err := h.Statements.Lock(glance, h.at(siro), Here, id, 0)
		if problems, are := errors.AsType[fault.Problems](err); !are || problems[0].Field != "late-answers" || late.reads != 2 {
			t.Errorf("read %d times, and %v", late.reads, err)
		}
		must(t, h.Statements.ExplainLate(t.Context(), h.at(lead), Here, id, 0, []attestation.Explanation{{Alert: sent, Code: "plan_under_way", Why: "Nobody read it"}}))
		h.Prepare(t, siro, Here, id)
		elsewhere := &meanwhile{happen: func() { must(t, h.Alerts.Acknowledge(t.Context(), h.at(otherLead), There, sent)) }}
		h.Statements.Figures = elsewhere
		must(t, h.Statements.Lock(glance, h.at(siro), Here, id, 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if elsewhere.reads != 1 || !strings.Contains(st.Words, "late 1 why: Nobody read it\n") {
			t.Errorf("read %d times for the words\n%s", elsewhere.reads, st.Words)
		}
	}},
	{"an answer in time, of another period, to a rehearsal or at another trust is not late", func(t *testing.T, h *House) {
		h.Pass(-40 * 24 * time.Hour)
		draft := wording("An exercise")
		draft.Rehearsal = true
		h.send(t, draft)
		medium := wording("Not so severe")
		medium.Severity = alert.Medium
		h.send(t, medium)
		answered := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, answered))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, answered, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.Pass(40 * 24 * time.Hour)
		h.issue(t)
		h.Pass(72 * time.Hour)
		pass := h.pass(t, siro, access.LockStatement, Here)
		late, err := h.AlertStore.LateOf(t.Context(), pass, "2026-07-01", "2026-09-30", h.Now())
		must(t, err)
		there, err := h.AlertStore.LateOf(t.Context(), h.pass(t, otherSIRO, access.LockStatement, There), "2026-07-01", "2026-09-30", h.Now())
		must(t, err)
		inTime, due, err := h.AlertStore.OnTime(t.Context(), pass, "2026-07-01", "2026-09-30", h.Now())
		must(t, err)
		if len(late) != due-inTime || len(late) != 0 || len(there) != 1 || there[0].Alert != answered {
			t.Errorf("late here: %v, where %d of %d were in time; late there: %v", late, inTime, due, there)
		}
	}},
	{"evidence is pinned by its digest at the lock, and what is not ready refuses it", func(t *testing.T, h *House) {
		file := h.keep(t, Here, lead, digest("a"))
		id := h.Ask(t, Here, 1)
		h.refusedFor(t, "evidence", func() error {
			return h.Statements.Rely(t.Context(), h.at(lead), Here, id, 0, []evidence.ID{file})
		})
		h.refused(t, attestation.ErrMoved, func() error {
			return h.Statements.Rely(t.Context(), h.at(lead), Here, id, 0, []evidence.ID{"somebody else's"})
		})
		h.ready(t, file)
		must(t, h.Statements.Rely(t.Context(), h.at(lead), Here, id, 0, []evidence.ID{file}))
		h.Prepare(t, siro, Here, id)
		_, err := h.Raw.ExecContext(t.Context(), "update evidence set runs_until = '2026-10-04' where id = $1", string(file))
		must(t, err)
		h.refusedFor(t, "evidence", func() error { return h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0) })
		_, err = h.Raw.ExecContext(t.Context(), "update evidence set runs_until = '2027-10-04' where id = $1", string(file))
		must(t, err)
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if !strings.Contains(st.Words, "fact evidence: 1\n") || !strings.Contains(st.Words, "evidence 1: "+digest("a")+" Scan report\nevidence 1 until: 2027-10-04\n") {
			t.Errorf("the words are\n%s", st.Words)
		}
		used, err := h.Evidence.For(t.Context(), h.pass(t, lead, access.ReadEvidence, Here), "statement/"+string(id))
		must(t, err)
		if len(used) != 1 || used[0].ID != file {
			t.Errorf("the evidence is used in %v", used)
		}
	}},
	{"the lock is refused while something does not agree, and an acceptance holds for that alone", func(t *testing.T, h *House) {
		id := h.Ask(t, Here, 1)
		h.undone(t, id, "figures")
		st, desk := h.preparation(t, Here, id)
		must(t, h.Statements.CheckFigures(t.Context(), h.at(lead), Here, id, 0, desk.Held.Facts.Digest()))
		h.undone(t, id, "contradictions")
		board := slices.IndexFunc(st.Contradictions(desk.Held), func(f attestation.Finding) bool { return f.Rule == "C10" })
		must(t, h.Statements.Accept(t.Context(), h.at(lead), Here, id, 0, desk.Findings[board].Digest(), "It meets next week"))
		must(t, h.Statements.SeenByBoard(t.Context(), h.at(lead), Here, id, 0, "2026-09-01")) // another sentence: not what was accepted
		st, desk = h.preparation(t, Here, id)
		for _, f := range desk.Findings {
			if _, accepted := st.Prepared.Acceptance(f); accepted {
				t.Errorf("accepted unread: %+v", f)
			}
		}
		h.undone(t, id, "contradictions")
		h.refused(t, attestation.ErrMoved, func() error {
			return h.Statements.Accept(t.Context(), h.at(lead), Here, id, 0, attestation.DigestOf("C10 something else"), "Yes")
		})
	}},
	{"figures that moved while somebody read are not checked", func(t *testing.T, h *House) {
		id := h.Ask(t, Here, 1)
		h.refused(t, attestation.ErrMoved, func() error {
			return h.Statements.CheckFigures(t.Context(), h.at(lead), Here, id, 0, attestation.Facts{"answered": "12"}.Digest())
		})
	}},
	{"of two who work on two tasks from the same page, the second is told and nothing is lost", func(t *testing.T, h *House) {
		id := h.Ask(t, Here, 1)
		_, seen, err := h.Statements.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		must(t, h.Statements.SeenByBoard(t.Context(), h.at(lead), Here, id, seen, "2026-10-01"))
		h.refused(t, attestation.ErrEdited, func() error {
			return h.Statements.KeepGaps(t.Context(), h.at(siro), Here, id, seen, []attestation.Gap{{Name: "A", What: "B", FixBy: "2026-12-01"}})
		})
		st, _, err := h.Statements.Read(t.Context(), h.at(lead), Here, id)
		must(t, err)
		if st.BoardOn != "2026-10-01" || len(st.Gaps) != 0 {
			t.Errorf("kept %+v", st)
		}
	}},
	{"a preparation is its trust's alone, and a locked one never changes", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		h.refused(t, attestation.ErrUnknown, func() error {
			return h.Statements.SeenByBoard(t.Context(), h.at(otherSIRO), There, id, 0, "2026-10-01")
		})
		h.refused(t, access.ErrNotFound, func() error {
			return h.Statements.SeenByBoard(t.Context(), h.at(otherSIRO), Here, id, 0, "2026-10-01")
		})
		h.refused(t, access.ErrForbidden, func() error {
			return h.Statements.SeenByBoard(t.Context(), h.at(chief), Here, id, 0, "2026-10-01")
		})
		before := h.contents(t)
		if _, err := h.Raw.ExecContext(t.Context(), "update statement set preparation = '{\"relied\":[\"x\"]}' where id = $1", string(id)); err == nil || h.contents(t) != before {
			t.Errorf("the preparation behind locked words was changed: %v", err)
		}
	}},
	{"how often alerts do not apply is compared in sums, with others of the same kind", func(t *testing.T, h *House) {
		sent := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, sent))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, sent, 0, alert.Applies{Answer: alert.DoesNotApply, HowKnown: []string{"Scan"}, CheckedOn: "2026-10-01"}))
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(otherLead), There, sent))
		must(t, h.Alerts.Apply(t.Context(), h.at(otherLead), There, sent, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.issue(t) // nobody has answered it
		e, err := h.AlertStore.NotApplicable(t.Context(), h.pass(t, siro, access.LockStatement, Here), h.Now().AddDate(-1, 0, 0), h.Now())
		must(t, err)
		if want := (attestation.Elsewhere{NotApplicable: 1, Answered: 1, PeersAnswered: 1, Peers: 1}); e != want {
			t.Errorf("got %+v, want %+v", e, want)
		}
	}},
}

// preparation reads a statement in preparation and what it stands on.
func (h *House) preparation(t testing.TB, org organisation.Code, id attestation.ID) (attestation.Statement, attestation.Desk) {
	t.Helper()
	st, _, err := h.Statements.Read(t.Context(), h.at(siro), org, id)
	must(t, err)
	desk, err := h.Statements.Desk(t.Context(), h.at(siro), org, st)
	must(t, err)
	return st, desk
}

// undone checks that a lock is refused, for a task.
func (h *House) undone(t testing.TB, id attestation.ID, task string) {
	t.Helper()
	h.refusedFor(t, task, func() error { return h.Statements.Lock(t.Context(), h.at(siro), Here, id, 0) })
}

// refusedFor checks that an act is refused for one field or task, and that
// nothing changed.
func (h *House) refusedFor(t testing.TB, field string, act func() error) {
	t.Helper()
	before := h.contents(t)
	err := act()
	problems, several := errors.AsType[fault.Problems](err)
	if one, is := errors.AsType[*fault.Error](err); is && !several {
		problems = fault.Problems{one}
	}
	if !slices.ContainsFunc(problems, func(f *fault.Error) bool { return f.Field == field }) {
		t.Errorf("it was refused for %v, want %q", problems, field)
	}
	if after := h.contents(t); after != before {
		t.Errorf("it was refused and yet something changed:\n%s", difference(before, after))
	}
}

// ready lets a file be handed out, as the scanner would.
func (h *House) ready(t testing.TB, id evidence.ID) {
	t.Helper()
	must(t, h.Evidence.Record(t.Context(), h.pass(t, lead, access.UploadEvidence, Here), id, func(f evidence.File) (evidence.File, event.Event, error) {
		f.Verdict = evidence.Ready
		return f, h.said(t, "evidence scanned"), nil
	}))
}
