package board

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/risk"
)

// keptMonths is how long what has ended stays on a paper.
const keptMonths = 12

// drawing is a paper under way.
type drawing struct {
	Ledger
	at     time.Time
	reader Reader
	events map[string][]event.Event // by what they are about, up to the moment
}

// Draw gives the position as of a moment. It leans on nothing that happened
// after it, and fails where the record says something nobody can read back.
func (l Ledger) Draw(reader Reader, at time.Time) (Paper, error) {
	d := drawing{Ledger: l, at: at, reader: reader, events: map[string][]event.Event{}}
	inOrder := slices.Clone(l.Events)
	slices.SortStableFunc(inOrder, func(x, y event.Event) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) }) // databases order text differently
	for _, e := range inOrder {
		if !e.At.After(at) {
			d.events[e.Thing] = append(d.events[e.Thing], e)
		}
	}
	sent, err := d.sent()
	if err != nil {
		return Paper{}, err
	}
	p := Paper{Organisation: l.Organisation.Code, Name: d.name(), At: at, Reader: reader, Answers: d.answers(sent), Late: d.late(sent), Open: d.open(sent), Risks: d.risks(sent), Statements: d.statements(), Commitments: d.commitments()}
	if reader == Own {
		p.Levels = d.levels()
		if g, st, signed := d.lastSigned(); signed {
			if p.Since, err = d.since(g, st, sent, p.Levels); err != nil {
				return Paper{}, err
			}
		}
	}
	for _, head := range l.Heads {
		if !head.SignedAt.After(at) && (p.Head == nil || head.Size > p.Head.Size) {
			head.Note = "" // witnesses sign later
			p.Head = &head
		}
	}
	return p, nil
}

// name is what the organisation was called: what the first import after the
// moment that renamed it says it was called before, or what it is called now.
func (d drawing) name() string {
	for _, e := range d.Renames {
		if was, renamed := organisation.WasCalled(e.Detail); renamed && e.At.After(d.at) {
			return was
		}
	}
	return d.Organisation.Name
}

// sentThen is one alert with the response as it stood.
type sentThen struct {
	Named
	response alert.Response
	request  risk.ID // by which a risk was accepted last; empty when none was
}

// sent gives every alert the organisation had by the moment, rehearsals apart,
// with the words and deadlines of then.
func (d drawing) sent() ([]sentThen, error) {
	accepted, about := map[string]time.Time{}, map[string]risk.ID{}
	for _, g := range d.Decisions {
		if digest := string(g.Attempt.Digest); g.Attempt.Choice.Verdict == risk.Accept {
			accepted[digest], about[digest] = g.Attempt.Choice.Until.Next().Start(), g.Attempt.Request
		}
	}
	var all []sentThen
	for _, s := range d.Alerts {
		said := d.events["alert/"+string(s.Alert.ID)]
		arrived := slices.ContainsFunc(said, func(e event.Event) bool { return e.Kind == "alert received" || e.Kind == "past alert imported" })
		if !arrived || s.Alert.Draft.Rehearsal {
			continue
		}
		trail := alert.Trail{Kept: s.Response, Accepted: accepted, Events: said}
		then := s.Alert
		for _, v := range s.Versions {
			if v.Approval != nil && !v.Approval.At.After(d.at) {
				trail.Versions, then.Draft = append(trail.Versions, v), v.Draft // oldest first: the newest words remain
			}
		}
		response, err := trail.Replay()
		if err != nil {
			return nil, fmt.Errorf("replay what %s answered to %s: %w", d.Organisation.Code, s.Alert.ID, err)
		}
		is := sentThen{Named: Named{Name: then.Name(), Title: then.Draft.Title, Severity: then.Draft.Severity}, response: response}
		for _, e := range said {
			if e.Kind == "risk accepted" {
				is.request = about[e.Digest]
			}
		}
		all = append(all, is)
	}
	slices.SortFunc(all, func(x, y sentThen) int {
		return cmp.Or(x.response.IssuedAt.Compare(y.response.IssuedAt), cmp.Compare(x.Name, y.Name))
	})
	return all, nil
}

// counts tells whether an alert is measured: high, its deadline in the period
// and past, and not withdrawn before that.
func (d drawing) counts(s sentThen, from, to organisation.Day) bool {
	due := s.response.AnswerDue
	return s.Severity == alert.High && !due.Before(from.Start()) && due.Before(to.Next().Start()) && s.response.Counts(d.at)
}

func (d drawing) count(all []sentThen, from, to organisation.Day) Answers {
	a := Answers{From: from, To: to}
	for _, s := range all {
		if d.counts(s, from, to) {
			a.Due++
			if s.response.InTime() {
				a.InTime++
			}
		}
	}
	return a
}

// answers counts the last full quarter and the one under way.
func (d drawing) answers(all []sentThen) []Answers {
	quarters := attestation.Quarters(d.at, 2)
	return []Answers{d.count(all, quarters[1].From, quarters[1].To), d.count(all, quarters[0].From, organisation.DayOf(d.at))}
}

func (d drawing) late(all []sentThen) []Late {
	var list []Late
	from, to := attestation.Quarters(d.at, 2)[1].From, organisation.DayOf(d.at)
	for _, s := range all {
		if d.counts(s, from, to) && !s.response.InTime() {
			answered, _ := s.response.AnsweredAt()
			list = append(list, Late{Named: s.Named, Due: s.response.AnswerDue, Answered: answered})
		}
	}
	return list
}

func (d drawing) open(all []sentThen) []Open {
	var list []Open
	for _, s := range all {
		r := s.response
		if r.Over() != nil {
			continue
		}
		o := Open{Named: s.Named, Standing: r.Standing(d.at), AnswerDue: r.AnswerDue, ActionDue: r.ActionDue, Until: r.AcceptedUntil}
		if r.Owes() {
			o.AnswerDue = r.Renewal.Due
		} else {
			o.Answered, _ = r.AnsweredAt()
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(x, y Open) int {
		return cmp.Or(cmp.Compare(rank(x.Standing), rank(y.Standing)), x.next().Compare(y.next()))
	})
	return list
}

// rank puts what is late first, and what somebody signed for last.
func rank(s alert.Standing) int {
	switch s {
	case alert.Late:
		return 0
	case alert.RiskAccepted:
		return 2
	}
	return 1
}

// next is the deadline that ran.
func (o Open) next() time.Time {
	switch {
	case o.Answered.IsZero():
		return o.AnswerDue
	case !o.Until.IsZero():
		return o.Until
	}
	return o.ActionDue
}

// risks lists the acceptances in force: signed by everybody they needed, not run
// out, about an alert that is still open.
func (d drawing) risks(all []sentThen) []Risk {
	var list []Risk
	for _, s := range all {
		if s.response.Over() != nil || !d.at.Before(s.response.AcceptedUntil) {
			continue
		}
		i := slices.IndexFunc(d.Requests, func(r risk.Request) bool { return r.ID == s.request })
		if i < 0 {
			continue
		}
		r := d.Requests[i]
		list = append(list, Risk{Named: s.Named, What: r.What, Patients: r.Patients, Cover: r.Cover, Until: organisation.DayOf(s.response.AcceptedUntil.Add(-time.Second)), Signers: d.accepting(r.ID)})
	}
	slices.SortStableFunc(list, func(x, y Risk) int { return cmp.Compare(x.Until, y.Until) })
	return list
}

// accepting lists who accepted a risk by the moment, the first signature first.
func (d drawing) accepting(id risk.ID) []Signer {
	var list []Signer
	for _, g := range d.Decisions {
		if g.Attempt.Request == id && g.Attempt.Choice.Verdict == risk.Accept && !g.SignedAt.After(d.at) {
			list = append(list, Signer{Name: g.SignerName, Office: g.Attempt.Office, Acting: g.Acting, At: g.SignedAt})
		}
	}
	slices.SortFunc(list, func(x, y Signer) int { return x.At.Compare(y.At) })
	return list
}

// commitments gives each as it stood: open ones by their day, then what was
// settled in the last months.
func (d drawing) commitments() []Commitment {
	var list []Commitment
	for _, c := range d.Commitments {
		if c.MadeAt.After(d.at) {
			continue
		}
		then := Commitment{Period: c.Period, Part: c.Part, What: c.What, Doing: c.Doing, Who: c.Who, FirstBy: c.FirstBy, By: c.FirstBy, Fate: attestation.StillOpen}
		for _, step := range c.Steps {
			if step.At.After(d.at) {
				continue
			}
			if then.Fate = step.Fate; step.Fate == attestation.StillOpen {
				then.By = step.Is
			} else {
				then.SettledAt = step.At
			}
		}
		if !then.SettledAt.IsZero() && then.SettledAt.Before(d.at.AddDate(0, -keptMonths, 0)) {
			continue
		}
		then.Late = attestation.Commitment{Fate: then.Fate, By: then.By}.Late(d.at)
		list = append(list, then)
	}
	slices.SortStableFunc(list, func(x, y Commitment) int {
		return cmp.Or(x.SettledAt.Compare(y.SettledAt), cmp.Compare(x.By, y.By), cmp.Compare(x.Period, y.Period), cmp.Compare(x.Part, y.Part), cmp.Compare(x.What, y.What))
	})
	return list
}

// lastSigned is the signature made last of those that stood, and what it is
// under.
func (d drawing) lastSigned() (attestation.Signature, attestation.Statement, bool) {
	var last attestation.Signature
	for _, g := range d.Signatures {
		if !g.SignedAt.After(d.at) && d.stood(g.Statement) && (last.ID == "" || g.SignedAt.After(last.SignedAt)) {
			last = g
		}
	}
	i := slices.IndexFunc(d.Statements, func(s attestation.Statement) bool { return last.ID != "" && s.ID == last.Statement })
	if i < 0 {
		return last, attestation.Statement{}, false
	}
	return last, d.Statements[i], true
}

// stood tells whether a signed statement was neither replaced nor withdrawn.
func (d drawing) stood(id attestation.ID) bool {
	return !slices.ContainsFunc(d.events["statement/"+string(id)], func(e event.Event) bool { return e.Kind == "statement replaced" || e.Kind == "signature withdrawn" })
}

// since compares the figures of a signed statement with those of the moment, for
// the same months. How many files of evidence ran then is not kept with its
// history, so it is not among them.
func (d drawing) since(g attestation.Signature, s attestation.Statement, all []sentThen, levels *Levels) (*Since, error) {
	words, err := attestation.ParseWords(s.Words)
	if err != nil {
		return nil, fmt.Errorf("read the words of %s: %w", s.ID, err)
	}
	answered := d.count(all, words.From, words.To)
	is := attestation.Facts{"answered": strconv.Itoa(answered.InTime), "due": strconv.Itoa(answered.Due)}
	if levels != nil {
		is["reached"], is["outcomes"] = strconv.Itoa(levels.Reached), strconv.Itoa(levels.Outcomes)
	}
	was := attestation.Facts{}
	for name := range is {
		if value := words.Facts[name]; value != "" {
			was[name] = value
		} else {
			delete(is, name)
		}
	}
	return &Since{Title: words.Title, SignedAt: g.SignedAt, Changes: attestation.Since(was, is, nil)}, nil
}

// signer is who signed a statement, in the capacity they signed in.
func signer(g attestation.Signature) *Signer {
	return &Signer{Name: g.SignerName, Office: access.ChiefExecutive, Acting: g.Acting, At: g.SignedAt}
}
