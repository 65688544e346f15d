//go:build demo

package demo

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// quarters is for how many quarters statements have been asked for: the
// campaign began a year ago.
const quarters = 4

// fate is how the statement of one trust for one quarter goes.
type fate int

const (
	prepares fate = iota // the trust is still writing
	waits                // locked, for the chief executive
	signs
	qualifies
	declines
	takesUp   // declines, and signs the next version
	renews    // signs, and then another in its place
	takesBack // signs, and takes it back
)

// course is when one statement takes which step. Steps after now are not taken.
type course struct {
	fate                               fate
	asked, due, prepared, locked, read time.Time
	number                             int // of exceptions, when qualified
}

// lead is by how many days each region was asked earlier than the last one.
var lead = map[organisation.Region]int{"Y56": 15, "Y59": 12, "Y58": 10, "Y61": 8, "Y60": 6, "Y62": 3, "Y63": 0}

func (b *builder) addStatements() error {
	began := b.quarter.before(quarters - 1).start
	pass, err := access.Check(access.PortalActor("migration"), access.IssueStatements, organisation.National)
	if err != nil {
		return err
	}
	b.world.Seed.Templates = []storage.SeedTemplate{{Template: attestation.Quarterly, Came: attestation.Quarterly.Supplied(pass, "quarterly-came", began)}}
	for ago := quarters - 1; ago >= 0; ago-- {
		q := b.quarter.before(ago)
		campaign, err := b.campaign(q, ago)
		if err != nil {
			return err
		}
		for _, t := range b.trusts {
			r := stream("statement", string(t.Code), string(q.from()))
			if err := b.statement(r, t, q, ago, campaign, b.course(r, t, q, ago)); err != nil {
				return fmt.Errorf("statement of %s for %s: %w", t.Code, q.period(), err)
			}
		}
	}
	if err := b.early(); err != nil {
		return fmt.Errorf("statement in preparation: %w", err)
	}
	for _, t := range b.trusts {
		b.world.Seed.Commitments = append(b.world.Seed.Commitments, t.promises...)
	}
	return nil
}

// lastDue is when the last region's statements for the quarter are due: for
// the quarter being signed at 5pm today, or tomorrow when that has passed.
func (b *builder) lastDue(q quarter, ago int) time.Time {
	if ago > 0 {
		return clock(weekday(q.end.AddDate(0, 0, 54)), 17, 0)
	}
	due := clock(b.now, 17, 0)
	if !b.now.Before(due) {
		due = clock(b.now.AddDate(0, 0, 1), 17, 0)
	}
	return due
}

func (b *builder) course(r *rand.Rand, t *trust, q quarter, ago int) course {
	last := b.lastDue(q, ago)
	room := min(15, int(last.Sub(q.end).Hours()/24)-10)
	c := course{asked: clock(q.end.AddDate(0, 0, 1), 9, 30), due: last, number: 1 + r.IntN(2)}
	if days := lead[t.Region] * room / 15; days > 0 {
		c.due = clock(weekday(last.AddDate(0, 0, -days)), 17, 0)
	}
	c.prepared = sensible(r, c.due.Add(-hours(140+20*r.Float64())), c.due)
	c.locked = latest(sensible(r, c.due.Add(-hours(74+20*r.Float64())), c.due), c.prepared.Add(2*time.Hour))
	onTime, draw := !chance(r, 0.07), r.Float64()
	if c.read = sensible(r, c.due.Add(-hours(3+66*r.Float64())), c.due); !onTime {
		c.read = settle(r, c.due.Add(hours(5+80*r.Float64())), 0)
	}
	c.read = latest(c.read, c.locked.Add(time.Hour))
	switch {
	case ago > 0 && draw < 0.01:
		c.fate = declines
	case ago > 0 && draw < 0.03:
		c.fate = takesUp
	case draw < 0.04:
		c.fate = declines
	case draw < 0.07:
		c.fate = prepares
	case draw < 0.12:
		c.fate = waits
	case draw < 0.30:
		c.fate = qualifies
	default:
		c.fate = signs
	}
	if ago > 0 && (c.fate == prepares || c.fate == waits) {
		c.fate = signs
	}
	if ago == 0 && t.Region == "Y63" && draw > 0.6 {
		c.fate = pick(r, []fate{prepares, waits})
	}
	b.cast(t, ago, &c)
	b.revised(t, ago, &c)
	return c
}

// cast gives the named organisations their part.
func (b *builder) cast(t *trust, ago int, c *course) {
	switch {
	case t.Code == CalderVale && ago == 1:
		c.fate, c.number = qualifies, 2
	case t.Code == CalderVale && ago > 1:
		c.fate = signs
	case ago > 0:
	case t.Code == CalderVale:
		c.fate = waits
	case t.Code == Neighbour:
		c.fate = waits
	case t.Code == Community:
		c.fate = prepares
	case t.Code == Northmoor:
		c.fate, c.read = declines, c.locked.Add(hours(3))
	case t.Code == Trentside:
		c.fate = signs
	}
	if t.Code == CalderVale {
		c.prepared, c.locked, c.read = weekday(c.due.Add(-hours(126))), weekday(c.due.Add(-hours(99))), weekday(c.due.Add(-hours(27)))
	}
}

// statement takes one statement through its steps, as far as now.
func (b *builder) statement(r *rand.Rand, t *trust, q quarter, ago int, campaign attestation.CampaignID, c course) error {
	s := attestation.Statement{ID: attestation.ID(b.id(c.asked)), Organisation: t.Code, Template: attestation.Quarterly.ID, Edition: attestation.Quarterly.Edition,
		Number: 1, Campaign: campaign, Called: attestation.Quarterly.For(q.period()), Period: q.period(), From: q.from(), To: q.to(), Due: c.due, State: attestation.Preparing}
	pass, err := access.Check(b.national["samir.devlin"].at(c.asked), access.IssueStatements, organisation.National)
	if err != nil {
		return err
	}
	b.record(event.New(b.id(c.asked), pass, c.asked, "statement asked for", "statement/"+string(s.ID), s.Title()+" asked for").For(t.Code).Recording(s.AskingRecord()))
	if !b.past(c.prepared) {
		b.keep(s)
		return nil
	}
	if pass, err = access.Check(t.lead.at(c.prepared), access.PrepareStatement, t.Code); err != nil {
		return err
	}
	s, e, err := s.KeepGaps(pass, b.gaps(r, t, ago, c), b.id(c.prepared), c.prepared)
	if err != nil {
		return err
	}
	b.record(e)
	if s, e, err = s.SeenByBoard(pass, organisation.DayOf(weekday(c.prepared.AddDate(0, 0, -1))), b.id(c.prepared), c.prepared); err != nil {
		return err
	}
	b.record(e)
	if c.fate == prepares || !b.past(c.locked) {
		b.keep(s)
		return nil
	}
	if err := b.keepPromises(r, t, c.locked); err != nil {
		return err
	}
	if s, err = b.lock(r, t, s, q, c.locked); err != nil {
		return err
	}
	if c.fate == waits || !b.past(c.read.Add(10*time.Minute)) {
		b.keep(s)
		return nil
	}
	if c.fate == declines || c.fate == takesUp {
		return b.decline(r, t, s, q, c)
	}
	if err := b.sign(r, t, s, c); err != nil {
		return err
	}
	switch c.fate {
	case renews:
		return b.replace(r, t, q, c)
	case takesBack:
		return b.withdraw(t, c)
	}
	return nil
}

func (b *builder) keep(s attestation.Statement) {
	b.world.Seed.Statements = append(b.world.Seed.Statements, s)
}

// gaps are the outcomes a trust is short in, with a date for each.
func (b *builder) gaps(r *rand.Rand, t *trust, ago int, c course) []attestation.Gap {
	if t.Code == CalderVale && ago == 0 {
		day := func(days int) organisation.Day { return organisation.DayOf(b.now.AddDate(0, 0, days)) }
		return []attestation.Gap{
			{Code: "B4.d", Name: b.title("B4.d"), What: "14 infusion pump servers cannot be patched. They are isolated.", FixBy: day(14)},
			{Code: "B2.a", Name: b.title("B2.a"), What: "Multi-factor sign-in reaches 91% of remote accounts.", FixBy: day(68)},
			{Code: "D1.c", Name: b.title("D1.c"), What: "No ransomware exercise since last May. The next is booked.", FixBy: day(51)},
		}
	}
	var gaps []attestation.Gap
	for _, i := range r.Perm(len(shortcomings))[:r.IntN(4)] {
		g := shortcomings[i]
		gaps = append(gaps, attestation.Gap{Code: g.code, Name: b.title(g.code), What: g.what, FixBy: organisation.DayOf(c.due.AddDate(0, 0, 20+r.IntN(150)))})
	}
	return gaps
}

func (b *builder) title(code string) string {
	o, _ := b.titles.Outcome(code) // the codes are ours; a test reads every gap
	return o.Title
}

var shortcomings = []struct{ code, what string }{
	{"B4.d", "Some laboratory computers run a system that gets no more updates."},
	{"B2.c", "Administrators of two older systems share an account."},
	{"C1.b", "Logs of the radiology systems are kept for 3 months instead of 6."},
	{"B5.c", "Restoring the patient index from backup has not been tested this year."},
	{"A4.a", "Four suppliers have not sent their assurance."},
	{"B6.b", "Training has reached 86% of staff."},
	{"D1.c", "The exercise with the ambulance service was put off."},
	{"A3.a", "Equipment of two community sites is missing from the register."},
}

// choose reads the words and says how to answer them.
func (b *builder) choose(t *trust, s attestation.Statement, opinion attestation.Opinion, at time.Time) (access.Pass, attestation.Review, error) {
	pass, err := access.Check(t.chief.at(at), access.SignStatement, t.Code)
	if err != nil {
		return pass, attestation.Review{}, err
	}
	review, err := s.Choose(pass, attestation.Review{}, opinion, s.Digest, at)
	b.record(event.New(b.id(at), pass, at, "review kept", "statement/"+string(s.ID), "Reading "+s.Title()))
	return pass, review, err
}

// decline returns the statement without a signature, and takes it up again
// where that is its fate.
func (b *builder) decline(r *rand.Rand, t *trust, s attestation.Statement, q quarter, c course) error {
	pass, review, err := b.choose(t, s, attestation.Declined, c.read)
	if err != nil {
		return err
	}
	ended := c.read.Add(6 * time.Minute)
	s, review, e, err := s.Decline(pass, review, "The figure for outcomes does not agree with what the assessors told me. Check it, and bring it back.", b.id(ended), ended)
	if err != nil {
		return err
	}
	b.record(e)
	b.keep(s)
	b.world.Seed.Reviews = append(b.world.Seed.Reviews, review)
	if c.fate != takesUp {
		return nil
	}
	again := ended.Add(3 * time.Hour)
	if pass, err = access.Check(t.siro.at(again), access.PrepareStatement, t.Code); err != nil {
		return err
	}
	s, e, err = s.Again(pass, attestation.ID(b.id(again)), b.id(again), again)
	if err != nil {
		return err
	}
	b.record(e)
	if s, err = b.lock(r, t, s, q, again.Add(20*time.Hour)); err != nil {
		return err
	}
	c.fate, c.read = signs, again.Add(26*time.Hour)
	return b.sign(r, t, s, c)
}

// reservations are what chief executives would not confirm.
var reservations = []attestation.Exception{
	{Part: 1, What: "One answer was late because the alert went to somebody who had left.", Doing: "Send alerts to a shared address as well."},
	{Part: 2, What: "I cannot confirm the figure for community sites, which nobody has checked.", Doing: "Check the community sites."},
	{Part: 3, What: "Two pieces of evidence are older than a year.", Doing: "Collect them again."},
	{Part: 4, What: "I do not know yet whether the imaging archive has the gap found elsewhere.", Doing: "Ask the supplier, and test."},
}

// sign goes through the whole ceremony: the choice, the attempt, a fresh
// sign-in whose token covers the document, the signature.
func (b *builder) sign(r *rand.Rand, t *trust, s attestation.Statement, c course) error {
	opinion := attestation.Unqualified
	if c.fate == qualifies {
		opinion = attestation.Qualified
	}
	pass, review, err := b.choose(t, s, opinion, c.read)
	if err != nil {
		return err
	}
	if opinion == attestation.Qualified {
		if review.Exceptions, err = b.reserve(r, t, s, c); err != nil {
			return err
		}
	}
	pressed := c.read.Add(time.Duration(150+r.IntN(200)) * time.Second)
	up, err := s.Begin(pass, review, b.id(pressed), hex.EncodeToString(b.random(16)), pressed)
	if err != nil {
		return err
	}
	b.record(event.New(b.id(pressed), pass, pressed, "signing begun", "statement/"+string(s.ID), "Began to sign "+s.Title()))
	proved, signed := pressed.Add(24*time.Second), pressed.Add(31*time.Second)
	proof, err := b.prove(t, up.Nonce, proved, signed)
	if err != nil {
		return err
	}
	ceremony := attestation.Ceremony{Statement: s, StepUp: up, Review: review, Appointments: t.chief.held, Open: t.open(), Replaced: b.signatureOn(s)}
	signature, s, e, err := ceremony.Sign(pass, proof, b.id(signed), attestation.NewCode(b.random(8)), b.id(signed), signed)
	if err != nil {
		return err
	}
	b.record(e)
	if replaced, is := ceremony.Replacing(pass, signature, b.id(signed)); is {
		b.record(replaced)
	}
	if err := b.commit(t, ceremony, pass, signature); err != nil {
		return err
	}
	b.keep(s)
	b.world.Seed.Reviews = append(b.world.Seed.Reviews, review)
	b.world.Seed.StepUps = append(b.world.Seed.StepUps, up)
	b.world.Seed.Signatures = append(b.world.Seed.Signatures, signature)
	return nil
}

func (b *builder) reserve(r *rand.Rand, t *trust, s attestation.Statement, c course) ([]attestation.Exception, error) {
	words, err := attestation.ParseWords(s.Words)
	if err != nil {
		return nil, err
	}
	var all []attestation.Exception
	for _, i := range r.Perm(len(reservations)) {
		e := reservations[i]
		if e.Part == 1 && s.Facts["answered"] == s.Facts["due"] {
			continue // nobody reserves about a late answer where none was late
		} else if len(all) == c.number {
			break
		}
		e.Who, e.By = t.siro.Name, organisation.DayOf(c.read.AddDate(0, 0, 20+r.IntN(160)))
		if err := e.Check(words, c.read); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(x, y attestation.Exception) int { return x.Part - y.Part })
	return all, nil
}

// random gives bytes of the builder's own stream.
func (b *builder) random(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(b.ids.Uint32())
	}
	return out
}
