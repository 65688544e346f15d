package layout_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"countersign/views/component"
	"countersign/views/layout"
	"countersign/views/layout/layouttest"

	"github.com/a-h/templ"
)

func full() layout.Page {
	return layout.Page{
		Title: "1 thing needs you", Service: "Countersign", SignedIn: true, Person: "Amara Whitlock", Office: "Chief executive", CSRF: "token",
		Navigation:   []layout.Link{{Text: "Home", Href: "/", Current: true}, {Text: "Alerts", Href: "/alerts"}},
		Organisation: &layout.OrganisationBar{Name: "Calder Vale", Code: "ZZ1", Description: "Major trauma centre", ChangeAddress: "/organisations"},
		Banner:       "Every figure is invented.", Wide: true, Back: &layout.Link{Href: "/alerts"}, AsAt: "As at 9:41am, Tuesday 24 November 2026",
		Address: "https://portal.example/", Now: "2026-11-24T09:41:00Z", Hotline: "0113 496 0142",
	}
}

func render(t *testing.T, p layout.Page) string {
	t.Helper()
	content := templ.Raw(`<h1>Title</h1><label for="name">Name</label><input id="name">`)
	return layouttest.Render(t, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Frame(p).Render(templ.WithChildren(ctx, content), w)
	}))
}

func TestPolicyKnowsTheInlineScript(t *testing.T) {
	page := render(t, full())
	_, after, found := strings.Cut(page, "<script>")
	script, _, closed := strings.Cut(after, "</script>")
	if !found || !closed {
		t.Fatal("the page has no inline script")
	}
	sum := sha256.Sum256([]byte(script))
	if got := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); got != layout.InlineScriptHash {
		t.Errorf("the script's hash is %s and the policy names %s: browsers would refuse it", got, layout.InlineScriptHash)
	}
}

func TestEveryFormOfTheFrameIsSound(t *testing.T) {
	bare := layout.Page{Title: "Help", Service: "Countersign"}
	wrong := full()
	wrong.Problems = []layout.Problem{{Text: "Enter your name", Href: "#name"}}
	for name, page := range map[string]layout.Page{"full": full(), "bare": bare, "with problems": wrong} {
		t.Run(name, func(t *testing.T) { layouttest.Check(t, render(t, page)) })
	}
}

func TestFrameSaysWhatThePageKnows(t *testing.T) {
	page := render(t, full())
	for _, want := range []string{
		"<title>1 thing needs you – Countersign</title>", `data-now="2026-11-24T09:41:00Z"`, "Every figure is invented.", "ZZ1 · Major trauma centre",
		`action="/sign-out" method="post"`, `name="csrf" value="token"`, `href="tel:01134960142"`, "As at 9:41am", "https://portal.example/", "Change organisation",
		`aria-current="true"`, `href="/accessibility"`, "app-wide",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the full frame lacks %q", want)
		}
	}
	bare := render(t, layout.Page{Title: "Help", Service: "Countersign"})
	for _, never := range []string{"app-mock", "Log out", "app-org", "app-wide", "tel:", "app-printed", "nhsuk-header__navigation\"", "data-now", "nhsuk-back-link", "csrf"} {
		if strings.Contains(bare, never) {
			t.Errorf("the bare frame has %q", never)
		}
	}
}

func TestProblemsComeFirst(t *testing.T) {
	wrong := full()
	wrong.Problems = []layout.Problem{{Text: "Enter your name", Href: "#name"}}
	page := render(t, wrong)
	if !strings.Contains(page, "<title>Error: 1 thing needs you – Countersign</title>") {
		t.Error("the title does not begin with Error")
	}
	if summary, heading := strings.Index(page, "nhsuk-error-summary"), strings.Index(page, "<h1>"); summary < 0 || summary > heading {
		t.Error("the error summary is not the first thing in main")
	}
}

func TestNoAddressRunsScript(t *testing.T) {
	p := full()
	p.Back = &layout.Link{Href: "javascript:alert(1)"}
	p.Navigation[1].Href = "javascript:alert(1)"
	p.Person = `<img src=x onerror=alert(1)>`
	page := render(t, p)
	if strings.Contains(page, "javascript:") || strings.Contains(page, "<img") {
		t.Error("hostile text reached the page as it was")
	}
	if got := layouttest.Render(t, component.Button{Text: "Go", Href: "javascript:alert(1)"}); strings.Contains(got, "javascript:") {
		t.Error("a button leads to script")
	}
}
