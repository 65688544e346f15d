// Package handler turns requests into calls of one service each, and what they
// answer into pages. A feature has one struct; a family of pages has one file.
// It decides nothing about the business, and no HTTP number is known below it.
package handler

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/organisation"
	"countersign/views/layout"
	"countersign/web/session"
)

// Site is what every page needs: the service's name and contact, the clock,
// and what stands in its frame.
type Site struct {
	Name    string // of the service
	Hotline string // telephone number; empty leaves it out
	Banner  string // says that the figures are invented; empty in a real service
	BaseURL *url.URL
	Limits  *Limits // of what strangers ask for
	Now     func() time.Time
	Log     *slog.Logger
}

// page fills in the frame for whoever asks.
func (s Site) page(c echo.Context, title string) layout.Page {
	who := session.Who(c)
	now := s.Now()
	p := layout.Page{
		Title: title, Service: s.Name, Banner: s.Banner, Hotline: s.Hotline,
		Now: now.UTC().Format(time.RFC3339), AsAt: asAt(now), Address: s.BaseURL.JoinPath(c.Request().URL.Path).String(),
	}
	if !who.Known() {
		if c.Path() != "/sign-in" {
			p.SignIn = "/sign-in"
		}
		return p
	}
	p.SignedIn, p.Person, p.Office = true, who.Name, officeWord(who, own(c))
	if end, _ := session.EndsAt(c); !end.IsZero() {
		p.Ends = end.UTC().Format(time.RFC3339)
	}
	p.Navigation = navigation(who, c.Request().URL.Path)
	return p
}

// trustPage is a page about one organisation, under its bar.
func (s Site) trustPage(c echo.Context, title string, org organisation.Organisation, cohorts []string) layout.Page {
	p := s.page(c, title)
	who := session.Who(c)
	description := org.Kind.Word()
	if len(cohorts) > 0 {
		description = cohorts[0]
	}
	p.Organisation = &layout.OrganisationBar{Name: org.Name, Code: string(org.Code), Description: description}
	if len(trusts(who)) > 1 {
		p.Organisation.ChangeAddress = "/organisations"
	}
	return p
}

// own is the organisation a request is about: the one in its address, or the
// first one the person holds an office in.
func own(c echo.Context) organisation.Code {
	if ods := c.Param("ods"); ods != "" {
		return organisation.Code(ods)
	}
	if held := trusts(session.Who(c)); len(held) > 0 {
		return held[0]
	}
	return organisation.National
}

// trusts lists the organisations a person holds a trust office in, each once,
// in the order of their appointments.
func trusts(who access.Actor) []organisation.Code {
	var held []organisation.Code
	for _, a := range who.Current() {
		if a.Organisation != organisation.National && !slices.Contains(held, a.Organisation) {
			held = append(held, a.Organisation)
		}
	}
	return held
}

// officeWord names the capacity someone acts in at an organisation; a chief
// executive who also holds another office acts as chief executive.
func officeWord(who access.Actor, org organisation.Code) string {
	var held []access.Office
	for _, a := range who.Current() {
		if a.Organisation == org || a.Organisation == organisation.National {
			held = append(held, a.Office)
		}
	}
	for _, office := range append(slices.Clone(access.TrustOffices), access.NationalOffices...) {
		if !slices.Contains(held, office) {
			continue
		}
		if _, acting := access.InOffice(who.Current(), office, org, who.At); acting {
			return "Acting " + lowerFirst(office.Word())
		}
		return office.Word()
	}
	return "No current appointment"
}

// navigation lists where the person can go. Links that would be refused are
// left out; Check still decides when one is typed.
func navigation(who access.Actor, path string) []layout.Link {
	links := []layout.Link{{Text: "Home", Href: "/", Current: path == "/"}}
	add := func(text, href string, may bool) {
		if may {
			links = append(links, layout.Link{Text: text, Href: href, Current: path == href || strings.HasPrefix(path, href+"/")})
		}
	}
	held := trusts(who)
	if len(held) > 0 {
		org := held[0]
		for _, code := range held {
			if strings.HasPrefix(path, organisationPath(code)+"/") {
				org = code
			}
		}
		at := organisationPath(org)
		add("Alerts", at+"/alerts", access.May(who, access.ReadResponses, org))
		add("Statements", at+"/statements", access.May(who, access.ReadStatement, org))
		add("Assessments", at+"/assessments", access.May(who, access.ReadAssessment, org))
		add("Evidence", at+"/evidence", access.May(who, access.ReadEvidence, org))
		add("Compare", "/compare", access.May(who, access.Compare, org))
		add("Contacts", at+"/contacts", access.May(who, access.KeepContacts, org))
		return links
	}
	add("Alerts", "/alerts", access.May(who, access.ReadAllResponses, organisation.National))
	add("Statements", "/statements", access.May(who, access.ReadAllOutcomes, organisation.National))
	add("Compare", "/compare", access.May(who, access.Compare, organisation.National))
	add("Contacts", "/contacts", access.May(who, access.ReadContacts, organisation.National))
	return links
}

// organisationPath is the address of an organisation; everything about it
// stands below.
func organisationPath(org organisation.Code) string { return "/organisations/" + string(org) }

// problems turns a fault into what the error summary shows. Each problem leads
// to its field; a fault that belongs to no field leads to the top of the form.
func problems(err error) []layout.Problem {
	var list []layout.Problem
	for _, f := range faults(err) {
		href := "#maincontent"
		if f.Field != "" {
			href = "#" + f.Field
		}
		list = append(list, layout.Problem{Text: f.Sentence, Href: href})
	}
	return list
}

// wrong maps each field to its sentence, for the message beside the field.
func wrong(err error) map[string]string {
	fields := map[string]string{}
	for _, f := range faults(err) {
		if _, first := fields[f.Field]; !first {
			fields[f.Field] = f.Sentence
		}
	}
	return fields
}
