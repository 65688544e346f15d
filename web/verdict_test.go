package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/league"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/storage"
)

// The trusts of the verdicts: one does what the table says, one keeps silent.
const (
	acting organisation.Code = "V01"
	silent organisation.Code = "V02"
)

// court is the portal as the program builds it, with one person in each office
// a verdict needs, and the services themselves beside its pages.
type court struct {
	*scripted
	beside *services
	id     alert.ID // the alert judged now
	issued time.Time
	looks  int
}

// unsent is a mail server for letters that nobody hands over: what was written
// to whom is on record before that.
type unsent struct{}

func (unsent) Send(context.Context, notification.Message, notification.Letter) error { return nil }

func opensCourt(t *testing.T) *court {
	t.Helper()
	c := &court{scripted: script(t)}
	c.beside = &services{db: c.register.DB}
	organisations, alerts, told := storage.Organisations{DB: c.register.DB}, storage.Alerts{DB: c.register.DB}, storage.Notifications{DB: c.register.DB}
	c.beside.alerts = &alert.Service{Store: alerts, Register: organisations, Now: c.now, NewID: newID}
	c.beside.risks = &risk.Service{Store: storage.Risks{DB: c.register.DB}, Now: c.now, NewID: newID, Random: random}
	c.beside.told = &notification.Service{Store: told, Alerts: alerts, Post: unsent{}, Now: c.now, NewID: newID}
	held := map[string]access.Appointment{"lead": {Office: access.CyberLead, Organisation: acting}, "siro": {Office: access.SIRO, Organisation: acting}, "quiet": {Office: access.CyberLead, Organisation: silent},
		"author": {Office: access.AlertPublisher}, "approver": {Office: access.AlertPublisher}, "regulator": {Office: access.Regulator}}
	var people []identity.Person
	var logins []identity.Login
	var entries []storage.Entry
	pass := c.pass(access.PortalActor("register"), access.AppointPeople)
	for id, post := range held {
		post.Organisation, post.From = cmp.Or(post.Organisation, organisation.National), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		people = append(people, identity.Person{ID: identity.PersonID(id), Name: "The " + id, Email: id + "@v.example"})
		logins = append(logins, identity.Login{Issuer: c.issuer, Subject: id, Person: identity.PersonID(id)})
		entries = append(entries, storage.Entry{ID: newID(), Person: identity.PersonID(id), Appointment: post, Event: event.New(newID(), pass, c.now(), "appointment recorded", "person/"+id, "Appointed").For(post.Organisation)})
	}
	c.must(c.register.Register(t.Context(), pass, c.now(), people, logins, entries))
	c.must(organisations.Import(t.Context(), c.pass(access.PortalActor("import"), access.ImportOrganisations), func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		return []organisation.Organisation{{Code: acting, Name: "Acting NHS Trust", Kind: organisation.Acute, Region: "Y56", OpenedOn: "2010-04-01"}, {Code: silent, Name: "Silent NHS Trust", Kind: organisation.Acute, Region: "Y56", OpenedOn: "2010-04-01"}}, nil, nil
	}))
	return c
}

func (c *court) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// sets puts the clock to a time after the issue.
func (c *court) sets(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.issued.Add(after)
}

func (c *court) actor(id string, office access.Office, org organisation.Code) access.Actor {
	return access.Actor{ID: id, Name: "The " + id, At: c.now(), Appointments: []access.Appointment{{Office: office, Organisation: org}}}
}

func (c *court) lead() access.Actor { return c.actor("lead", access.CyberLead, acting) }

func (c *court) publisher(id string) access.Actor {
	return c.actor(id, access.AlertPublisher, organisation.National)
}

// issues sends an alert to both trusts, at an instant.
func (c *court) issues(title string, at time.Time) {
	c.t.Helper()
	c.issued = at
	c.sets(0)
	ctx := c.t.Context()
	id, err := c.beside.alerts.Draft(ctx, c.publisher("author"), alert.Draft{Title: title, Severity: alert.High, Class: alert.Normal, ThreatType: "Vulnerability", Why: "It is used", Steps: []alert.Step{{Text: "Patch it"}}})
	c.must(err)
	c.must(c.beside.alerts.Submit(ctx, c.publisher("author"), id))
	c.must(c.beside.alerts.Issue(ctx, c.publisher("approver"), id))
	c.id = id
}

func (c *court) version() (alert.Response, int64) {
	c.t.Helper()
	_, r, version, err := c.beside.alerts.Read(c.t.Context(), c.lead(), acting, c.id)
	c.must(err)
	return r, version
}

// The acts of the tables.

func acknowledges(c *court) {
	c.must(c.beside.alerts.Acknowledge(c.t.Context(), c.lead(), acting, c.id))
}

func applies(answer alert.Applies) func(c *court) {
	return func(c *court) {
		_, seen := c.version()
		c.must(c.beside.alerts.Apply(c.t.Context(), c.lead(), acting, c.id, seen, answer))
	}
}

// answersFor acknowledges and says that the alert applies, with an update promised
// for later than anything else is due.
func answersFor(c *court) {
	acknowledges(c)
	applies(alert.Applies{Answer: alert.AppliesToAll, UpdateOn: organisation.DayOf(c.now().AddDate(0, 0, 20))})(c)
}

// checks acknowledges, and promises to say more on a day after the issue.
func checks(days int) func(c *court) {
	return func(c *court) {
		acknowledges(c)
		applies(alert.Applies{Answer: alert.StillChecking, UpdateOn: organisation.DayOf(c.issued.AddDate(0, 0, days))})(c)
	}
}

// changes has a change of the alert asked for and approved at once.
func changes(r alert.Revision, answerBy time.Duration) func(c *court) {
	return func(c *court) {
		if answerBy > 0 {
			r.AnswerBy = c.issued.Add(answerBy)
		}
		ctx := c.t.Context()
		c.must(c.beside.alerts.Revise(ctx, c.publisher("author"), c.id, r))
		versions, err := c.beside.alerts.Versions(ctx, c.publisher("approver"), organisation.National, c.id)
		c.must(err)
		c.must(c.beside.alerts.Reissue(ctx, c.publisher("approver"), c.id, versions[0].Digest()))
	}
}

// accepts has the risk of not fixing it accepted until a day after the issue.
func accepts(days int) func(c *court) {
	return func(c *court) {
		ctx, until := c.t.Context(), organisation.DayOf(c.issued.AddDate(0, 0, days))
		_, seen := c.version()
		c.must(c.beside.alerts.Act(ctx, c.lead(), acting, c.id, seen, alert.Action{Outcome: alert.CannotFix, Reason: "It is too old"}))
		c.must(c.beside.risks.Ask(ctx, c.lead(), acting, c.id, risk.Draft{What: "It is too old", Patients: "A delay", Cover: "Kept apart", Until: until}))
		siro := c.actor("siro", access.SIRO, acting)
		requests, _, err := c.beside.risks.Requests(ctx, siro, acting, c.id)
		c.must(err)
		up, err := c.beside.risks.Begin(ctx, siro, acting, c.id, risk.Choice{Verdict: risk.Accept, Until: until}, requests[0].Digest())
		c.must(err)
		c.must(c.beside.risks.Sign(ctx, siro, acting, up.ID, attestation.Proof{Issuer: c.issuer, Subject: "siro", AuthAt: c.now(), ACR: "any", Nonce: up.Nonce, IDToken: "header.claims.signature", KeySet: `{"keys":[]}`}))
	}
}

// judged is how a response stands at one instant, in the words of each place.
type judged struct {
	status string // on pages and in tables
	inTime string // in tables
	mail   string // the rung of the newest letter about a deadline; empty when it is not past
	count  league.Count
}

// look tells how the response of a trust stands now, and fails where two places
// disagree.
func (c *court) look(org organisation.Code) judged {
	c.t.Helper()
	c.looks++
	ctx, n := c.t.Context(), " "+strconv.Itoa(c.looks)
	person := map[organisation.Code]string{acting: "lead", silent: "quiet"}[org]
	trust, centre := c.opens(person, "sid"+n), c.opens("regulator", "sid"+n)
	own, national := "/organisations/"+string(org)+"/alerts", "/alerts/"+string(c.id)
	a, responses, err := c.beside.alerts.ResponsesTo(ctx, c.publisher("author"), c.id)
	c.must(err)
	r := responses[slices.IndexFunc(responses, func(r alert.Response) bool { return r.Organisation == org })]
	name := map[organisation.Code]string{acting: "Acting NHS Trust", silent: "Silent NHS Trust"}[org]

	found := judged{status: c.tag(own+"/"+string(c.id), trust, "Status: ")}
	mine, inTime := c.cells(own+"/responses.csv", trust, a.Draft.Title)
	theirs, inTimeThere := c.cells(national+"/responses.csv", centre, string(org))
	for place, status := range map[string]string{"the trust's list": c.tag(own, trust, a.Draft.Title), "the national page": c.tag(national, centre, name), "the trust's table": mine, "the national table": theirs} {
		if status != strings.Split(found.status, " until ")[0] { // only the page has room for the day
			c.t.Errorf("%s says %q, the page %q", place, status, found.status)
		}
	}
	if found.inTime = inTime; inTimeThere != inTime {
		c.t.Errorf("in time: %q in the national table, %q in the trust's", inTimeThere, inTime)
	}
	found.mail = c.written(org, r)

	pairs, err := storage.League{DB: c.register.DB}.Pairs(ctx, c.passOf(access.Compare), organisation.Acute, league.Period{From: c.issued, To: c.issued.Add(time.Microsecond)}, c.now())
	c.must(err)
	found.count = league.OnTime(pairs, c.now())[org]
	marks, err := c.beside.alerts.Marks(ctx, c.actor("regulator", access.Regulator, organisation.National), org, r.AnswerDue, r.AnswerDue.Add(time.Microsecond))
	c.must(err)
	if in := len(slices.DeleteFunc(slices.Clone(marks), func(inTime bool) bool { return !inTime })); (league.Count{K: in, N: len(marks)}) != found.count {
		c.t.Errorf("the comparison counts %+v, the trust's first page %v", found.count, marks)
	}
	return found
}

func (c *court) passOf(verb access.Verb) access.Pass {
	return c.scripted.pass(c.actor("regulator", access.Regulator, organisation.National), verb)
}

// written has the reminders written that are due, and tells about which passed
// deadline of now there is one.
func (c *court) written(org organisation.Code, r alert.Response) string {
	c.t.Helper()
	c.must(c.beside.told.Remind(c.t.Context()))
	told, err := storage.Notifications{DB: c.register.DB}.ToldOf(c.t.Context(), c.scripted.pass(access.PortalActor("notifier"), access.TellPeople), "alert/"+string(c.id))
	c.must(err)
	due, _ := r.Due(c.now())
	for name, at := range map[string]time.Time{"late": due, "accepted no more": due, "lapsed": r.NextUpdateDue} {
		if told[notification.ToldAt{Organisation: org, Turn: notification.Rung{Name: name, Due: at}.Turn()}] {
			return name
		}
	}
	return ""
}

var tagWords = regexp.MustCompile(`nhsuk-tag[^>]*>\s*([^<]+?)\s*<`)

// tag is the first status on a page after some words.
func (c *court) tag(path, session, after string) string {
	c.t.Helper()
	answer := c.asks(http.MethodGet, path, session, nil)
	_, rest, ok := strings.Cut(answer.Body.String(), after)
	words := tagWords.FindStringSubmatch(rest)
	if answer.Code != http.StatusOK || !ok || words == nil {
		c.t.Fatalf("%s: %d, no status after %q:\n%s", path, answer.Code, after, answer.Body)
	}
	return html.UnescapeString(words[1])
}

// cells are two columns of the row that has some words.
func (c *court) cells(path, session, words string) (status, inTime string) {
	c.t.Helper()
	rows, err := csv.NewReader(c.asks(http.MethodGet, path, session, nil).Body).ReadAll()
	c.must(err)
	for _, row := range rows {
		if slices.Contains(row, words) {
			return row[slices.Index(rows[0], "Status")], row[slices.Index(rows[0], "Answered in time")]
		}
	}
	c.t.Fatalf("%s has no row with %q", path, words)
	return "", ""
}
