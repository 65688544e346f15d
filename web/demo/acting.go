//go:build demo

package demo

import (
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// addActing has two trusts ask for an acting chief executive: one was refused
// in spring, the other waits for the national team.
func (b *builder) addActing() error {
	at := clock(weekday(b.now.AddDate(0, -6, 0)), 11, 20)
	asked, err := b.asksToAct(b.national["miles.everett"], b.orgs[CalderVale], identity.ActingDraft{From: organisation.DayOf(at.AddDate(0, 0, 9)), To: organisation.DayOf(at.AddDate(0, 0, 23)), Reason: "A sabbatical"}, at)
	if err != nil {
		return err
	}
	answered := clock(weekday(at.AddDate(0, 0, 2)), 15, 5)
	pass, err := access.Check(b.national["samir.devlin"].at(answered), access.ConfirmActing, organisation.National)
	if err != nil {
		return err
	}
	refused, e, err := asked.Refuse(pass, "Send us the minute in which your board agreed, and ask again.", b.id(answered), answered)
	if err != nil {
		return err
	}
	b.record(e)
	at = b.now.Add(-26 * time.Hour)
	waiting, err := b.asksToAct(b.national["imran.sethi"], b.orgs[Neighbour], identity.ActingDraft{From: organisation.DayOf(b.now.AddDate(0, 0, 12)), To: organisation.DayOf(b.now.AddDate(0, 0, 25)), Reason: "Annual leave"}, at)
	b.world.Seed.Acting = []identity.Acting{refused, waiting}
	return err
}

// asksToAct asks for a trust's senior information risk owner.
func (b *builder) asksToAct(who *person, t *trust, d identity.ActingDraft, at time.Time) (identity.Acting, error) {
	pass, err := access.Check(who.at(at), access.AskActing, t.Code)
	if err != nil {
		return identity.Acting{}, err
	}
	var ground identity.ActingGround
	for _, p := range []*person{who, t.siro} {
		for _, held := range p.held {
			if held.Organisation == t.Code {
				ground.Posts = append(ground.Posts, identity.Post{Name: p.Name, Held: identity.Held{Person: p.ID, Appointment: held}})
			}
		}
	}
	d.Person = t.siro.ID
	a, e, err := d.Ask(pass, ground, identity.ActingID(b.id(at)), b.id(at), at)
	if err == nil {
		b.record(e)
	}
	return a, err
}
