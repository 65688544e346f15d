package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/job"
	"countersign/internal/mail/mailtest"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest/postgres"
)

// country is a register of trusts with people in every office that is told,
// a mail server, and as many instances of the portal as a test opens.
type country struct {
	t       *testing.T
	config  config
	server  *mailtest.Server
	began   time.Time
	author  access.Actor
	approve access.Actor
}

const (
	trustsInAll = 202
	peopleEach  = 7
)

// engines are the databases a broadcast is tried on.
var engines = map[string]func(t *testing.T) string{
	"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "portal.db") },
	"PostgreSQL": func(t *testing.T) string { return postgres.Empty(t) },
}

func newCountry(t *testing.T, database string, trusts int) *country {
	t.Helper()
	c := &country{t: t, server: mailtest.Start(t), began: time.Now()}
	var err error
	c.config, err = readConfig("", []string{prefix + "DATABASE=" + database, prefix + "BLOBS=file:" + filepath.Join(t.TempDir(), "blobs"), actKey(t),
		prefix + "SMTP=smtp://" + c.server.Address + "?tls=none", prefix + "MAIL_FROM=Countersign <alerts@countersign.example>"})
	c.must(err)
	c.must(migrate(t.Context(), c.config, slog.New(slog.DiscardHandler)))
	s := c.open()
	pass := func(who access.Actor, verb access.Verb) access.Pass {
		p, err := access.Check(who, verb, organisation.National)
		c.must(err)
		return p
	}
	appointing := pass(access.PortalActor("register"), access.AppointPeople)
	var list []organisation.Organisation
	var people []identity.Person
	var entries []storage.Entry
	appoint := func(name string, office access.Office, org organisation.Code) access.Actor {
		p := identity.Person{ID: identity.PersonID(newID()), Name: name, Email: strings.ReplaceAll(name, " ", ".") + "@" + strings.ToLower(string(org)) + ".example"}
		held := access.Appointment{Office: office, Organisation: org, From: c.began.Add(-time.Hour)}
		people = append(people, p)
		entries = append(entries, storage.Entry{ID: newID(), Person: p.ID, Appointment: held, Event: event.New(newID(), appointing, c.began, "appointment recorded", "person/"+string(p.ID), "Appointed").For(org)})
		return access.Actor{ID: string(p.ID), Name: name, At: c.began, Appointments: []access.Appointment{held}}
	}
	offices := []access.Office{access.CyberLead, access.CyberLead, access.CyberLead, access.SIRO, access.ChiefExecutive, access.BoardCyberLead, access.CompanySecretary}
	for i := range trusts {
		code := organisation.Code(fmt.Sprintf("Z%03d", i))
		list = append(list, organisation.Organisation{Code: code, Name: "Trust " + string(code), Kind: organisation.Acute, Region: "Y56", ICB: "QMF", OpenedOn: "2010-04-01"})
		for j := range peopleEach {
			appoint(fmt.Sprintf("person %d", j), offices[j], code)
		}
	}
	c.author, c.approve = appoint("the author", access.AlertPublisher, organisation.National), appoint("the approver", access.AlertPublisher, organisation.National)
	c.must(storage.Organisations{DB: s.db}.Import(t.Context(), pass(access.PortalActor("import"), access.ImportOrganisations), func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		return list, nil, nil
	}))
	c.must(storage.Identities{DB: s.db}.Register(t.Context(), appointing, c.began, people, nil, entries))
	return c
}

func (c *country) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// open starts another instance, without its work.
func (c *country) open() *services {
	c.t.Helper()
	s, err := open(c.t.Context(), c.config, time.Now)
	c.must(err)
	c.t.Cleanup(func() { _ = s.db.Close() }) // the test is over
	s.jobs.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	s.jobs.Pace.Idle, s.jobs.Pace.First, s.jobs.Pace.Longest = 10*time.Millisecond, 10*time.Millisecond, 40*time.Millisecond
	return s
}

// issue sends an alert to everybody.
func (c *country) issue(s *services) alert.ID {
	c.t.Helper()
	ctx := c.t.Context()
	id, err := s.alerts.Draft(ctx, c.author, alert.Draft{Title: "Hole in the remote gateway", Severity: alert.High, Class: alert.Normal, ThreatType: "Vulnerability", Why: "It is used", Steps: []alert.Step{{Text: "Patch it"}}})
	c.must(err)
	c.must(s.alerts.Submit(ctx, c.author, id))
	c.must(s.alerts.Issue(ctx, c.approve, id))
	return id
}

// run works until every message about the alert has ended, and then waits for
// the instances to stop.
func (c *country) run(id alert.ID, messages int, instances ...*services) {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	var group sync.WaitGroup
	for _, s := range instances {
		group.Go(func() { s.jobs.Run(ctx) })
	}
	defer group.Wait()
	defer stop()
	c.until(func() bool { return c.handedOver(instances[0], id) == messages })
}

// until looks again and again, for two minutes at most.
func (c *country) until(done func() bool) {
	c.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(2 * time.Minute); !done(); <-again.C {
		if time.Now().After(deadline) {
			c.t.Fatal("it took more than two minutes")
		}
	}
}

func (c *country) handedOver(s *services, id alert.ID) int {
	c.t.Helper()
	deliveries, err := s.told.Deliveries(c.t.Context(), c.author, id)
	c.must(err)
	n := 0
	for _, d := range deliveries {
		n += d.HandedOver
	}
	return n
}

// onceEach checks that every recipient got the letter, and gives those that
// got it more than once, which they may only where a letter was in doubt.
func (c *country) onceEach(want int) (twice []string) {
	c.t.Helper()
	got := map[string]map[string]int{}
	for _, l := range c.server.Letters() {
		to := l.To[0]
		if got[to] == nil {
			got[to] = map[string]int{}
		}
		got[to][l.Header("Message-ID")]++
	}
	if len(got) != want {
		c.t.Errorf("%d of %d recipients got a letter", len(got), want)
	}
	for to, ids := range got {
		if len(ids) != 1 {
			c.t.Errorf("%s got %d different letters", to, len(ids))
		}
		for _, n := range ids {
			if n > 1 {
				twice = append(twice, to)
			}
		}
	}
	return twice
}

// TestBroadcast: an alert to 202 trusts with 7 people each is with the mail
// server within a minute of its issue.
func TestBroadcast(t *testing.T) {
	for name, database := range engines {
		t.Run(name, func(t *testing.T) {
			c := newCountry(t, database(t), trustsInAll)
			s := c.open()
			began := time.Now()
			id := c.issue(s)
			issued := time.Since(began)
			c.run(id, trustsInAll*peopleEach, s)
			took := time.Since(began)
			if twice := c.onceEach(trustsInAll * peopleEach); len(twice) > 0 {
				t.Errorf("told twice: %v", twice)
			}
			t.Logf("%d letters in %v (%.0f a second), over %d connections; the issue itself took %v", trustsInAll*peopleEach, took.Round(time.Millisecond),
				float64(trustsInAll*peopleEach)/took.Seconds(), c.server.Connections(), issued.Round(time.Millisecond))
			if took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// mortal is an instance that can be killed. From then on it keeps nothing and
// says nothing more; a letter it is handing over may still be recorded when
// the test lets it die between letters, and is not when it dies in the middle.
type mortal struct {
	dead   atomic.Bool
	middle bool
}

var errKilled = errors.New("the program was killed")

func (m *mortal) alive() error {
	if m.dead.Load() {
		return errKilled
	}
	return nil
}

type mortalJobs struct {
	job.Store
	life *mortal
}

func (j mortalJobs) Claim(ctx context.Context, pass access.Pass, kind notification.Kind, now, until time.Time, limit int) ([]notification.Work, error) {
	if err := j.life.alive(); err != nil {
		return nil, err
	}
	return j.Store.Claim(ctx, pass, kind, now, until, limit)
}

func (j mortalJobs) Finish(ctx context.Context, pass access.Pass, done []notification.Work, at time.Time) error {
	if err := j.life.alive(); err != nil {
		return err
	}
	return j.Store.Finish(ctx, pass, done, at)
}

func (j mortalJobs) Retry(ctx context.Context, pass access.Pass, w notification.Work, why string, at time.Time) error {
	if err := j.life.alive(); err != nil {
		return err
	}
	return j.Store.Retry(ctx, pass, w, why, at)
}

type mortalMessages struct {
	notification.Store
	life *mortal
}

func (m mortalMessages) Begin(ctx context.Context, pass access.Pass, msg notification.Message) (notification.Message, error) {
	if err := m.life.alive(); err != nil {
		return notification.Message{}, err
	}
	return m.Store.Begin(ctx, pass, msg)
}

func (m mortalMessages) End(ctx context.Context, pass access.Pass, msg notification.Message, events []event.Event) error {
	if err := m.life.alive(); err != nil && m.life.middle {
		return err
	}
	return m.Store.End(ctx, pass, msg, events)
}

// mortally gives an instance that dies once so many letters have arrived.
func (c *country) mortally(after int64, middle bool) *services {
	s, life := c.open(), &mortal{middle: middle}
	s.jobs.Store, s.told.Store = mortalJobs{s.jobs.Store, life}, mortalMessages{s.told.Store, life}
	s.jobs.Pace.Lease = 2 * time.Second
	var arrived atomic.Int64
	c.server.After = func(mailtest.Letter) {
		if arrived.Add(1) == after {
			life.dead.Store(true)
		}
	}
	return s
}

// TestTwoInstances: of two that work on one database each letter is one's, and
// when one is killed the other finishes what it had taken up. Killed between
// letters, it doubles nothing; killed in the middle of some, those alone can
// arrive a second time, under the same Message-ID.
func TestTwoInstances(t *testing.T) {
	const trusts = 60
	for name, database := range engines {
		for _, middle := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, killed in the middle of a letter %v", name, middle), func(t *testing.T) {
				c := newCountry(t, database(t), trusts)
				first := c.mortally(trusts*peopleEach/3, middle)
				second := c.open()
				second.jobs.Pace.Lease = 2 * time.Second
				if name == "SQLite" { // one instance: the second is the same program, started again
					ctx, stop := context.WithCancel(t.Context())
					ended := make(chan bool)
					id := c.issue(first)
					go func() { first.jobs.Run(ctx); close(ended) }()
					c.until(func() bool { return len(c.server.Letters()) >= trusts*peopleEach/3 })
					stop()
					<-ended
					if c.handedOver(second, id) == trusts*peopleEach {
						t.Fatal("it was killed too late to tell")
					}
					c.run(id, trusts*peopleEach, second)
				} else {
					c.run(c.issue(second), trusts*peopleEach, first, second)
				}
				twice := c.onceEach(trusts * peopleEach)
				if (!middle && len(twice) > 0) || len(twice) > first.jobs.Pace.Width {
					t.Errorf("%d were told twice: %v", len(twice), twice)
				}
				t.Logf("%d letters to %d people", len(c.server.Letters()), trusts*peopleEach)
			})
		}
	}
}
