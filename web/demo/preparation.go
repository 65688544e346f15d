//go:build demo

package demo

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
)

// open lists what the trust promised and has not settled.
func (t *trust) open() []attestation.Commitment {
	return slices.DeleteFunc(slices.Clone(t.promises), func(c attestation.Commitment) bool { return c.Fate != attestation.StillOpen })
}

// now puts a commitment as it stands now in place of what it was.
func (t *trust) now(is attestation.Commitment) {
	if i := slices.IndexFunc(t.promises, func(c attestation.Commitment) bool { return c.ID == is.ID }); i >= 0 {
		t.promises[i] = is
	}
}

// position is what the portal held of a trust at an instant, as far as its
// statements need it.
func (b *builder) position(t *trust, q quarter, at time.Time) attestation.Position {
	held := attestation.Position{At: at, Commitments: t.open()}
	due := 0
	for _, a := range t.answers {
		if !q.holds(a.due) || !a.titled.Counts(at) {
			continue
		}
		if due++; !a.inTime {
			late := a.titled
			if answered, _ := late.AnsweredAt(); answered.After(at) {
				late.Acknowledged = nil
			}
			held.Late = append(held.Late, late)
		}
	}
	slices.SortFunc(held.Late, func(x, y alert.Titled) int { return x.AnswerDue.Compare(y.AnswerDue) })
	for _, f := range t.files {
		if f.Verdict == evidence.Ready && f.ReceivedAt.Before(at) {
			held.Files = append(held.Files, f)
		}
	}
	if len(held.Files) == 0 {
		held.Files = former(t, at)
	}
	held.Facts = attestation.Facts{"answered": strconv.Itoa(due - len(held.Late)), "due": strconv.Itoa(due), "reached": strconv.Itoa(max(0, t.reached-b.quartersSince(q))), "outcomes": t.outcomes, "evidence": strconv.Itoa(len(held.Files))}
	return held
}

func (b *builder) quartersSince(q quarter) int {
	n := 0
	for each := b.quarter; each.start.After(q.start); each = each.before(1) {
		n++
	}
	return n
}

// former are editions of the trust's files that were replaced since.
func former(t *trust, at time.Time) []evidence.File {
	var files []evidence.File
	for _, f := range t.files[:min(2, len(t.files))] {
		f.ID, f.Digest = "former-"+f.ID, string(attestation.DigestOf("former "+f.Digest))
		f.AboutOn, f.RunsUntil = organisation.DayOf(at.AddDate(0, 0, -50)), organisation.DayOf(at.AddDate(0, 0, 90))
		files = append(files, f)
	}
	return files
}

// excuses are what trusts say of late answers.
var excuses = []attestation.Explanation{
	{Code: "recorded_late", Why: "The systems were checked on the day. Nobody recorded it before the weekend was over."},
	{Code: "plan_under_way", Why: "The supplier was on site. We answered when it had told us which systems are affected."},
	{Code: "other", Why: "The message went to somebody who had left. A shared address receives them as well now."},
}

// lock takes a statement through what is left to do, binds what the portal held
// and fixes the words.
func (b *builder) lock(r *rand.Rand, t *trust, s attestation.Statement, q quarter, at time.Time) (attestation.Statement, error) {
	held := b.position(t, q, at)
	pass, err := access.Check(t.siro.at(at), access.LockStatement, t.Code)
	if err != nil {
		return s, err
	}
	for _, step := range b.steps(r, pass, held, at) {
		is, e, err := step(s)
		if err != nil {
			return s, err
		}
		b.record(e)
		s = is
	}
	for _, f := range s.Contradictions(held) {
		is, e, err := s.Accept(pass, held, f.Digest(), "The board’s calendar does not allow another day.", b.id(at), at)
		if err != nil {
			return s, err
		}
		b.record(e)
		s = is
	}
	s, e, err := s.Lock(pass, attestation.Binding{Template: wordings[s.Template], Held: held, Name: t.Name, Replaces: b.replaces(s)}, b.id(at), at)
	b.record(e)
	return s, err
}

// steps are the tasks before a lock. A task with nothing to do is left out.
func (b *builder) steps(r *rand.Rand, pass access.Pass, held attestation.Position, at time.Time) []func(attestation.Statement) (attestation.Statement, event.Event, error) {
	var files []evidence.ID
	for _, f := range held.Files {
		files = append(files, f.ID)
	}
	steps := []func(attestation.Statement) (attestation.Statement, event.Event, error){
		func(s attestation.Statement) (attestation.Statement, event.Event, error) {
			return s.CheckFigures(pass, held, held.Facts.Digest(), b.id(at), at)
		},
		func(s attestation.Statement) (attestation.Statement, event.Event, error) {
			return s.Rely(pass, held, files, b.id(at), at)
		},
	}
	var explained []attestation.Explanation
	for _, late := range held.Late {
		e := pick(r, excuses)
		e.Alert = late.Alert
		explained = append(explained, e)
	}
	if len(explained) > 0 {
		steps = append(steps, func(s attestation.Statement) (attestation.Statement, event.Event, error) {
			return s.ExplainLate(pass, held, explained, b.id(at), at)
		})
	}
	for _, c := range held.Commitments {
		by := max(c.By, organisation.DayOf(at.AddDate(0, 0, 40+r.IntN(60))))
		account := attestation.Account{Commitment: c.ID, How: attestation.StillOpen, By: by, Note: "Most of it is done. The supplier comes again for the rest."}
		steps = append(steps, func(s attestation.Statement) (attestation.Statement, event.Event, error) {
			return s.AccountFor(pass, held, account, b.id(at), at)
		})
	}
	return steps
}

// keepPromises settles, before the next statement is locked, most of what a
// trust promised: on time as a rule.
func (b *builder) keepPromises(r *rand.Rand, t *trust, before time.Time) error {
	for i, c := range t.open() {
		at := settle(r, c.By.Start().AddDate(0, 0, -r.IntN(15)).Add(hours(10+5*r.Float64())), 0)
		if keeps := chance(r, 0.8); (t.Code == CalderVale && i > 0) || (t.Code != CalderVale && !keeps) || !at.Before(before) || !at.After(c.MadeAt) || !b.past(at) {
			continue
		}
		pass, err := access.Check(t.lead.at(at), access.KeepCommitments, t.Code)
		if err != nil {
			return err
		}
		is, _, e, err := c.Settle(pass, attestation.Account{How: attestation.Done, Note: "Done, and shown to the audit committee."}, b.id(at), b.id(at), at)
		if err != nil {
			return err
		}
		t.now(is)
		b.record(e)
	}
	return nil
}

// commit keeps what a signature makes of commitments.
func (b *builder) commit(t *trust, ceremony attestation.Ceremony, pass access.Pass, g attestation.Signature) error {
	made, err := ceremony.Commit(pass, g, func() string { return b.id(g.SignedAt) })
	if err != nil {
		return err
	}
	for _, each := range made {
		b.record(each.Event)
		if c := each.Commitment; each.Step == nil {
			t.promises = append(t.promises, c)
		} else {
			t.now(c)
		}
	}
	return nil
}

// early is the statement that Calder Vale was asked for before the quarter is
// over, and has begun to prepare.
func (b *builder) early() error {
	t, q := b.orgs[CalderVale], b.quarter.before(-1)
	asked := clock(q.start.AddDate(0, 0, 6), 9, 30)
	began := clock(weekday(b.now.AddDate(0, 0, -2)), 15, 10)
	s := attestation.Statement{ID: attestation.ID(b.id(asked)), Organisation: t.Code, Template: attestation.Quarterly.ID, Edition: attestation.Quarterly.Edition,
		Number: 1, Period: q.period(), From: q.from(), To: q.to(), Due: clock(weekday(q.end.AddDate(0, 0, 54)), 17, 0), State: attestation.Preparing}
	pass, err := access.Check(b.national["samir.devlin"].at(asked), access.IssueStatements, organisation.National)
	if err != nil {
		return err
	}
	b.record(event.New(b.id(asked), pass, asked, "statement asked for", "statement/"+string(s.ID), s.Title()+" asked for").For(t.Code).Recording(s.AskingRecord()))
	if pass, err = access.Check(t.lead.at(began), access.PrepareStatement, t.Code); err != nil {
		return err
	}
	gaps := b.gaps(stream("early"), t, 0, course{due: s.Due})
	s, e, err := s.KeepGaps(pass, gaps[:1], b.id(began), began)
	if err != nil {
		return err
	}
	b.record(e)
	held := b.position(t, q, began)
	held.Files = slices.DeleteFunc(held.Files, func(f evidence.File) bool { return strings.HasPrefix(string(f.ID), "former-") })
	s, e, err = s.Rely(pass, held, []evidence.ID{held.Files[0].ID, held.Files[1].ID}, b.id(began), began)
	if err != nil {
		return err
	}
	b.record(e)
	b.keep(s)
	return nil
}
