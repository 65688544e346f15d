//go:build demo

package demo

import (
	"fmt"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// Person is somebody who can sign in at the development provider.
type Person struct {
	Subject, Name, Email string
	Note                 string // what to expect when signing in as them
}

// post is an office somebody holds.
type post struct {
	office access.Office
	at     organisation.Code
}

// cast are the people a demonstration is played with, in the order the sign-in
// page shows them.
var cast = []struct {
	subject, name, phone string
	posts                []post
	note                 string
}{
	{"amara.whitlock", "Amara Whitlock", "0113 496 0100", []post{{access.ChiefExecutive, CalderVale}},
		"Chief executive of Calder Vale. A statement waits for her signature, due at 5pm."},
	{"tom.adeyemi", "Tom Adeyemi", "0113 496 0142", []post{{access.SIRO, CalderVale}},
		"Senior information risk owner of Calder Vale. Checked and locked the statement, and a risk waits for his decision."},
	{"leila.brandt", "Leila Brandt", "0113 496 0117", []post{{access.CyberLead, CalderVale}},
		"Cyber lead of Calder Vale. Two alerts wait for an answer, and their clocks run."},
	{"dan.okafor", "Dan Okafor", "0113 496 0121", []post{{access.EvidenceContributor, CalderVale}},
		"Adds evidence for Calder Vale. Two files run out within 30 days."},
	{"ruth.pemberton", "Ruth Pemberton", "0113 496 0101", []post{{access.ExecutiveAssistant, CalderVale}},
		"Executive assistant at Calder Vale. Prepares and reads, and cannot sign."},
	{"miles.everett", "Miles Everett", "0113 496 0104", []post{{access.CompanySecretary, CalderVale}},
		"Company secretary of Calder Vale. Looks after the trust’s people and papers."},
	{"imran.sethi", "Dr Imran Sethi", "0113 496 0200", []post{{access.ChiefExecutive, Neighbour}, {access.ChiefExecutive, Community}},
		"Chief executive of two trusts, with a statement at each."},
	{"freya.linden", "Freya Linden", "0113 496 0242", []post{{access.SIRO, Neighbour}},
		"Senior information risk owner of Hollinbeck and Wharram. A statement waits for her to co-sign it, before Dr Imran Sethi can sign."},
	{"helen.marsh", "Helen Marsh", "020 7946 0310", []post{{access.AlertPublisher, organisation.National}},
		"Writes national alerts. One of hers is a draft, another waits for somebody else’s approval."},
	{"yusuf.karim", "Yusuf Karim", "020 7946 0311", []post{{access.AlertPublisher, organisation.National}},
		"The second publisher: can approve and send what Helen Marsh wrote."},
	{"samir.devlin", "Samir Devlin", "020 7946 0320", []post{{access.Regulator, organisation.National}},
		"Regulator. Compares trusts and sees how every statement ended."},
	{"nadia.rahman", "Nadia Rahman", "020 7946 0321", []post{{access.Regulator, organisation.National}},
		"The second regulator: publishes the wording and confirms the deadline that Samir Devlin proposed."},
	{"bronwen.hale", "Bronwen Hale", "020 7946 0330", []post{{access.Assessor, organisation.National}},
		"Assessor. Sees only the visits given to her."},
	{"callum.reid", "Callum Reid", "020 7946 0340", []post{{access.HotlineOperator, organisation.National}},
		"Hotline operator. Reads alerts, not trusts’ papers."},
	{"grace.obi", "Grace Obi", "020 7946 0350", []post{{access.Administrator, organisation.National}},
		"Administrator. Looks after organisations and frameworks."},
	{"edmund.price", "Edmund Price", "020 7946 0360", []post{{access.Auditor, organisation.National}},
		"Auditor. Reads everything that was submitted, changes nothing."},
	{"noor.haddad", "Noor Haddad", "01632 960 001", nil,
		"Known, but without an office anywhere: sees no trust’s data."},
}

// people lists who can sign in.
func people() []Person {
	var all []Person
	for _, c := range cast {
		all = append(all, Person{Subject: c.subject, Name: c.name, Email: email(c.subject, c.posts), Note: c.note})
	}
	return all
}

// email is an address in a domain nobody can own.
func email(subject string, posts []post) string {
	domain := "nowhere"
	if len(posts) > 0 {
		domain = strings.ToLower(string(posts[0].at))
	}
	return subject + "@" + domain + ".example"
}

// began is when the register of the demonstration was opened: before the first
// alert, two years ago.
func (b *builder) began() time.Time {
	return clock(weekday(b.quarter.before(7).start.AddDate(0, 0, -24)), 9, 30)
}

func (b *builder) addPeople() error {
	b.national = map[string]*person{}
	b.world.People = people()
	posted := map[post]*person{}
	for _, c := range cast {
		p := b.person(c.subject, c.name, c.phone, email(c.subject, c.posts))
		b.national[c.subject] = p
		for _, at := range c.posts {
			posted[at] = p
			if err := b.appoint(p, at); err != nil {
				return err
			}
		}
	}
	r := stream("people")
	taken := map[string]bool{}
	for i, t := range b.trusts {
		for j, office := range []access.Office{access.ChiefExecutive, access.SIRO, access.CyberLead} {
			p := posted[post{office, t.Code}]
			if p == nil {
				name := ""
				for name == "" || taken[name] {
					name = pick(r, given) + " " + pick(r, family)
				}
				taken[name] = true
				subject := strings.ToLower(strings.ReplaceAll(name, " ", "."))
				p = b.person(subject, name, fmt.Sprintf("01632 960 %03d", (3*i+j)%900+100), email(subject, []post{{office, t.Code}}))
				if err := b.appoint(p, post{office, t.Code}); err != nil {
					return err
				}
			}
			*[]**person{&t.chief, &t.siro, &t.lead}[j] = p
		}
	}
	return b.signIns()
}

func (b *builder) person(subject, name, phone, email string) *person {
	p := &person{Person: identity.Person{ID: identity.PersonID(b.id(b.began())), Name: name, Email: email, Phone: phone}, subject: subject}
	b.world.Seed.People = append(b.world.Seed.People, p.Person)
	b.world.Seed.Logins = append(b.world.Seed.Logins, identity.Login{Issuer: b.provider.Issuer, Subject: subject, Person: p.ID})
	b.world.Seed.Began = b.began()
	return p
}

// appoint records an office, held since the register was opened.
func (b *builder) appoint(p *person, at post) error {
	began := b.began().Add(time.Hour)
	pass, err := access.Check(access.PortalActor("demonstration"), access.AppointPeople, organisation.National)
	if err != nil {
		return err
	}
	held := access.Appointment{Office: at.office, Organisation: at.at, From: began}
	p.held = append(p.held, held)
	e := event.New(b.id(began), pass, began, "appointment recorded", "person/"+string(p.ID), p.Name+" is "+strings.ToLower(at.office.Word()[:1])+at.office.Word()[1:])
	b.world.Seed.Appointments = append(b.world.Seed.Appointments, storage.Entry{ID: b.id(began), Person: p.ID, Appointment: held, Event: e.For(at.at)})
	return nil
}

// signIns lets those who can sign in have been here before, so that their home
// page can say what happened since.
func (b *builder) signIns() error {
	for _, c := range cast {
		p := b.national[c.subject]
		for _, days := range []int{8, 3} {
			at := clock(weekday(b.now.AddDate(0, 0, -days)), 8, 12+days)
			pass, err := access.Check(p.at(at), access.KeepSession, organisation.National)
			if err != nil {
				return err
			}
			b.record(event.New(b.id(at), pass, at, "signed in", "person/"+string(p.ID), "Signed in"))
		}
	}
	return nil
}
