package handler

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/contactview"
	"countersign/web/session"
)

// Contacts answers the addresses about who can be told of alerts: how well
// every organisation can be reached, and whom one adds.
type Contacts struct {
	Site
	Register Reader
	Told     interface {
		Health(ctx context.Context, who access.Actor) (notification.Health, error)
		ReachOf(ctx context.Context, who access.Actor, org organisation.Code) (notification.ReachOf, error)
		TestReach(ctx context.Context, who access.Actor, org organisation.Code) (int, error)
		Contacts(ctx context.Context, who access.Actor, org organisation.Code) (notification.Kept, error)
		AddContact(ctx context.Context, who access.Actor, org organisation.Code, r notification.Recipient) error
		RemoveContact(ctx context.Context, who access.Actor, org organisation.Code, id string) error
	}
}

const (
	healthPath = "/contacts"
	keepPath   = "/organisations/:ods/contacts"
)

// Routes of contacts.
func (h Contacts) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: healthPath, Verb: access.ReadContacts, Handle: h.health},
		{Method: http.MethodGet, Path: healthPath + "/:ods", Verb: access.ReadContacts, Handle: h.reach},
		{Method: http.MethodPost, Path: healthPath + "/:ods/test", Verb: access.TestContacts, Handle: h.test},
		{Method: http.MethodGet, Path: keepPath, Verb: access.KeepContacts, Handle: h.keep},
		{Method: http.MethodPost, Path: keepPath, Verb: access.KeepContacts, Handle: h.add, Fields: "name email"},
		{Method: http.MethodPost, Path: keepPath + "/:id/removal", Verb: access.KeepContacts, Handle: h.remove},
	}
}

// reachesPerPage is how many organisations the page shows at once, and
// refusalsShown how many messages that could not be delivered.
const (
	reachesPerPage = 50
	refusalsShown  = 50
)

func (h Contacts) health(c echo.Context) error {
	who := session.Who(c)
	health, err := h.Told.Health(c.Request().Context(), who)
	if err != nil {
		return err
	}
	asked, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || asked < 1 {
		asked = 1
	}
	page := healthView(health, asked)
	page.Page = h.page(c, "Contacts")
	page.Wide = true
	if access.May(who, access.ManageWebhooks, organisation.National) {
		page.Webhooks = webhooksPath
	}
	return render(c, http.StatusOK, contactview.HealthPage(page))
}

func healthView(health notification.Health, asked int) contactview.Health {
	page := contactview.Health{Silent: !health.Sends}
	few := 0
	var bounces []notification.Bounce
	names := map[organisation.Code]string{}
	for _, p := range health.Places {
		if p.People < notification.Few {
			few++
		}
		names[p.Code] = p.Name
		bounces = append(bounces, p.Bounces...)
	}
	page.Lead = "Every trust has 2 people or more who can be reached."
	if len(health.Places) == 0 {
		page.Lead = "No trust is registered yet. Trusts come in with the register of organisations."
	} else if few > 0 {
		page.Lead = number(few) + " of " + plural(len(health.Places), "trust") + " " + choose(few, "has", "have") + " fewer than 2 people who can be reached."
	}
	last := max(1, (len(health.Places)+reachesPerPage-1)/reachesPerPage)
	asked = min(asked, last)
	from, to := (asked-1)*reachesPerPage, min(asked*reachesPerPage, len(health.Places))
	page.Shown = "Trusts with fewer than 2 people first, then those with an address that does not work, then A to Z. " + number(from+1) + " to " + number(to) + " of " + number(len(health.Places)) + "."
	if asked > 1 {
		page.Previous = healthPath + "?page=" + strconv.Itoa(asked-1)
	}
	if asked < last {
		page.Next = healthPath + "?page=" + strconv.Itoa(asked+1)
	}
	for _, p := range health.Places[from:to] {
		page.Rows = append(page.Rows, reachRow(p))
	}
	refusals(&page, bounces, names)
	for _, d := range health.Dead {
		page.Given = append(page.Given, contactview.Given{What: kindWords[d.Kind], Why: capital(d.Why) + ", " + plural(int(d.Tries), "time"), When: moment(d.At)})
	}
	return page
}

func reachRow(p notification.Reach) contactview.Row {
	row := contactview.Row{Name: p.Name, Href: healthPath + "/" + string(p.Code), People: peopleWord(p.People), Refused: "None", Tested: "Never"}
	switch p.People {
	case 0:
		row.People, row.Tag = "Nobody", "red"
	case 1:
		row.Tag = "yellow"
	}
	if n := len(p.Bounces); n > 0 {
		row.Refused = plural(n, "address")
		if n > 1 {
			row.Refused = number(n) + " addresses"
		}
	}
	if !p.TestedAt.IsZero() {
		row.Tested = dayWord(p.TestedAt)
	}
	return row
}

// refusals lists the last message to each address that did not take it.
func refusals(page *contactview.Health, bounces []notification.Bounce, names map[organisation.Code]string) {
	slices.SortStableFunc(bounces, func(a, b notification.Bounce) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(names[a.Organisation], names[b.Organisation]))
	})
	if len(bounces) > refusalsShown {
		page.More = "The newest " + number(refusalsShown) + " of " + number(len(bounces)) + " are shown."
		bounces = bounces[:refusalsShown]
	}
	for _, b := range bounces {
		page.Refusals = append(page.Refusals, contactview.Refusal{Trust: names[b.Organisation], Person: b.Name, Address: b.Address, What: purposeWords[b.Purpose], Why: cmp.Or(b.Reply, "Not said"), When: moment(b.At)})
	}
}

func peopleWord(n int) string {
	if n == 1 {
		return "1 person"
	}
	return number(n) + " people"
}

func capital(words string) string {
	if words == "" {
		return "Not said"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// kindWords says what a piece of work was.
var kindWords = map[notification.Kind]string{notification.TellOfAlert: "Telling people of an alert", notification.CallWebhook: "Telling another system of an alert",
	notification.TellOfRisk: "Telling people that a risk waits for a decision"}

// purposeWords says what a message was about.
var purposeWords = map[notification.Purpose]string{notification.Issued: "New alert", notification.Changed: "Alert has changed", notification.Reminder: "Reminder to answer", notification.Overdue: "Answer is late", notification.Lapsed: "Update did not come",
	notification.Expiry: "Accepted risk runs out", notification.Decision: "Risk waits for a decision",
	notification.ChaseLetter: "Chased by the national team", notification.Test: "Test", notification.Digest: "News of the day"}

// messageTags are the states of a message as pages show them.
var messageTags = map[notification.State]struct{ word, colour string }{notification.Waiting: {"Waiting", "white"}, notification.Sending: {"Being sent", "white"}, notification.HandedOver: {"Handed over", "green"},
	notification.Refused: {"Not delivered", "red"}, notification.NotNeeded: {"Not needed any more", ""}}

func (h Contacts) reach(c echo.Context) error {
	return h.reachPage(c, http.StatusOK, nil)
}

func (h Contacts) reachPage(c echo.Context, code int, failure error) error {
	who := session.Who(c)
	reach, err := h.Told.ReachOf(c.Request().Context(), who, own(c))
	if err != nil {
		return err
	}
	page := reachView(reach)
	page.Page = h.page(c, reach.Reach.Name+" – Contacts")
	page.Wide, page.Back = true, backLink(healthPath, "Contacts")
	page.Problems = problems(failure)
	if n, err := strconv.Atoi(c.QueryParam("tested")); err == nil && n > 0 && n < 1000 {
		page.Tested = "A test is on its way to " + peopleWord(n) + "."
	}
	if everyone := len(reach.Place.Everyone()); everyone > 0 && access.May(who, access.TestContacts, own(c)) {
		page.Test, page.TestWord = healthPath+"/"+string(own(c))+"/test", "Send a test to "+peopleWord(everyone)
	}
	return render(c, code, contactview.TrustPage(page))
}

func reachView(reach notification.ReachOf) contactview.Trust {
	page := contactview.Trust{Heading: reach.Reach.Name, Silent: !reach.Sends, Lead: peopleWord(reach.People) + " can be reached."}
	if reach.People == 0 {
		page.Lead = "Nobody can be reached. Call the trust, and ask who should be told."
	}
	if reach.TestedAt.IsZero() {
		page.Lead += " This was never tested."
	} else {
		page.Lead += " It was last tested at " + moment(reach.TestedAt) + "."
	}
	newest := map[string]notification.Message{}
	for _, m := range slices.Backward(reach.Messages) {
		newest[strings.ToLower(m.Address)] = m
		row := contactview.Sent{When: moment(m.MadeAt), What: purposeWords[m.Purpose], Person: m.Name, State: messageTags[m.State].word, Tag: messageTags[m.State].colour, Why: cmp.Or(m.Reply, "Nothing to say")}
		page.Sent = slices.Insert(page.Sent, 0, row)
	}
	for _, p := range peopleTold(reach.Kept) {
		if m, ok := newest[strings.ToLower(p.Address)]; ok {
			p.State, p.Tag = messageTags[m.State].word, messageTags[m.State].colour
		}
		for _, b := range reach.Bounces {
			if strings.EqualFold(b.Address, p.Address) {
				p.State, p.Tag = "Does not work", "red"
			}
		}
		page.People = append(page.People, p)
	}
	return page
}

// peopleTold lists who is told at an organisation, holders of office first, in
// the order of their offices.
func peopleTold(kept notification.Kept) []contactview.Person {
	var list []contactview.Person
	for _, office := range notification.Told {
		for _, h := range kept.Holders {
			if h.Office == office {
				p := contactview.Person{Name: h.Name, Office: office.Word(), Address: h.Address, State: "No message yet"}
				if h.Address == "" {
					p.Address, p.State, p.Tag = "No address on record", "Cannot be told", "red"
				}
				list = append(list, p)
			}
		}
	}
	for _, c := range kept.Place.Contacts {
		list = append(list, contactview.Person{Name: c.Name, Office: "Extra contact", Address: c.Address, State: "No message yet"})
	}
	return list
}

func (h Contacts) test(c echo.Context) error {
	n, err := h.Told.TestReach(c.Request().Context(), session.Who(c), own(c))
	if mendable(err) {
		return h.reachPage(c, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, healthPath+"/"+string(own(c))+"?tested="+strconv.Itoa(n))
}

func (h Contacts) keep(c echo.Context) error {
	return h.keepPage(c, http.StatusOK, notification.Recipient{}, nil)
}

func (h Contacts) keepPage(c echo.Context, code int, typed notification.Recipient, failure error) error {
	ctx, who := c.Request().Context(), session.Who(c)
	org, cohorts, err := h.Register.Read(ctx, who, own(c))
	if err != nil {
		return err
	}
	kept, err := h.Told.Contacts(ctx, who, org.Code)
	if err != nil {
		return err
	}
	page := keepView(kept)
	page.Page = h.trustPage(c, "Who is told of alerts", org, cohorts)
	page.Wide = true
	page.Action, page.Name, page.Address = organisationPath(org.Code)+"/contacts", typed.Name, typed.Address
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	switch c.QueryParam("done") {
	case "added":
		page.Saved = "Contact added. They are told of the next alert."
	case "removed":
		page.Saved = "Contact removed. They are not told of alerts any more."
	}
	return render(c, code, contactview.KeepPage(page))
}

func keepView(kept notification.Kept) contactview.Keep {
	var page contactview.Keep
	for _, p := range peopleTold(notification.Kept{Place: notification.Place{Holders: kept.Holders}}) {
		if p.Tag == "" {
			p.State = "Email"
		}
		page.People = append(page.People, p)
	}
	for _, e := range kept.Added {
		page.Extras = append(page.Extras, contactview.Extra{Name: e.Name, Address: e.Address, Added: dayWord(e.AddedAt), Remove: organisationPath(kept.Code) + "/contacts/" + queryEscape(e.ID) + "/removal"})
	}
	return page
}

func (h Contacts) add(c echo.Context) error {
	typed := notification.Recipient{Name: c.Request().PostFormValue("name"), Address: c.Request().PostFormValue("email")}
	err := h.Told.AddContact(c.Request().Context(), session.Who(c), own(c), typed)
	if mendable(err) {
		return h.keepPage(c, status(err), typed, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, organisationPath(own(c))+"/contacts?done=added")
}

func (h Contacts) remove(c echo.Context) error {
	if err := h.Told.RemoveContact(c.Request().Context(), session.Who(c), own(c), c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, organisationPath(own(c))+"/contacts?done=removed")
}
