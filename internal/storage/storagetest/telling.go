package storagetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/internal/organisation"
)

// post is a mail server that does what a test says, and remembers.
type post struct {
	mutex  sync.Mutex
	sent   []notification.Message
	answer func(notification.Message) error
}

// Send takes a letter, or what the test says.
func (p *post) Send(_ context.Context, m notification.Message, _ notification.Letter) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.sent = append(p.sent, m)
	if p.answer != nil {
		return p.answer(m)
	}
	return nil
}

func plainly(m notification.Message) (notification.Letter, error) {
	return notification.Letter{Subject: m.Facts.Alert, Text: m.Facts.Path}, nil
}

func (h *House) telling(t testing.TB, org organisation.Code) access.Pass {
	t.Helper()
	return h.pass(t, access.PortalActor("notifier"), access.TellPeople, org)
}

// told expands the work of an issue and gives the messages it made.
func (h *House) told(t testing.TB, id alert.ID) []notification.Message {
	t.Helper()
	must(t, h.Telling.Tell(t.Context(), notification.AlertIssued(id, h.Now())))
	var list []notification.Message
	for _, mid := range h.rows(t, "select id from message where thing = 'alert/"+string(id)+"' and organisation = '"+string(Here)+"' order by id") {
		m, err := h.Messages.Message(t.Context(), h.telling(t, Here), mid)
		must(t, err)
		list = append(list, m)
	}
	return list
}

func letter(m notification.Message) notification.Work {
	return notification.NewWork("message/"+m.ID, notification.SendLetter, notification.Subject{Message: m.ID, Organisation: m.Organisation}, m.MadeAt)
}

// telling is what holds of messages.
var telling = []promise{
	{"everybody to be told of an alert has one message, told again none more", func(t *testing.T, h *House) {
		id := h.issue(t)
		first := h.told(t, id)
		events := h.count(t, "select count(*) from event where kind = 'people told'")
		again := h.told(t, id)
		if len(first) != 19 || len(again) != len(first) { // chief, SIRO, lead and the sixteen who race
			t.Errorf("%d messages, and then %d", len(first), len(again))
		}
		if n := h.count(t, "select count(*) from event where kind = 'people told'"); events != 2 || n != events {
			t.Errorf("%d events, and then %d", events, n)
		}
		if n := h.count(t, "select count(*) from job where kind = 'send a letter'"); n != 22 {
			t.Errorf("%d pieces of work for 22 messages", n)
		}
		if f := first[0].Facts; f.Alert == "" || f.Organisation != "Trust RXH" || !f.Due.Equal(h.Now().Add(alert.AnswerWindow)) || f.Path != "/organisations/RXH/alerts/"+string(id) {
			t.Errorf("the facts: %+v", f)
		}
	}},
	{"whom letters would find is whom they find, each person once, and no trust without an address is left out", func(t *testing.T, h *House) {
		both := []organisation.Code{Here, There}
		found, err := h.Telling.Audience(t.Context(), h.at(author), both)
		must(t, err)
		h.told(t, h.issue(t))
		if n := h.count(t, "select count(distinct lower(address)) from message"); found.People != 22 || n != found.People || len(found.Silent) > 0 {
			t.Errorf("%+v, and then %d were told", found, n)
		}
		must(t, h.Telling.AddContact(t.Context(), h.at(lead), Here, notification.Recipient{Name: "Desk", Address: "LEAD@nhs.example"})) // known already
		must(t, h.Telling.AddContact(t.Context(), h.at(lead), Here, notification.Recipient{Name: "Desk", Address: "desk@nhs.example"}))
		for _, c := range []struct {
			orgs []organisation.Code
			want notification.Audience
		}{{nil, notification.Audience{}}, {[]organisation.Code{Here}, notification.Audience{People: 20}}, {both, notification.Audience{People: 23}},
			{[]organisation.Code{There, "RZZ"}, notification.Audience{People: 3, Silent: []organisation.Code{"RZZ"}}}} {
			if got, err := h.Telling.Audience(t.Context(), h.at(author), c.orgs); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%v: %+v, want %+v: %v", c.orgs, got, c.want, err)
			}
		}
		for _, who := range []access.Actor{lead, chief, regulator, {}} {
			if _, err := h.Telling.Audience(t.Context(), h.at(who), both); err == nil {
				t.Errorf("%q was told whom letters would find", who.Name)
			}
		}
		h.refused(t, access.ErrNotFound, func() error {
			_, err := h.Messages.Everywhere(t.Context(), h.pass(t, lead, access.ReadResponses, Here), h.Now())
			return err
		})
	}},
	{"everybody who was told of an alert is told once that it changed", func(t *testing.T, h *House) {
		id := h.issue(t)
		h.change(t, id, alert.Revision{Kind: alert.Update, Reason: "More", Draft: wording("It spreads"), Renew: true})
		for range 2 {
			must(t, h.Telling.Tell(t.Context(), notification.AlertChanged(id, 2, h.Now())))
		}
		ids := h.rows(t, "select id from message where purpose = 'changed' and organisation = '"+string(Here)+"' order by id")
		if len(ids) != 19 || h.count(t, "select count(*) from job where id like '%/version/2'") != 1 {
			t.Fatalf("%d messages", len(ids))
		}
		m, err := h.Messages.Message(t.Context(), h.telling(t, Here), ids[0])
		must(t, err)
		if m.Facts.How != "updated" || !m.Facts.Again || !m.Facts.Due.Equal(h.Now().Add(alert.AnswerWindow)) {
			t.Errorf("the facts: %+v", m.Facts)
		}
	}},
	{"whoever a risk waits for is told once, and nobody else", func(t *testing.T, h *House) {
		s, id := h.stuck(t, alert.Normal)
		h.asks(t, s, id)
		requests, _, err := s.Requests(t.Context(), h.at(lead), Here, id)
		must(t, err)
		for range 2 {
			must(t, h.Telling.TellRisk(t.Context(), notification.RiskWaits(Here, id, string(requests[0].ID), access.SIRO, h.Now())))
		}
		if n := h.count(t, "select count(*) from message where purpose = 'decision'"); n != 1 || h.count(t, "select count(*) from job where kind = 'tell of a risk to be decided'") != 1 {
			t.Errorf("%d messages", n)
		}
		if waits, err := s.Waiting(t.Context(), h.at(lead), Here); err != nil || len(waits) != 1 {
			t.Errorf("%d wait, %v", len(waits), err)
		}
		must(t, h.Telling.TellRisk(t.Context(), notification.RiskWaits(Here, id, "nobody holds it", access.BoardCyberLead, h.Now())))
		h.change(t, id, alert.Revision{Kind: alert.Withdrawal, Reason: "False alarm"})
		must(t, h.Telling.TellRisk(t.Context(), notification.RiskWaits(Here, id, "again", access.SIRO, h.Now())))
		if n := h.count(t, "select count(*) from message where purpose = 'decision'"); n != 1 {
			t.Errorf("%d messages about a risk of a withdrawn alert", n)
		}
		if waits, err := s.Waiting(t.Context(), h.at(lead), Here); err != nil || len(waits) != 0 {
			t.Errorf("%d wait though the alert was withdrawn, %v", len(waits), err)
		}
		told := h.rows(t, "select detail from event where kind = 'people told' and detail like '%risk%' order by detail")
		if !slices.Equal(told, []string{"1 person is told by email that a risk waits for a decision", "Nobody who decides about the risk has an email address, so nobody could be told that it waits"}) {
			t.Errorf("on record: %q", told)
		}
	}},
	{"a message is handed over once, however often its work is done", func(t *testing.T, h *House) {
		m := h.told(t, h.issue(t))[0]
		for range 3 {
			must(t, h.Telling.Send(t.Context(), letter(m)))
		}
		is, err := h.Messages.Message(t.Context(), h.telling(t, Here), m.ID)
		must(t, err)
		list, err := h.Messages.Of(t.Context(), h.telling(t, Here), h.Now(), 100)
		must(t, err)
		if len(list) != 19 {
			t.Errorf("%d messages are listed", len(list))
		}
		if len(h.Post.sent) != 1 || is.State != notification.HandedOver || is.Attempts != 1 || !is.EndedAt.Equal(h.Now()) {
			t.Errorf("sent %d times; %+v", len(h.Post.sent), is)
		}
	}},
	{"what a mail server refuses for good is refused, with its words, and an event", func(t *testing.T, h *House) {
		m := h.told(t, h.issue(t))[0]
		h.Post.answer = func(notification.Message) error {
			return &notification.Refusal{Code: 550, Text: "No such user", Permanent: true}
		}
		must(t, h.Telling.Send(t.Context(), letter(m)))
		is, err := h.Messages.Message(t.Context(), h.telling(t, Here), m.ID)
		must(t, err)
		if is.State != notification.Refused || is.Reply != "550 No such user" || h.count(t, "select count(*) from event where kind = 'message refused' and organisation = 'RXH'") != 1 {
			t.Errorf("%+v", is)
		}
	}},
	{"what could not be handed over waits, until the last try refuses it", func(t *testing.T, h *House) {
		m := h.told(t, h.issue(t))[0]
		h.Post.answer = func(notification.Message) error { return errors.New("nobody answers") }
		if err := h.Telling.Send(t.Context(), letter(m)); err == nil {
			t.Error("a failure was no failure")
		}
		is, err := h.Messages.Message(t.Context(), h.telling(t, Here), m.ID)
		must(t, err)
		if is.State != notification.Waiting || is.Reply == "" || is.Attempts != 1 {
			t.Errorf("%+v", is)
		}
		last := letter(m)
		last.Last = true
		if err := h.Telling.Send(t.Context(), last); err == nil {
			t.Error("work that is given up must say why")
		}
		if is, err = h.Messages.Message(t.Context(), h.telling(t, Here), m.ID); err != nil || is.State != notification.Refused {
			t.Errorf("%+v, %v", is, err)
		}
	}},
	{"a message in doubt is sent again, and what the first one says then does not count", func(t *testing.T, h *House) {
		m, pass := h.told(t, h.issue(t))[0], h.telling(t, Here)
		first, err := h.Messages.Begin(t.Context(), pass, m) // and then the program is killed
		must(t, err)
		h.refused(t, notification.ErrLost, func() error { _, err := h.Messages.Begin(t.Context(), pass, m); return err }) // by one who read it before
		must(t, h.Telling.Send(t.Context(), letter(m)))
		first.State, first.EndedAt = notification.Refused, h.Now()
		h.refused(t, notification.ErrLost, func() error { return h.Messages.End(t.Context(), pass, first, nil) })
		h.refused(t, notification.ErrLost, func() error { return h.Messages.Wait(t.Context(), pass, first) })
		if len(h.Post.sent) != 1 || h.Post.sent[0].Attempts != 2 || h.Post.sent[0].ID != m.ID {
			t.Errorf("sent: %+v", h.Post.sent)
		}
	}},
	{"T37 work that names another organisation's message finds nothing and is hopeless", func(t *testing.T, h *House) {
		m := h.told(t, h.issue(t))[0]
		for _, org := range []organisation.Code{There, organisation.National, "", "XXX"} {
			forged := notification.NewWork("message/"+m.ID, notification.SendLetter, notification.Subject{Message: m.ID, Organisation: org}, h.Now())
			err := h.Telling.Send(t.Context(), forged)
			if _, hopeless := errors.AsType[notification.Hopeless](err); !hopeless || len(h.Post.sent) > 0 {
				t.Errorf("as %q: %v, %d sent", org, err, len(h.Post.sent))
			}
		}
		draft, err := h.Alerts.Draft(t.Context(), h.at(author), alert.Draft{Title: "Not sent yet", Severity: alert.High, Class: alert.Normal, ThreatType: "Vulnerability", Why: "Why", Steps: []alert.Step{{Text: "Step"}}})
		must(t, err)
		for _, id := range []alert.ID{draft, "no such alert", ""} {
			err := h.Telling.Tell(t.Context(), notification.AlertIssued(id, h.Now()))
			if _, hopeless := errors.AsType[notification.Hopeless](err); !hopeless {
				t.Errorf("told of %q: %v", id, err)
			}
		}
		for _, who := range []access.Actor{lead, siro, author, regulator} {
			if access.May(h.at(who), access.TellPeople, Here) || access.May(h.at(who), access.RunJobs, organisation.National) {
				t.Errorf("%s may do the portal's work", who.Name)
			}
		}
	}},
	{"how far the messages got is told by organisation, to national readers alone", func(t *testing.T, h *House) {
		id := h.issue(t)
		if none, err := h.Telling.Deliveries(t.Context(), h.at(author), id); err != nil || len(none) > 0 {
			t.Errorf("before anybody was told: %v, %v", none, err)
		}
		list := h.told(t, id)
		must(t, h.Telling.Send(t.Context(), letter(list[0])))
		h.Post.answer = func(notification.Message) error { return &notification.Refusal{Code: 550, Text: "No", Permanent: true} }
		must(t, h.Telling.Send(t.Context(), letter(list[1])))
		got, err := h.Telling.Deliveries(t.Context(), h.at(regulator), id)
		must(t, err)
		if d := got[Here]; d.Organisation != Here || d.HandedOver != 1 || d.Refused != 1 || d.Waiting != 17 || !d.LastAt.Equal(h.Now()) || !d.Reached() {
			t.Errorf("here: %+v", d)
		}
		if d := got[There]; d.Organisation != There || d.Waiting != 3 || d.Reached() || d.Lost() {
			t.Errorf("there: %+v", d)
		}
		for _, who := range []access.Actor{lead, chief, {}} {
			if _, err := h.Telling.Deliveries(t.Context(), h.at(who), id); err == nil {
				t.Errorf("%q was told", who.Name)
			}
		}
	}},
	{"a message that ended never changes, not even behind our backs", func(t *testing.T, h *House) {
		m := h.told(t, h.issue(t))[0]
		must(t, h.Telling.Send(t.Context(), letter(m)))
		for _, tamper := range []string{"update message set state = 'waiting', ended_at = null where id = '" + m.ID + "'", "delete from message where id = '" + m.ID + "'",
			"update message set address = 'thief@evil.example' where state = 'waiting'", "update message set facts = '{}' where state = 'waiting'"} {
			before := h.contents(t)
			if _, err := h.Raw.ExecContext(t.Context(), tamper); err == nil || h.contents(t) != before {
				t.Errorf("%s: %v", tamper, err)
			}
		}
	}},
}
