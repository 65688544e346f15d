//go:build demo

package demo

import (
	"fmt"
	"slices"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/organisation"
)

// told is how many of the newest alerts have messages: the pages look no
// further back.
const told = 6

// addMessages tells people of the newest alerts, as if a mail server had taken
// most letters and refused a few. Nothing of it was ever sent.
func (b *builder) addMessages() error {
	pass, err := access.Check(access.PortalActor("notifier"), access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	b.addContacts()
	var newest []alert.Alert
	for _, a := range slices.Backward(b.world.Seed.Alerts) {
		if a.State == alert.Issued && len(newest) < told {
			newest = append(newest, a)
		}
	}
	for _, a := range slices.Backward(newest) {
		for i, t := range b.trusts {
			if a.Draft.Audience.Reaches(t.Organisation, t.cohorts) {
				b.tell(pass, a, i, t)
			}
		}
	}
	for i, t := range b.trusts {
		if i%3 == 0 && t.Code != CalderVale {
			b.test(i, t)
		}
	}
	return nil
}

// addContacts gives every fourth trust an address that is read at any hour.
func (b *builder) addContacts() {
	for i, t := range b.trusts {
		if i%4 == 0 {
			at := b.began().Add(2 * time.Hour)
			b.world.Seed.Contacts = append(b.world.Seed.Contacts, notification.Contact{ID: b.id(at), Organisation: t.Code, AddedAt: at,
				Recipient: notification.Recipient{Name: "On-call desk", Address: fmt.Sprintf("on-call@trust-%d.example", i)}})
		}
	}
}

// recipients are the people of a trust who are told, the desk last.
func (b *builder) recipients(t *trust) []notification.Recipient {
	var list []notification.Recipient
	for _, p := range []*person{t.lead, t.siro, t.chief} {
		list = append(list, notification.Recipient{Name: p.Name, Address: p.Email})
	}
	for _, c := range b.world.Seed.Contacts {
		if c.Organisation == t.Code {
			list = append(list, c.Recipient)
		}
	}
	return list
}

// refused tells whether an address of a trust does not work: at a few trusts
// one, at two of them all.
func refused(i, person int) bool {
	return i%97 == 41 || (i%29 == 7 && person == 1) || (i%61 == 13 && person < 2)
}

func (b *builder) tell(pass access.Pass, a alert.Alert, i int, t *trust) {
	issued, thing := a.Approval.At, "alert/"+string(a.ID)
	facts := notification.Facts{Alert: a.Name(), Organisation: t.Name, Due: a.AnswerDue, Path: "/organisations/" + string(t.Code) + "/alerts/" + string(a.ID)}
	list := b.recipients(t)
	b.record(event.New(b.id(issued), pass, issued.Add(time.Second), "people told", thing, fmt.Sprintf("%s goes to %d people by email", a.Name(), len(list))).For(t.Code))
	for j, to := range list {
		b.send(notification.Message{Organisation: t.Code, Thing: thing, Purpose: notification.Issued, Recipient: to, Facts: facts, MadeAt: issued.Add(time.Second)}, i, j)
	}
}

func (b *builder) test(i int, t *trust) {
	at := clock(weekday(b.now.AddDate(0, 0, -20-i%60)), 11, i%60)
	for j, to := range b.recipients(t) {
		b.send(notification.Message{Organisation: t.Code, Thing: "test/" + string(t.Code), Purpose: notification.Test, Recipient: to, Facts: notification.Facts{Organisation: t.Name, Path: "/"}, MadeAt: at}, i, j)
	}
}

// send says how a message ended, some seconds after it was made.
func (b *builder) send(m notification.Message, i, person int) {
	m.ID, m.State, m.EndedAt = b.id(m.MadeAt), notification.HandedOver, m.MadeAt.Add(time.Duration(2+(7*i+person)%9)*time.Second)
	if refused(i, person) {
		m.State, m.Reply = notification.Refused, "550 5.1.1 No such mailbox here"
	}
	b.world.Seed.Messages = append(b.world.Seed.Messages, m)
}
