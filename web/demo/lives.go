//go:build demo

package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// meets lets a life meet a newer version that asks who has answered to answer
// again: most do within two days, and do later what they would have done.
func (l life) meets(r *rand.Rand, v *alert.Version, t *trust) life {
	if v == nil || !v.Renew || l.applied.IsZero() || !l.applied.Before(v.Approval.At) {
		return l
	}
	never, again := chance(r, 0.08), settle(r, v.Approval.At.Add(hours(2+38*r.Float64())), t.onCall)
	if never && t.Code != CalderVale {
		return l
	}
	l.again = again
	for i, at := range []*time.Time{&l.part, &l.stuck, &l.fixed} {
		if at.After(v.Approval.At) && !at.After(again.Add(time.Duration(i)*time.Hour)) {
			*at = again.Add(time.Duration(i+1) * time.Hour)
		}
	}
	return l
}

// deed is one act of a life.
type deed struct {
	at time.Time
	do func(access.Pass) (alert.Response, event.Event, error)
}

// live replays a life by the domain's own acts, as far as now. A newer version
// is met when it comes; after a withdrawal nothing more is done.
func (b *builder) live(name string, response alert.Response, to alert.Edition, v *alert.Version, t *trust, l life) (alert.Response, error) {
	who := t.lead
	if l.absent {
		who = t.siro
	}
	deeds := b.deeds(&response, &to, l)
	slices.SortStableFunc(deeds, func(x, y deed) int { return x.at.Compare(y.at) })
	meet := func(at time.Time) {
		if v != nil && !at.Before(v.Approval.At) {
			response = response.Meet(*v)
			b.record(event.New(b.id(v.Approval.At), b.changing, v.Approval.At, "alert version received", "alert/"+string(response.Alert), name+" "+v.Kind.Past()).For(t.Code).Vouching(response.Digest()))
			to, v = v.Edition(), nil
		}
	}
	for _, d := range deeds {
		if d.at.IsZero() || !b.past(d.at) {
			continue
		}
		if meet(d.at); !response.StoppedAt.IsZero() {
			continue
		}
		pass, err := access.Check(who.at(d.at), access.AnswerAlert, t.Code)
		if err != nil {
			return response, err
		}
		is, e, err := d.do(pass)
		if err != nil {
			return response, fmt.Errorf("%s at %s: %w", t.Code, d.at, err)
		}
		if e.ID != "" { // else there was nothing to do
			response = is
			b.record(e)
		}
	}
	meet(b.now)
	return response, nil
}

// deeds are the acts of a life on a response, each as it stands then.
func (b *builder) deeds(response *alert.Response, to *alert.Edition, l life) []deed {
	apply := func(at time.Time, update organisation.Day) deed {
		return deed{at, func(pass access.Pass) (alert.Response, event.Event, error) {
			answer := l.applies
			answer.UpdateOn = update
			return response.Apply(pass, answer, *to, b.id(at), at)
		}}
	}
	act := func(at time.Time, action alert.Action) deed {
		return deed{at, func(pass access.Pass) (alert.Response, event.Event, error) {
			return response.Act(pass, action, b.id(at), at)
		}}
	}
	end := func(at time.Time) deed {
		return deed{at, func(pass access.Pass) (alert.Response, event.Event, error) {
			if response.Closed() || response.Owes() || !response.Finished() {
				return *response, event.Event{}, nil
			}
			return response.Close(pass, 1, b.id(at), at) // what proves it is invented only for the trust that can be visited
		}}
	}
	list := []deed{
		{l.acknowledged, func(pass access.Pass) (alert.Response, event.Event, error) {
			return response.Acknowledge(pass, b.id(l.acknowledged), l.acknowledged)
		}},
		apply(l.applied, l.update(l.applied)),
		act(l.part, alert.Action{Outcome: alert.FixedInPart, FixedCount: l.done, AssetCount: l.assets, PlanOn: organisation.DayOf(l.fixed), UpdateOn: l.update(l.part)}),
		act(l.stuck, alert.Action{Outcome: alert.CannotFix, Reason: "The supplier has no update yet. The systems are kept apart from the network.", UpdateOn: l.update(l.stuck)}),
		act(l.fixed, alert.Action{Outcome: alert.Fixed}),
		end(l.ended()),
	}
	if !l.again.IsZero() {
		list = append(list, apply(l.again, l.update(l.again)), end(l.again.Add(20*time.Minute)))
	}
	return list
}
