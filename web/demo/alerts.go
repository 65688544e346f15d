//go:build demo

package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// firstNumber is the number of the first alert: CC-4700.
const firstNumber = 4700

// products are things a hospital might run and nobody sells.
var products = []string{
	"Halvard remote access gateway", "Corvane mail server", "Lindisol hypervisor", "Brindle backup agent", "Marrick print service", "Osprett file transfer",
	"Tarnholm firewall", "Vellum records viewer", "Quillon imaging archive", "Pellar infusion pump server", "Ardent-8 desktop system", "Sorrel web browser",
	"Kestrin identity service", "Mosslake database", "Fennick endpoint agent", "Dunmore pathology link", "Larkspur office suite", "Petrel wireless controller",
	"Cobbold meeting room unit", "Wintle monitoring console", "Sable network switch", "Orrin ticket desk",
}

// flaw is a kind of alert; %s is the product.
type flaw struct {
	threat, title, why string
	steps              []string
}

var flaws = []flaw{
	{"Vulnerability", "Remote code execution in %s", "Anybody who can reach %s over the network can run programs on it. No password is needed.",
		[]string{"Find every copy of %s in your asset register.", "Install the supplier’s update, or take the service off the internet.", "Check its records since the day the flaw became known."}},
	{"Vulnerability", "Sign-in bypass in %s", "The sign-in of %s can be stepped round, and attackers are doing so.",
		[]string{"Install the update for %s.", "End every session and change the passwords of its administrators."}},
	{"Vulnerability", "Denial of service in %s", "A single malformed message stops %s until somebody starts it again.",
		[]string{"Install the update for %s.", "Limit who can reach it until that is done."}},
	{"Malware", "Ransomware spreading through %s", "Criminals enter through %s and encrypt what they find. Two organisations abroad have lost their systems.",
		[]string{"Check that %s is up to date everywhere.", "Make sure one backup cannot be reached from the network.", "Look for the signs listed in the supplier’s notice."}},
	{"Insecure software", "Weak default password in %s", "%s is delivered with a password that has been published.",
		[]string{"Change the password of every %s.", "Check who has signed in with it."}},
	{"Attack methodology", "Phishing in the name of %s", "Staff receive messages that look as if %s had sent them. The link asks for their password.",
		[]string{"Warn staff who use %s.", "Block the addresses listed in the notice.", "Reset the passwords of those who entered them."}},
	{"Vulnerability", "Information disclosure in %s", "Records in %s can be read by people who should not see them.",
		[]string{"Install the update for %s.", "Find out whether records were read."}},
	{"Intelligence", "End of support for %s", "The supplier will mend no further flaws in %s.",
		[]string{"List where %s is still in use.", "Plan its replacement, and keep it apart until then."}},
}

// slot is one alert to come: when, how severe, for whom.
type slot struct {
	at       time.Time
	severity alert.Severity
	audience alert.Audience
}

// calendar says when alerts were issued: more and more of them, and twelve
// high ones in each of the two quarters somebody may look at first.
func (b *builder) calendar() []slot {
	var slots []slot
	current := quarterOf(b.now)
	for q, ago := b.quarter.before(7), 7; q.start.Before(b.now); q, ago = q.before(-1), ago-1 {
		n, high := 7, 2
		switch {
		case ago == 3 || ago == 2:
			n, high = 9, 4
		case ago == 1:
			n, high = 10, 5
		case ago <= 0:
			n, high = 15, 12
		}
		end := q.end
		if q.start.Equal(current.start) {
			end = b.now.Add(-5 * 24 * time.Hour)
			share := max(0, end.Sub(q.start).Hours()/q.end.Sub(q.start).Hours())
			n, high = int(math.Round(9*share)), int(math.Round(4*share))
		}
		slots = append(slots, b.spread(q.start, end, n, high)...)
	}
	now := func(ago float64, severity alert.Severity, kinds ...organisation.Kind) slot {
		return slot{b.now.Add(-hours(ago)), severity, alert.Audience{Kinds: kinds}}
	}
	slots = append(slots, now(39.2, alert.High), now(18.3, alert.High),
		now(79.6, alert.Medium, organisation.Acute), now(26.6, alert.Medium, organisation.MentalHealth, organisation.Community), now(5.4, alert.Medium, organisation.Ambulance, organisation.AcuteSpecialist))
	slices.SortFunc(slots, func(x, y slot) int { return x.at.Compare(y.at) })
	return slots
}

// spread lays n alerts, so many of them high, over working hours between two
// instants.
func (b *builder) spread(from, to time.Time, n, high int) []slot {
	r := stream("calendar", from.Format(time.DateOnly))
	var slots []slot
	for i := range n {
		share := (float64(i) + 0.2 + 0.6*r.Float64()) / float64(n)
		day := from.Add(time.Duration(share * float64(to.Sub(from))))
		if at := day.In(organisation.London).Weekday(); at == time.Saturday || at == time.Sunday {
			if day = day.AddDate(0, 0, -3); day.Before(from) { // Wednesday or Thursday: nobody likes to send on a Friday
				day = day.AddDate(0, 0, 5)
			}
		}
		s := slot{at: clock(day, 10+r.IntN(7), r.IntN(60)), severity: alert.Medium}
		if (i+1)*high/n > i*high/n {
			s.severity = alert.High
		} else if chance(r, 0.12) {
			s.severity = alert.Low
		}
		if s.severity != alert.High && chance(r, 0.5) {
			s.audience.Kinds = pick(r, [][]organisation.Kind{{organisation.Acute, organisation.AcuteSpecialist}, {organisation.MentalHealth, organisation.Community}, {organisation.Ambulance, organisation.Acute}})
		}
		if b.past(s.at) {
			slots = append(slots, s)
		}
	}
	return slots
}

// draft writes the words of the next alert of a severity. The first four flaws
// are the high ones, and product and flaw do not meet again for 88 alerts.
func (b *builder) draft(s slot) alert.Draft {
	high, first := s.severity == alert.High, 4
	if high {
		first = 0
	}
	i := b.written[high]
	b.written[high]++
	product, f := products[(i*5+i/44)%len(products)], flaws[first+i%4]
	d := alert.Draft{Title: fmt.Sprintf(f.title, product), Severity: s.severity, Class: alert.Normal, ThreatType: f.threat, Why: sentence(f.why, product), Audience: s.audience}
	if high && i%8 == 3 { // ransomware, every other time
		d.Class = alert.Critical
	}
	for _, step := range f.steps {
		d.Steps = append(d.Steps, alert.Step{Text: sentence(step, product)})
	}
	return d
}

// sentence puts the product into a text, which may begin with it.
func sentence(text, product string) string {
	if rest, first := strings.CutPrefix(text, "%s"); first {
		text = "The " + product + rest
	}
	return strings.ReplaceAll(text, "%s", "the "+product)
}

func (b *builder) addAlerts() error {
	first, second := b.national["helen.marsh"], b.national["yusuf.karim"]
	slots := b.calendar()
	b.late, b.written = map[int64]bool{}, map[bool]int{}
	for _, q := range []quarter{b.quarter, b.quarter.before(-1)} {
		for i, s := range slices.Backward(slots) {
			if s.severity == alert.High && q.holds(s.at) && b.now.After(q.end) {
				b.late[int64(firstNumber+i)] = true
				break
			}
		}
	}
	drafts := make([]alert.Draft, len(slots))
	for i, s := range slots {
		drafts[i] = b.draft(s)
	}
	b.castAlerts(slots, drafts)
	for i, s := range slots {
		author, approver := first, second
		if i%3 == 1 {
			author, approver = second, first
		}
		a, err := b.write(author, drafts[i], s.at.Add(-hours(3+float64(i%20))), s.at.Add(-time.Hour))
		if err != nil {
			return err
		}
		pass, err := access.Check(approver.at(s.at), access.ApproveAlert, organisation.National)
		if err != nil {
			return err
		}
		a, e, err := a.Issue(pass, int64(firstNumber+i), b.id(s.at), s.at)
		if err != nil {
			return err
		}
		b.record(e)
		b.world.Seed.Versions = append(b.world.Seed.Versions, a.First(b.id(s.at)))
		is, v, err := b.change(b.parts[i], a, author, approver)
		if err != nil {
			return err
		}
		b.world.Seed.Alerts = append(b.world.Seed.Alerts, is)
		if err := b.answers(i, a, v, pass); err != nil {
			return err
		}
	}
	for i, sent := range []bool{true, false} {
		at := b.now.Add(-hours(1.3 + 2*float64(i)))
		after := at.Add(20 * time.Minute)
		if !sent {
			after = time.Time{}
		}
		a, err := b.write(first, b.draft(slot{severity: []alert.Severity{alert.High, alert.Medium}[i]}), at, after)
		if err != nil {
			return err
		}
		b.world.Seed.Alerts = append(b.world.Seed.Alerts, a)
	}
	return nil
}

// write drafts an alert, and sends it for approval unless there is no instant
// for that.
func (b *builder) write(author *person, d alert.Draft, at, sent time.Time) (alert.Alert, error) {
	pass, err := access.Check(author.at(at), access.DraftAlert, organisation.National)
	if err != nil {
		return alert.Alert{}, err
	}
	a, e, err := alert.Alert{ID: alert.ID(b.id(at)), DraftedAt: at}.Amend(pass, d, b.id(at), at)
	if err != nil {
		return a, err
	}
	b.record(e)
	if sent.IsZero() {
		return a, nil
	}
	a, e, err = a.Submit(pass, b.id(sent), sent)
	b.record(e)
	return a, err
}

// answers opens a response at every organisation the alert reaches and lets
// each live until now.
func (b *builder) answers(i int, a alert.Alert, v *alert.Version, pass access.Pass) error {
	issued := a.Approval.At
	r := stream("alert", fmt.Sprint(i))
	character := nature{
		hardness:     math.Exp(0.25 * r.NormFloat64()),
		inapplicable: 0.08 + 0.12*r.Float64(),
		fixDays:      4 + 3*r.Float64(),
		recent:       a.Draft.Severity == alert.High && (b.quarter.holds(issued) || b.quarter.before(-1).holds(issued)),
	}
	if a.Draft.Severity != alert.High {
		character.hardness, character.fixDays = 1.3*character.hardness, 1.6*character.fixDays
	}
	// The service grew quicker: two years ago answers took more than twice as long.
	character.hardness *= 1 + 1.4*min(1, b.now.Sub(issued).Hours()/(2*365*24))
	for _, t := range b.trusts {
		if !a.Draft.Audience.Reaches(t.Organisation, t.cohorts) {
			continue
		}
		b.record(event.New(b.id(issued), pass, issued, "alert received", "alert/"+string(a.ID), a.Name()+" sent: "+a.Draft.Title).For(t.Code))
		response := alert.Response{Alert: a.ID, Organisation: t.Code, IssuedAt: issued, AnswerDue: a.AnswerDue, ActionDue: a.ActionDue}
		life := b.life(stream("response", fmt.Sprint(i), string(t.Code)), character, t, response)
		if t.Code == CalderVale {
			b.calderVale(a, &life)
			b.stick(b.parts[i], a, &life)
		}
		life = life.meets(stream("again", fmt.Sprint(i), string(t.Code)), v, t)
		response, err := b.live(a.Name(), response, a.Current(), v, t, life)
		if err == nil && t.Code == CalderVale {
			response, err = b.decide(b.parts[i], a, response, t, life)
		}
		if err != nil {
			return err
		}
		b.world.Seed.Responses = append(b.world.Seed.Responses, response)
		if a.Draft.Severity == alert.High {
			t.answers = append(t.answers, answer{issued: issued, due: response.AnswerDue, inTime: response.InTime(), titled: alert.Titled{Response: response, Number: a.Number, Title: a.Draft.Title, Severity: alert.High}})
		}
	}
	return nil
}

// nature is what one alert has in common for everybody it reaches.
type nature struct {
	hardness     float64 // factor on the time an answer takes
	inapplicable float64 // share of organisations it does not concern
	fixDays      float64 // until it is usually fixed
	recent       bool    // high, and in a quarter somebody may look at first
}

// life is when one organisation does what about one alert. A zero instant
// means never.
type life struct {
	acknowledged, applied, part, stuck, fixed time.Time
	again                                     time.Time // answered a newer version
	applies                                   alert.Applies
	assets, done                              int64
	absent                                    bool // the cyber lead is, so somebody else answers
}

// life draws it: a rush in the first hours, quiet nights and weekends, and
// stragglers who answer after they were chased.
func (b *builder) life(r *rand.Rand, n nature, t *trust, of alert.Response) life {
	took := logNormal(r, t.median*n.hardness, 1.15)
	if t.Code == Northmoor && n.recent && chance(r, 0.62) {
		took = hours(52 + 120*r.Float64())
	}
	took = min(took, 40*24*time.Hour)
	read := time.Duration(float64(took) * (0.1 + 0.6*r.Float64()))
	l := life{acknowledged: settle(r, of.IssuedAt.Add(read), t.onCall), assets: 4 + int64(r.ExpFloat64()*60), absent: chance(r, 0.1)}
	l.applied = settle(r, of.IssuedAt.Add(took), t.onCall)
	if !l.applied.After(l.acknowledged) {
		l.applied = l.acknowledged.Add(hours(0.1 + 2*r.Float64()))
	}
	l.applies.Answer = alert.AppliesToAll
	if chance(r, 0.4) {
		l.applies.Answer = alert.AppliesToSome
	}
	if chance(r, n.inapplicable) {
		l.applies = alert.Applies{Answer: alert.DoesNotApply, HowKnown: []string{alert.HowKnown[r.IntN(3)]}, CheckedOn: organisation.DayOf(l.applied)}
		return l
	}
	fix := logNormal(r, 24*n.fixDays*(1.5-t.maturity), 0.8)
	l.fixed = settle(r, l.applied.Add(fix), 0.1)
	switch {
	case chance(r, 0.1):
		l.part = settle(r, l.applied.Add(fix/2), 0.1)
		if !l.fixed.After(l.part) {
			l.fixed = l.part.Add(2 * time.Hour)
		}
		l.done = 1 + int64(float64(l.assets-2)*r.Float64())
	case chance(r, 0.025):
		l.stuck = l.applied.Add(time.Hour)
		l.fixed = settle(r, l.applied.Add(3*fix+45*24*time.Hour), 0.1)
	}
	return l
}

// calderVale tells the story of the trust whose people can sign in: one late
// answer in a quarter, and two alerts open now, one of them acknowledged.
func (b *builder) calderVale(a alert.Alert, l *life) {
	issued := a.Approval.At
	r := stream("calder vale", a.Draft.Title)
	l.acknowledged = issued.Add(hours(0.3 + 1.5*r.Float64()))
	l.applied = sensible(r, l.acknowledged.Add(hours(2+20*r.Float64())), a.AnswerDue.Add(-2*time.Hour))
	l.part, l.stuck = time.Time{}, time.Time{}
	if b.late[a.Number] {
		l.applied = a.AnswerDue.Add(5 * time.Hour)
	}
	if l.applies.Answer == alert.DoesNotApply {
		l.applies.CheckedOn = organisation.DayOf(l.applied)
	} else {
		l.fixed = sensible(r, l.applied.Add(hours(15+30*r.Float64())), b.now.Add(-time.Hour))
	}
	switch age := b.now.Sub(issued); {
	case age < 24*time.Hour:
		*l = life{applies: l.applies}
	case age < alert.AnswerWindow:
		*l = life{applies: l.applies, acknowledged: issued.Add(22 * time.Minute)}
	}
}

// ended is when an answer was closed: some minutes after there was no more to
// do, when the proof was in place.
func (l life) ended() time.Time {
	switch {
	case l.applies.Answer == alert.DoesNotApply && !l.applied.IsZero():
		return l.applied.Add(10 * time.Minute)
	case !l.fixed.IsZero():
		return l.fixed.Add(10 * time.Minute)
	}
	return time.Time{}
}

// update is the day somebody promises to say more: when it will be fixed, as
// far as a promise may reach.
func (l life) update(said time.Time) organisation.Day {
	if !l.fixed.After(said) { // never, or already
		return ""
	}
	by := l.fixed
	if limit := said.Add(alert.UpdateLimit - 24*time.Hour); by.After(limit) {
		by = limit
	}
	return organisation.DayOf(by)
}
