package storagetest

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/board"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/storage"
	"countersign/internal/storage/gen"
)

// boards is what holds of the paper a board is given.
var boards = []promise{
	{"a board paper of a moment keeps its bytes, whatever happens after it", func(t *testing.T, h *House) {
		s := h.boardroom(t)
		at := h.Now().Add(500 * time.Millisecond)
		h.Pass(time.Minute)
		was := map[string]string{}
		for _, who := range []access.Actor{chief, regulator} {
			was[who.ID] = h.paper(t, who, at).Text()
		}
		s.movesOn(t)
		again := Enter(h.Opened)
		again.now.Store(h.now.Load())
		for _, who := range []access.Actor{chief, regulator} {
			if is := again.paper(t, who, at).Text(); is != was[who.ID] {
				t.Errorf("to the %s the past is another now:\n%s", who.ID, difference(was[who.ID], is))
			}
			if is := h.paper(t, who, h.Now()).Text(); is == was[who.ID] {
				t.Errorf("to the %s nothing has happened", who.ID)
			}
		}
	}},
	{"a board paper shows each thing from the moment it happened, and not before", func(t *testing.T, h *House) { h.shows(t) }},
	{"what is replayed from the record is what is on record", func(t *testing.T, h *House) {
		s := h.boardroom(t)
		h.standsAsKept(t)
		s.movesOn(t)
		h.standsAsKept(t)
	}},
	{"an answer that was imported is on a paper from its import on", func(t *testing.T, h *House) {
		before := h.Now()
		h.Pass(time.Hour)
		if _, err := h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, pastLines), false); err != nil {
			t.Fatal(err)
		}
		h.Pass(time.Minute)
		lines := h.paper(t, lead, h.Now()).Text()
		if early := h.paper(t, lead, before).Text(); strings.Contains(early, "CC-00") || !strings.Contains(lines, "open 1: CC-0042, low, Older flaw\nopen 1 standing: Late\n") || strings.Contains(lines, "CC-0041") {
			t.Errorf("before\n%safter\n%s", early, lines)
		}
	}},
	{"T32 what a trust has not submitted is on its own paper alone", func(t *testing.T, h *House) {
		h.boardroom(t)
		h.Pass(time.Minute)
		own, theirs := h.paper(t, lead, h.Now()), h.paper(t, regulator, h.Now())
		if own.Reader != board.Own || own.Levels == nil || own.Since == nil || theirs.Reader != board.Overseers || theirs.Levels != nil || theirs.Since != nil || own.Digest() == theirs.Digest() {
			t.Errorf("own %+v, theirs %+v", own, theirs)
		}
		for _, st := range theirs.Statements {
			if st.EndedAt.IsZero() && (st.State != attestation.Preparing || st.LockedBy != "") {
				t.Errorf("overseers read how far a statement has come: %+v", st)
			}
		}
	}},
	{"T27 a board paper is for the trust's own people and its overseers, of a time that was", func(t *testing.T, h *House) {
		h.Pass(time.Hour)
		ask := func(who access.Actor, at time.Time) func() error {
			return func() error { _, err := h.boards().Paper(t.Context(), h.at(who), Here, at); return err }
		}
		h.refused(t, access.ErrNotFound, ask(other, h.Now()))
		h.refused(t, access.ErrForbidden, ask(author, h.Now()))
		h.refused(t, access.ErrSignIn, ask(access.Actor{}, h.Now()))
		h.refused(t, board.ErrFuture, ask(chief, h.Now().Add(time.Second)))
		h.refused(t, board.ErrBefore, ask(chief, time.Date(2010, 3, 31, 22, 59, 59, 0, time.UTC))) // it opened on 1 April, and the clocks had gone forward
		h.refusedFor(t, "on", ask(chief, time.Date(2010, 3, 31, 23, 0, 0, 0, time.UTC)))
		h.refusedFor(t, "on", ask(chief, Began.Add(-time.Second)))
		if p := h.paper(t, chief, Began); p.Name != "Trust RXH" || p.Head != nil || len(p.Open)+len(p.Statements) > 0 || p.Answers[0].Due != 0 {
			t.Errorf("on the first day it says %+v", p)
		}
	}},
}

func (h *House) boards() *board.Service {
	return &board.Service{Store: storage.Boards{DB: h.DB}, Now: h.Now}
}

func (h *House) paper(t testing.TB, who access.Actor, at time.Time) board.Paper {
	t.Helper()
	p, err := h.boards().Paper(t.Context(), h.at(who), Here, at)
	must(t, err)
	return p
}

// boardroom is a trust to which everything a paper tells of has happened.
type boardroom struct {
	*House
	levels                                   *assessment.Service
	risks                                    *risk.Service
	self                                     assessment.ID
	campaign                                 attestation.CampaignID
	waits, signed                            attestation.ID
	inTime, late, stuck, open, ended, change alert.ID
	grow                                     func() int
}

func (h *House) boardroom(t *testing.T) boardroom {
	t.Helper()
	s := boardroom{House: h, levels: h.assessments(t)}
	h.joins(t, second)
	l, _ := h.Log(t)
	s.grow = func() int { return grow(t, l) }
	s.self = h.assess(t, s.levels, "2026 to 2027")
	h.Pass(time.Minute)
	must(t, s.levels.Record(t.Context(), h.at(lead), Here, s.self, "S1", 0, assessment.Achieved, ""))
	s.inTime, s.late, s.ended, s.change = h.issue(t), h.issue(t), h.issue(t), h.issue(t)
	h.Pass(time.Hour)
	h.answer(t, s.inTime)
	h.answer(t, s.change)
	h.ends(t, s.ended)
	h.Pass(48 * time.Hour)
	h.answer(t, s.late)
	s.risks, s.stuck = h.stuck(t, alert.Normal)
	h.Pass(time.Minute)
	h.accepts(t, s.risks, s.stuck)
	s.open = h.issue(t)
	var asked map[organisation.Code]attestation.ID
	s.campaign, asked = h.calls(t)
	s.waits = asked[Here]
	h.Pass(time.Minute)
	h.Prepare(t, siro, Here, s.waits)
	must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, s.waits, 0))
	s.signed = h.Lock(t, Here, 2)
	h.qualified(t, s.signed, reservation)
	s.grow()
	return s
}

// accepts lets the risk owner accept the risk of an alert.
func (h *House) accepts(t testing.TB, s *risk.Service, id alert.ID) {
	t.Helper()
	h.asks(t, s, id)
	up := h.decides(t, s, id, siro)
	must(t, s.Sign(t.Context(), h.at(siro), Here, up.ID, h.riskProof(siro, up)))
}

// ends answers an alert and closes it, with proof.
func (h *House) ends(t testing.TB, id alert.ID) {
	t.Helper()
	h.answer(t, id)
	h.Pass(time.Minute)
	must(t, h.Alerts.Act(t.Context(), h.at(lead), Here, id, 0, alert.Action{Outcome: alert.Fixed}))
	h.Pass(time.Minute)
	proof := h.file(Here, lead, digest("e"))
	proof.Uses = []string{"alert/" + string(id)}
	h.add(t, proof)
	must(t, h.Alerts.Close(t.Context(), h.at(lead), Here, id, 0))
}

// movesOn lets everything change that can.
func (s boardroom) movesOn(t *testing.T) {
	t.Helper()
	h, ctx := s.House, t.Context()
	then := func() { h.Pass(time.Minute) }
	h.answer(t, s.open)
	then()
	must(t, h.Alerts.Act(ctx, h.at(lead), Here, s.open, 0, alert.Action{Outcome: alert.FixedInPart, FixedCount: 3, AssetCount: 1200, PlanOn: "2026-11-01"}))
	must(t, h.Alerts.Reopen(ctx, h.at(lead), Here, s.ended, 0))
	must(t, h.Alerts.Apply(ctx, h.at(lead), Here, s.inTime, 0, alert.Applies{Answer: alert.StillChecking}))
	then()
	other := wording("Not used yet")
	other.Title = "Patch the other gateway"
	h.change(t, s.change, alert.Revision{Kind: alert.Correction, Reason: "It was wrong", Draft: other, Renew: true})
	h.change(t, s.late, alert.Revision{Kind: alert.Extension, Reason: "The patch is late", AnswerBy: h.Now().AddDate(0, 0, 9), ActionBy: h.Now().AddDate(0, 1, 0)})
	h.change(t, s.stuck, alert.Revision{Kind: alert.Withdrawal, Reason: "A false alarm"})
	then()
	h.issue(t)
	must(t, s.levels.Record(ctx, h.at(lead), Here, s.self, "S1", 1, assessment.NotAchieved, ""))
	then()
	h.assess(t, s.levels, "2027 to 2028")
	must(t, h.Requests.Extend(ctx, h.at(regulator), s.campaign, s.waits, "2026-12-18", "A move of house"))
	must(t, h.Requests.ConfirmMove(ctx, h.at(second), s.campaign, s.waits))
	must(t, h.Commitments.Settle(ctx, h.at(lead), Here, h.promised(t)[0].ID, attestation.Account{How: attestation.StillOpen, Note: "The supplier is late", By: "2027-01-15"}))
	then()
	h.ready(t, h.keep(t, Here, lead, digest("d")))
	must(t, h.Commitments.Settle(ctx, h.at(lead), Here, h.promised(t)[0].ID, attestation.Account{How: attestation.Done, Note: "All sites checked"}))
	then()
	_, err := h.Sign(ctx, chief, Here, h.Begun(t, chief, Here, s.waits))
	must(t, err)
	h.renamed(t, "Another Name")
	_, err = h.Alerts.ImportPast(ctx, h.at(importer), past(t, strings.ReplaceAll(pastLines, "CC-00", "CC-90")), false)
	must(t, err)
	then()
	size := int64(h.count(t, "select max(size) from log_checkpoint"))
	must(t, gen.New(h.Raw).AddCosignature(ctx, gen.AddCosignatureParams{Size: size, Witness: "late.example", Line: "— late.example AAAA\n", At: h.Now().Unix()}))
	if s.grow() == 0 {
		t.Error("the log has not grown")
	}
	then()
}

// renamed imports the trust under another name.
func (h *House) renamed(t testing.TB, name string) {
	t.Helper()
	_, err := h.Register.ImportExtract(t.Context(), h.at(importer), organisation.Extract{Records: []organisation.Record{{Code: Here, Name: name, Region: "Y56", ICB: "QMF", OpenedOn: "2010-04-01"}}}, false)
	must(t, err)
}

// standsAsKept compares what a paper says of open alerts with the responses on
// record. The day an update was promised for is in no event, so what has lapsed
// is not compared.
func (h *House) standsAsKept(t *testing.T) {
	t.Helper()
	h.Pass(time.Minute)
	now := h.Now().Truncate(time.Second)
	open := map[string]board.Open{}
	for _, o := range h.paper(t, lead, now).Open {
		open[o.Name] = o
	}
	kept, err := h.Alerts.Open(t.Context(), h.at(lead), Here, 100)
	must(t, err)
	if len(kept) != len(open) || len(kept) < 4 {
		t.Errorf("%d are open, and on the paper %d", len(kept), len(open))
	}
	for _, r := range kept {
		r.NextUpdateDue = time.Time{}
		answered, _ := r.AnsweredAt()
		due := r.AnswerDue
		if r.Owes() {
			due, answered = r.Renewal.Due, time.Time{}
		}
		o := open[r.Name()]
		if o.Standing != r.Standing(now) || !o.AnswerDue.Equal(due) || !o.ActionDue.Equal(r.ActionDue) || !o.Answered.Equal(answered) || !o.Until.Equal(r.AcceptedUntil) || o.Title != r.Title {
			t.Errorf("on record %+v (%s), on the paper %+v", r, r.Standing(now), o)
		}
	}
}

// shows lets one thing happen after the other, each with what a paper has then
// and had not before.
func (h *House) shows(t *testing.T) {
	t.Helper()
	var id alert.ID
	var self assessment.ID
	var statement attestation.ID
	var s *risk.Service
	ctx := t.Context()
	levels := h.assessments(t)
	l, _ := h.Log(t)
	for _, c := range []struct {
		what  string
		do    func()
		wants []string
	}{
		{"an alert that was sent", func() { id = h.issue(t) }, []string{"open 1: CC-0001, high, Patch the gateway", "open 1 standing: Not acknowledged"}},
		{"who acknowledged it", func() { must(t, h.Alerts.Acknowledge(ctx, h.at(lead), Here, id)) }, []string{"open 1 standing: Acknowledged"}},
		{"an answer that is late", func() { h.Pass(48 * time.Hour) }, []string{"late 1: CC-0001, high, Patch the gateway", "open 1 standing: Late", "answers 2: 2026-10-01 to 2026-10-07, 0 of 1 in time"}},
		{"an answer that came late", func() {
			must(t, h.Alerts.Apply(ctx, h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		}, []string{"late 1 answered: 2026-10-07T", "open 1 standing: Answered late"}},
		{"a correction", func() {
			other := wording("Less")
			other.Title = "Patch the other gateway"
			h.change(t, id, alert.Revision{Kind: alert.Correction, Reason: "It was wrong", Draft: other})
		}, []string{"open 1: CC-0001, high, Patch the other gateway"}},
		{"a risk that was accepted", func() { s, id = h.stuck(t, alert.Normal); h.Pass(time.Minute); h.accepts(t, s, id) }, []string{"risk 1: CC-0002, high, Patch the gateway", "risk 1 until: 2026-11-01", "risk 1 signer 1: Helen Frost, siro"}},
		{"an alert that ended", func() { id = h.issue(t); h.ends(t, id) }, []string{"answers 2: 2026-10-01 to 2026-10-07, 0 of 1 in time"}},
		{"an assessment", func() { self = h.assess(t, levels, "2026") }, []string{"assessment reached: 0 of 10, 0 answered", "outcome S1: not_assessed"}},
		{"a level", func() {
			must(t, levels.Record(ctx, h.at(lead), Here, self, "S1", 0, assessment.Achieved, ""))
		}, []string{"assessment reached: 1 of 10, 1 answered", "assessment last recorded: 2026-10-07T"}},
		{"a statement that was asked for", func() { statement = h.Ask(t, Here, 1) }, []string{"statement 1 state: preparing"}},
		{"who locked it", func() {
			h.Prepare(t, siro, Here, statement)
			must(t, h.Statements.Lock(ctx, h.at(siro), Here, statement, 0))
		}, []string{"statement 1 state: locked", "statement 1 locked by: Helen Frost"}},
		{"who signed it, how, and what was promised", func() { h.qualified(t, statement, reservation) }, []string{"statement 1 state: signed", "statement 1 signer: Amara Okafor, chief_executive", "statement 1 opinion: qualified", "statement 1 code: ",
			"statement 1 exception 1: part 2, Community sites are not checked", "commitment 1: July to September 2026, part 2, Community sites are not checked", "commitment 1 fate: open", "since: July to September 2026 cyber statement", "since reached: 30 of 41 then, 1 of 10 now"}},
		{"a commitment that was moved", func() {
			must(t, h.Commitments.Settle(ctx, h.at(lead), Here, h.promised(t)[0].ID, attestation.Account{How: attestation.StillOpen, Note: "Later", By: "2027-01-15"}))
		}, []string{"commitment 1 by: 2027-01-15"}},
		{"a commitment that was kept", func() {
			must(t, h.Commitments.Settle(ctx, h.at(lead), Here, h.promised(t)[0].ID, attestation.Account{How: attestation.Done, Note: "Checked"}))
		}, []string{"commitment 1 fate: done", "commitment 1 settled: "}},
		{"a statement that was returned", func() {
			statement = h.Lock(t, Here, 2)
			st, _, err := h.Statements.Read(ctx, h.at(chief), Here, statement)
			must(t, err)
			must(t, h.Statements.Choose(ctx, h.at(chief), Here, statement, attestation.Declined, st.Digest))
			must(t, h.Statements.Decline(ctx, h.at(chief), Here, statement, "The figures are wrong"))
		}, []string{"state: returned"}},
		{"another name", func() { h.renamed(t, "Another Name") }, []string{"organisation: RXH Another Name"}},
		{"the head of the log", func() { grow(t, l) }, []string{"log: " + origin, "log size: ", "log root: "}},
	} {
		was := h.paper(t, chief, h.Now()).Text()
		h.Pass(time.Second)
		c.do()
		h.Pass(time.Second)
		is := h.paper(t, chief, h.Now()).Text()
		for _, want := range c.wants {
			if !strings.Contains(is, want) {
				t.Errorf("%s: the paper does not say %q:\n%s", c.what, want, difference(was, is))
			} else if strings.Contains(was, want) && c.what != "an alert that ended" {
				t.Errorf("%s: the paper said %q before it happened", c.what, want)
			}
		}
		if c.what == "an alert that ended" && strings.Contains(is, "CC-0003") {
			t.Errorf("an alert that ended is still open:\n%s", is)
		}
	}
}

// BoardRoom lets everything happen that a board paper tells of, and a minute
// pass.
func (h *House) BoardRoom(t *testing.T) {
	t.Helper()
	h.boardroom(t)
	h.Pass(time.Minute)
}
