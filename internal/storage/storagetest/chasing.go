package storagetest

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

var secretary = person("secretary", "Odile Finch", Here, access.CompanySecretary)

// turns counts the messages of a rung at an organisation.
func (h *House) turns(t testing.TB, rung string, org organisation.Code) int {
	t.Helper()
	return h.count(t, "select count(*) from message where turn like '"+rung+"@%' and organisation = '"+string(org)+"'")
}

type caller struct {
	answer error
	bodies []string
	secret string
}

func (c *caller) Call(_ context.Context, w notification.Webhook, _ string, body []byte) error {
	c.bodies, c.secret = append(c.bodies, string(body)), w.Secret
	return c.answer
}

func (c *caller) Check(u *url.URL) error {
	if u.Scheme != "https" {
		return errors.New("only https")
	}
	return nil
}

// chasing is what holds of reminders, chases, contacts and webhooks.
var chasing = []promise{
	{"each rung is told once, to those who owe an answer", func(t *testing.T, h *House) {
		id := h.issue(t)
		remind := func() { t.Helper(); must(t, h.Telling.Remind(t.Context())) }
		remind()
		if n := h.count(t, "select count(*) from message"); n != 0 {
			t.Errorf("%d messages at once", n)
		}
		h.Pass(24*time.Hour - time.Microsecond)
		remind()
		if h.turns(t, "24 hours", Here) != 0 {
			t.Error("reminded too early")
		}
		h.Pass(time.Microsecond)
		for range 3 {
			remind()
		}
		if here, there := h.turns(t, "24 hours", Here), h.turns(t, "24 hours", There); here != 1 || there != 1 {
			t.Errorf("%d here and %d there after 24 hours", here, there)
		}
		newcomer := person("newcomer", "Una Bright", Here, access.CyberLead)
		must(t, h.Identities.Register(t.Context(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National), h.Now(), []identity.Person{{ID: "newcomer", Name: newcomer.Name, Email: "una@nhs.example"}}, nil,
			[]storage.Entry{{ID: "appointment-newcomer", Person: "newcomer", Appointment: newcomer.Appointments[0], Event: h.said(t, "appointment recorded")}}))
		if remind(); h.turns(t, "24 hours", Here) != 1 {
			t.Error("a rung was told again, to somebody who came later")
		}
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(otherLead), There, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(otherLead), There, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.Pass(12 * time.Hour)
		remind()
		if here, there := h.turns(t, "12 hours", Here), h.turns(t, "12 hours", There); here != 3 || there != 0 {
			t.Errorf("%d here and %d there with 12 hours left", here, there)
		}
		h.Pass(12 * time.Hour)
		remind()
		remind()
		late, team := h.turns(t, "late", Here), h.turns(t, "late", organisation.National)
		if late != 20 || team != 2 || h.turns(t, "4 hours", Here) != 0 {
			t.Errorf("late: %d here, %d of the national team, and %d of the rungs that passed meanwhile", late, team, h.turns(t, "4 hours", Here))
		}
	}},
	{"a reminder that waited while they answered is not sent", func(t *testing.T, h *House) {
		id := h.issue(t)
		h.Pass(25 * time.Hour)
		must(t, h.Telling.Remind(t.Context()))
		list, err := h.Messages.Of(t.Context(), h.telling(t, Here), time.Time{}, 10)
		must(t, err)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		must(t, h.Telling.Send(t.Context(), letter(list[0])))
		if n := h.count(t, "select count(*) from message where state = 'not_needed'"); n != 1 || len(h.Post.sent) != 0 {
			t.Errorf("%d not needed, %d sent", n, len(h.Post.sent))
		}
	}},
	{"a reminder is dropped once its deadline does not run any more", func(t *testing.T, h *House) {
		tells := func(t *testing.T, purpose notification.Purpose) func(needed bool) {
			t.Helper()
			must(t, h.Telling.Remind(t.Context()))
			ids := h.rows(t, "select id from message where organisation = 'RXH' and state = 'waiting' and purpose = '"+string(purpose)+"' order by id")
			if len(ids) == 0 {
				t.Fatalf("no %s message", purpose)
			}
			return func(needed bool) {
				t.Helper()
				before := len(h.Post.sent)
				m, err := h.Messages.Message(t.Context(), h.telling(t, Here), ids[0])
				must(t, err)
				must(t, h.Telling.Send(t.Context(), letter(m)))
				if is, err := h.Messages.Message(t.Context(), h.telling(t, Here), m.ID); err != nil || (is.State == notification.NotNeeded) == needed || (len(h.Post.sent) > before) != needed {
					t.Errorf("%s: %s, %v; needed %v", purpose, is.State, err, needed)
				}
				ids = ids[1:]
			}
		}
		id := h.issue(t)
		h.Pass(37 * time.Hour)
		early := tells(t, notification.Reminder)
		early(true)
		h.change(t, id, alert.Revision{Kind: alert.Extension, Reason: "The patch is late", AnswerBy: h.Now().Add(72 * time.Hour)})
		early(false)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.Pass(alert.UpdateWindow + 49*time.Hour)
		lapsed := tells(t, notification.Lapsed)
		lapsed(true)
		must(t, h.Alerts.Act(t.Context(), h.at(lead), Here, id, 0, alert.Action{Outcome: alert.CannotFix, Reason: "No fix"}))
		lapsed(false)
		h.change(t, id, alert.Revision{Kind: alert.Update, Reason: "It spreads", Draft: wording("It spreads"), Renew: true})
		h.Pass(40 * time.Hour)
		again := tells(t, notification.Reminder) // they answered before, and owe it again
		again(true)
		h.Pass(8 * time.Hour)
		late := tells(t, notification.Overdue)
		late(true)
		h.change(t, id, alert.Revision{Kind: alert.Withdrawal, Reason: "False alarm"})
		late(false)
		h.refused(t, alert.ErrWithdrawn, func() error {
			_, err := h.Telling.Chase(t.Context(), h.at(author), id, []organisation.Code{Here}, "Call us")
			return err
		})
	}},
	{"a promised update that does not come climbs day by day", func(t *testing.T, h *House) {
		id := h.issue(t)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.Pass(alert.UpdateWindow)
		for range 3 {
			must(t, h.Telling.Remind(t.Context()))
			h.Pass(24 * time.Hour)
		}
		if one, two, three := h.turns(t, "lapsed", Here), h.turns(t, "lapsed a day", Here), h.turns(t, "lapsed two days", Here); one != 1 || two != 2 || three != 19 {
			t.Errorf("%d, then %d, then %d", one, two, three)
		}
	}},
	{"a letter too old to be of use is not sent", func(t *testing.T, h *House) {
		m := h.told(t, h.issue(t))[0]
		h.Pass(notification.Stale + time.Microsecond)
		must(t, h.Telling.Send(t.Context(), letter(m)))
		is, err := h.Messages.Message(t.Context(), h.telling(t, Here), m.ID)
		must(t, err)
		if len(h.Post.sent) != 0 || is.State != notification.Refused || is.Reply == "" {
			t.Errorf("sent %d; %+v", len(h.Post.sent), is)
		}
	}},
	{"T83 an organisation is chased once an hour about an alert, whoever asks", func(t *testing.T, h *House) {
		id := h.issue(t)
		chase := func(who access.Actor, to ...organisation.Code) (notification.Chased, error) {
			return h.Telling.Chase(t.Context(), h.at(who), id, to, " Call us.\r\nToday. ")
		}
		results, errs := make([]notification.Chased, 6), make([]error, 6)
		together(len(results), func(i int) { results[i], errs[i] = chase([]access.Actor{author, approver}[i%2], Here) })
		must(t, errors.Join(errs...))
		letters, soon := 0, 0
		for _, r := range results {
			letters, soon = letters+r.Letters, soon+len(r.TooSoon)
		}
		if letters != 19 || soon != 5 || h.count(t, "select count(*) from event where kind = 'alert chased' and organisation = 'RXH'") != 1 {
			t.Errorf("%d letters, %d times too soon", letters, soon)
		}
		h.Pass(time.Hour - time.Microsecond)
		r, err := chase(author, Here, There)
		must(t, err)
		if !slices.Equal(r.TooSoon, []organisation.Code{Here}) || r.Letters != 3 {
			t.Errorf("within the hour: %+v", r)
		}
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(otherLead), There, id))
		must(t, h.Alerts.Apply(t.Context(), h.at(otherLead), There, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
		h.Pass(2 * time.Hour)
		if r, err = chase(author, Here, There); err != nil || r.Letters != 19 || !slices.Equal(r.Answered, []organisation.Code{There}) {
			t.Errorf("after the hour: %+v, %v", r, err)
		}
		h.change(t, id, alert.Revision{Kind: alert.Update, Reason: "It spreads", Draft: wording("It spreads"), Renew: true})
		if r, err = chase(author, There); err != nil || r.Letters != 3 {
			t.Errorf("who owes the answer again: %+v, %v", r, err)
		}
		list, err := h.Messages.Of(t.Context(), h.telling(t, There), time.Time{}, 1)
		must(t, err)
		if f := list[0].Facts; f.Words != "Call us.\nToday." || f.From != author.Name || f.Organisation != "Trust RYJ" {
			t.Errorf("the words: %+v", f)
		}
		h.refused(t, access.ErrForbidden, func() error { _, err := chase(regulator, Here); return err })
		h.refused(t, access.ErrForbidden, func() error { _, err := chase(lead, Here); return err })
		h.refused(t, notification.ErrNotReached, func() error { _, err := chase(author, "XXX"); return err })
		if _, err := h.Telling.Chase(t.Context(), h.at(author), id, nil, strings.Repeat("x", 1001)); err == nil {
			t.Error("a chase of nobody with too many words was taken")
		}
	}},
	{"extra contacts are an organisation's own, and are told of alerts", func(t *testing.T, h *House) {
		add := func(who access.Actor, org organisation.Code, name, address string) error {
			return h.Telling.AddContact(t.Context(), h.at(who), org, notification.Recipient{Name: name, Address: address})
		}
		must(t, add(lead, Here, " The  desk ", " desk@supplier.example "))
		h.Pass(time.Second)
		must(t, add(secretary, Here, "Mailbox", "alerts@trust.example"))
		must(t, add(otherLead, There, "Desk", "desk@supplier.example"))
		h.refused(t, notification.ErrContactKnown, func() error { return add(lead, Here, "Again", "DESK@supplier.example") })
		h.refused(t, access.ErrForbidden, func() error { return add(chief, Here, "N", "n@trust.example") })
		h.refused(t, access.ErrNotFound, func() error { return add(lead, There, "N", "n@trust.example") })
		if err := add(lead, Here, "N", "n@trust.example\r\nBcc: x@evil.example"); err == nil {
			t.Error("T69: a line break in an address was taken")
		}
		kept, err := h.Telling.Contacts(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(kept.Added) != 2 || kept.Added[0].Name != "The desk" || kept.Added[0].Address != "desk@supplier.example" {
			t.Fatalf("kept: %+v", kept.Added)
		}
		if got := h.told(t, h.issue(t)); len(got) != 21 {
			t.Errorf("%d were told", len(got))
		}
		before := h.contents(t)
		must(t, h.Telling.RemoveContact(t.Context(), h.at(otherLead), There, kept.Added[0].ID)) // not theirs: nothing happens
		if h.contents(t) != before {
			t.Error("another organisation's contact was removed")
		}
		must(t, h.Telling.RemoveContact(t.Context(), h.at(lead), Here, kept.Added[0].ID))
		must(t, h.Telling.RemoveContact(t.Context(), h.at(lead), Here, kept.Added[0].ID))
		if kept, err = h.Telling.Contacts(t.Context(), h.at(lead), Here); err != nil || len(kept.Added) != 1 || h.count(t, "select count(*) from event where kind = 'alert contact removed'") != 1 {
			t.Errorf("after removing: %+v, %v", kept.Added, err)
		}
		errs := make([]error, 8)
		together(len(errs), func(i int) { errs[i] = add(lead, Here, "Racer", "racer@trust.example") })
		oneSucceeds(t, errs, notification.ErrContactKnown)
		for i := range 18 {
			must(t, add(lead, Here, "More", string(rune('a'+i))+"@more.example"))
		}
		h.refused(t, notification.ErrContactsFull, func() error { return add(lead, Here, "N", "n@trust.example") })
	}},
	{"how well organisations can be told shows who cannot be, and takes back what works again", func(t *testing.T, h *House) {
		id := h.issue(t)
		list := h.told(t, id)
		h.Post.answer = func(notification.Message) error { return &notification.Refusal{Code: 550, Text: "No", Permanent: true} }
		for _, m := range list[:18] {
			must(t, h.Telling.Send(t.Context(), letter(m)))
		}
		health, err := h.Telling.Health(t.Context(), h.at(regulator))
		must(t, err)
		if len(health.Places) != 2 || health.Places[0].Code != Here || health.Places[0].People != 1 || len(health.Places[0].Bounces) != 18 || health.Places[1].People != 3 || !health.Sends {
			t.Fatalf("health: %+v", health)
		}
		h.Pass(time.Minute)
		h.Post.answer = nil
		if n, err := h.Telling.TestReach(t.Context(), h.at(author), Here); err != nil || n != 19 {
			t.Fatalf("tested %d, %v", n, err)
		}
		h.refused(t, notification.ErrTested, func() error { _, err := h.Telling.TestReach(t.Context(), h.at(approver), Here); return err })
		h.refused(t, access.ErrForbidden, func() error { _, err := h.Telling.TestReach(t.Context(), h.at(regulator), There); return err })
		tested := h.Now()
		h.Pass(time.Minute)
		tests, err := h.Messages.Of(t.Context(), h.telling(t, Here), tested, 30)
		must(t, err)
		for _, m := range tests {
			must(t, h.Telling.Send(t.Context(), letter(m)))
		}
		reach, err := h.Telling.ReachOf(t.Context(), h.at(author), Here)
		must(t, err)
		if reach.People != 19 || len(reach.Bounces) != 0 || !reach.TestedAt.Equal(tested) || len(reach.Messages) != 20 || len(reach.Holders) != 19 {
			t.Errorf("after a test that worked: %d people, %d bounces, tested %v, %d messages", reach.People, len(reach.Bounces), reach.TestedAt, len(reach.Messages))
		}
		for _, who := range []access.Actor{lead, chief, {}} {
			if _, err := h.Telling.Health(t.Context(), h.at(who)); err == nil {
				t.Errorf("%q was told", who.Name)
			}
		}
		work := h.claim(t, notification.TellOfAlert, 1)
		must(t, h.Jobs.Bury(t.Context(), h.working(t), work[0], "no hope", h.Now()))
		if health, err = h.Telling.Health(t.Context(), h.at(author)); err != nil || len(health.Dead) != 1 || health.Dead[0].Why != "no hope" {
			t.Errorf("given up: %+v, %v", health.Dead, err)
		}
	}},
	{"a webhook is called once an alert is issued, with a secret nobody reads again", func(t *testing.T, h *House) {
		call := &caller{}
		h.Telling.Call, h.Telling.Secret, h.Telling.Base = call, func() string { return "s3cret" }, "https://portal.example"
		made, err := h.Telling.AddWebhook(t.Context(), h.at(author), "https://soc.example/hook")
		must(t, err)
		h.refused(t, notification.ErrWebhookKnown, func() error {
			_, err := h.Telling.AddWebhook(t.Context(), h.at(author), "https://soc.example/hook")
			return err
		})
		h.refused(t, notification.ErrWebhookAddress, func() error {
			_, err := h.Telling.AddWebhook(t.Context(), h.at(author), "http://soc.example/hook")
			return err
		})
		h.refused(t, access.ErrForbidden, func() error { _, err := h.Telling.AddWebhook(t.Context(), h.at(lead), "https://x.example"); return err })
		list, err := h.Telling.Webhooks(t.Context(), h.at(approver))
		must(t, err)
		if len(list) != 1 || list[0].Secret != "" || made.Secret != "s3cret" {
			t.Fatalf("made %+v, listed %+v", made, list)
		}
		id := h.issue(t)
		for range 2 {
			h.told(t, id)
		}
		work := h.claim(t, notification.CallWebhook, 5)
		if len(work) != 1 {
			t.Fatalf("%d calls", len(work))
		}
		must(t, h.Telling.Hook(t.Context(), work[0]))
		if len(call.bodies) != 1 || call.secret != "s3cret" || !strings.Contains(call.bodies[0], `"page":"https://portal.example/alerts/`+string(id)+`"`) || strings.Contains(call.bodies[0], "gateway") {
			t.Errorf("called with %v", call.bodies)
		}
		call.answer = errors.New("503")
		if err := h.Telling.Hook(t.Context(), work[0]); err == nil {
			t.Error("a call that failed was no failure")
		}
		must(t, h.Telling.EndWebhook(t.Context(), h.at(author), made.ID))
		must(t, h.Telling.EndWebhook(t.Context(), h.at(author), made.ID))
		must(t, h.Telling.Hook(t.Context(), work[0]))
		if len(call.bodies) != 2 || h.count(t, "select count(*) from event where kind = 'webhook ended'") != 1 {
			t.Errorf("%d calls after it was ended", len(call.bodies))
		}
	}},
	{"what can wait is told once, in the morning, to those it is for", func(t *testing.T, h *House) {
		pass := h.pass(t, regulator, access.IssueStatements, organisation.National)
		asked := event.New(NewID(), pass, h.Now(), "statement asked for", "statement/1", "Quarterly statement asked for").For(Here)
		st := attestation.Statement{ID: attestation.ID(NewID()), Organisation: Here, Template: attestation.Quarterly.ID, Edition: attestation.Quarterly.Edition, Number: 1, Period: "July to September 2026",
			From: "2026-07-01", To: "2026-09-30", Due: Began.AddDate(0, 0, 30), State: attestation.Preparing}
		must(t, h.Signatures.Ask(t.Context(), pass, st.Template, st.Period, "2026-10-05", asks(st, asked)))
		h.Pass(20 * time.Hour) // to 5am UTC, 6am in London, the next day
		must(t, h.Telling.Morning(t.Context()))
		if n := h.count(t, "select count(*) from message"); n != 0 {
			t.Errorf("%d digests before 7am", n)
		}
		id := h.keep(t, There, otherLead, digest("a")) // runs until 1 October 2027
		_, err := h.Raw.ExecContext(t.Context(), "update evidence set verdict = 'ready', runs_until = '2026-10-13' where id = '"+string(id)+"'")
		must(t, err)
		h.Pass(time.Hour)
		for range 3 {
			must(t, h.Telling.Morning(t.Context()))
			h.Pass(time.Hour)
		}
		list, err := h.Messages.Of(t.Context(), h.telling(t, There), time.Time{}, 10)
		must(t, err)
		if here := h.count(t, "select count(*) from message where purpose = 'digest' and organisation = 'RXH'"); here != 19 || len(list) != 2 {
			t.Fatalf("%d digests here and %d there", here, len(list))
		}
		if n := list[0].Facts.News; len(n) != 1 || n[0].Evidence != 1 || n[0].EndsOn != "2026-10-13" {
			t.Errorf("there: %+v", n)
		}
		h.Pass(24 * time.Hour)
		must(t, h.Telling.Morning(t.Context()))
		if n := h.count(t, "select count(*) from message"); n != 21 {
			t.Errorf("%d digests after a day without news", n)
		}
	}},
	{"work that is done is forgotten in time, and work given up is not", func(t *testing.T, h *House) {
		h.waiting(t, 3)
		work := h.claim(t, notification.SendLetter, 2)
		must(t, h.Jobs.Finish(t.Context(), h.working(t), work[:1], h.Now()))
		must(t, h.Jobs.Bury(t.Context(), h.working(t), work[1], "no hope", h.Now()))
		h.Pass(time.Hour)
		n, err := h.Jobs.Sweep(t.Context(), h.working(t), h.Now())
		must(t, err)
		if n != 1 || h.count(t, "select count(*) from job") != 2 {
			t.Errorf("forgot %d", n)
		}
	}},
}
