package infoview

import (
	"regexp"
	"strings"
	"testing"

	"countersign/views/layout"
	"countersign/views/layout/layouttest"

	"github.com/a-h/templ"
)

const number = "0113 496 0142"

func pages(hotline string) map[string]templ.Component {
	page := func(title string) layout.Page {
		return layout.Page{Title: title, Service: "Countersign", Hotline: hotline}
	}
	all := map[string]templ.Component{
		"help":          HelpPage(Help{Page: page("Get help"), Email: "help@portal.example"}),
		"accessibility": AccessibilityPage(Accessibility{Page: page("Accessibility statement"), Tested: "23 November 2026", Email: "help@portal.example"}),
		"cookies":       CookiesPage(Cookies{Page: page("Cookies"), Cookies: []Cookie{{"__Host-session", "Keeps you signed in", "When you log out, or after 12 hours"}}}),
		"privacy":       PrivacyPage(Privacy{Page: page("Privacy"), Controller: "The national body", Email: "dpo@portal.example"}),
	}
	for name, kind := range map[string]Kind{"400": NotTaken, "401": SignedOut, "403": Forbidden, "404": NotFound, "500": Broken, "503": Unavailable} {
		all[name] = ErrorPage(Failure{Page: page(kind.Heading()), Kind: kind, Reference: "K7QF-2M9A"})
	}
	return all
}

var banned = regexp.MustCompile(`(?i)\b(compliant|remediate|RAG|stakeholder|please|click here)\b|!`)

func TestPagesAreSoundAndPlain(t *testing.T) {
	for name, page := range pages(number) {
		t.Run(name, func(t *testing.T) {
			markup := layouttest.Render(t, page)
			layouttest.Check(t, markup)
			_, main, _ := strings.Cut(markup, "<main")
			main, _, _ = strings.Cut(main, "</main>")
			words := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(main, " ")
			if found := banned.FindString(words); found != "" {
				t.Errorf("says %q", found)
			}
		})
	}
}

func TestOnlyTheConfiguredNumberIsShown(t *testing.T) {
	digits := regexp.MustCompile(`\b0\d{2,4} ?\d{3}|tel:`)
	for name, page := range pages("") {
		if found := digits.FindString(layouttest.Render(t, page)); found != "" {
			t.Errorf("%s shows the number %q that nobody configured", name, found)
		}
	}
	for _, name := range []string{"403", "404", "500", "503", "help"} {
		if !strings.Contains(layouttest.Render(t, pages(number)[name]), "Call us on") {
			t.Errorf("%s does not say whom to call", name)
		}
	}
}

func TestFailureGivesItsReferenceAndItsOwnSentence(t *testing.T) {
	markup := layouttest.Render(t, ErrorPage(Failure{Kind: Forbidden, Sentence: "Only a chief executive signs.", Reference: "K7QF-2M9A"}))
	if !strings.Contains(markup, "K7QF-2M9A") || !strings.Contains(markup, "Only a chief executive signs.") || strings.Contains(markup, "another organisation") {
		t.Error("the failure's own words or reference are missing")
	}
	if Kind(418).Heading() != Broken.Heading() {
		t.Error("an unknown failure is not shown as ours")
	}
}
