package handler

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/board"
	"countersign/internal/organisation"
	"countersign/internal/pdf"
	"countersign/internal/transparency"
	"countersign/views/boardview"
	"countersign/views/layout"
	"countersign/views/layout/layouttest"
)

// papered is a paper that has something of everything.
func papered() board.Paper {
	at := time.Date(2026, 11, 24, 15, 41, 5, 0, time.UTC)
	gateway := board.Named{Name: "CC-4704", Title: "Remote code execution in the Halvard gateway", Severity: alert.High}
	printer := board.Named{Name: "CC-4705", Title: "Weak password in the Marrick print service", Severity: alert.Medium}
	mail := board.Named{Name: "CC-4706", Title: "Ransomware through the Corvane mail server", Severity: alert.High}
	chief := &board.Signer{Name: "Imran Sethi", Office: access.ChiefExecutive, Acting: true, At: at.AddDate(0, -2, 0)}
	return board.Paper{Organisation: "RXH", Name: "Calder Vale NHS Trust", At: at, Reader: board.Own,
		Answers: []board.Answers{{From: "2026-07-01", To: "2026-09-30", InTime: 11, Due: 12}, {From: "2026-10-01", To: "2026-11-24"}},
		Late:    []board.Late{{Named: gateway, Due: at.AddDate(0, -3, 0), Answered: at.AddDate(0, -3, 0).Add(5 * time.Hour)}, {Named: mail, Due: at.AddDate(0, 0, -3)}},
		Open: []board.Open{{Named: mail, Standing: alert.Late, AnswerDue: at.AddDate(0, 0, -3), ActionDue: at.AddDate(0, 0, 9)}, {Named: printer, Standing: alert.NotAcknowledged, AnswerDue: at.Add(26 * time.Hour), ActionDue: at.AddDate(0, 0, 13)},
			{Named: gateway, Standing: alert.RiskAccepted, Answered: at.AddDate(0, -3, 0), AnswerDue: at.AddDate(0, -3, 0), ActionDue: at.AddDate(0, -2, 0), Until: organisation.Day("2026-12-19").Start()}},
		Risks:  []board.Risk{{Named: gateway, What: "6 of 14 servers cannot take the update.", Patients: "Results reach wards by telephone.", Cover: "They are kept apart.", Until: "2026-12-18", Signers: []board.Signer{{Name: "Tom Adeyemi", Office: access.SIRO, At: at.AddDate(0, -2, 0)}}}},
		Levels: &board.Levels{Framework: "CAF 4.0", Profile: "Enhanced", Note: "A demonstration.", Period: "2026 to 2027", Reached: 30, Outcomes: 41, Said: 40, LastAt: at.AddDate(0, -1, 0), Short: []board.Short{{Code: "B4.d", Title: "Vulnerability management", Level: assessment.NotAchieved, Expected: assessment.Achieved}}},
		Statements: []board.Statement{{ID: "s3", Title: "July to September 2026 cyber statement", State: attestation.Locked, Due: at.Add(-time.Hour), LockedBy: "Tom Adeyemi", LockedAt: at.AddDate(0, 0, -2)},
			{ID: "s2", Title: "April to June 2026 cyber statement", State: attestation.Signed, Due: at.AddDate(0, -3, 0), LockedBy: "Tom Adeyemi", LockedAt: at.AddDate(0, -3, 0), EndedAt: at.AddDate(0, -2, 0), Signer: chief, Opinion: attestation.Qualified, Code: "7KQ4M2XD9RTV", Late: true,
				Exceptions: []attestation.Exception{{Part: 2, What: "Community sites are not checked", Doing: "Check them", Who: "Leila Brandt", By: "2026-11-01"}}},
			{ID: "s1", Title: "January to March 2026 cyber statement", State: attestation.Returned, Due: at.AddDate(0, -6, 0), EndedAt: at.AddDate(0, -6, 0)}},
		Commitments: []board.Commitment{{Period: "April to June 2026", Part: 2, What: "Community sites are not checked", Doing: "Check them", Who: "Leila Brandt", FirstBy: "2026-11-01", By: "2026-11-20", Fate: attestation.StillOpen, Late: true},
			{Period: "April to June 2026", Part: 1, What: "One answer", Doing: "A rota", Who: "Leila Brandt", FirstBy: "2026-10-01", By: "2026-10-01", Fate: attestation.Done, SettledAt: at.AddDate(0, -1, 0)}},
		Since: &board.Since{Title: "April to June 2026 cyber statement", SignedAt: at.AddDate(0, -2, 0), Changes: []attestation.Change{{Fact: "reached", Was: "31 of 41", Is: "30 of 41"}}},
		Head:  &transparency.Head{Checkpoint: transparency.Checkpoint{Origin: "portal.example/log", Size: 3558, Root: tlog.Hash{1, 2, 3}}, SignedAt: at.Add(-time.Minute)}}
}

// bare is a paper of which nothing is known.
func bare(reader board.Reader) board.Paper {
	p := papered()
	return board.Paper{Organisation: p.Organisation, Name: p.Name, At: p.At, Reader: reader, Answers: []board.Answers{{From: "2026-07-01", To: "2026-09-30"}, {From: "2026-10-01", To: "2026-11-24"}}}
}

func boardsAt(t *testing.T, now time.Time) Boards {
	t.Helper()
	base, err := url.Parse("https://portal.example")
	if err != nil {
		t.Fatal(err)
	}
	return Boards{Site: Site{Name: "Countersign", BaseURL: base, Now: func() time.Time { return now }}}
}

func TestBoardPagesStayAsTheyWereRead(t *testing.T) {
	h := boardsAt(t, papered().At)
	for name, p := range map[string]board.Paper{"board-paper": papered(), "board-paper-bare": bare(board.Own), "board-paper-overseers": bare(board.Overseers)} {
		v := h.view(p)
		v.Page = layout.Page{Title: "Page", Service: "Countersign"}
		golden(t, name, boardview.PaperPage(v))
	}
}

// What is not measured is said to be so, and is never a nought.
func TestBoardPaperSaysWhatIsNotMeasured(t *testing.T) {
	for reader, wants := range map[board.Reader][]string{
		board.Own:       {"No data: no high severity alert, July to September 2026", "Not measured: no assessment had been started", "None was signed", "None open; 0 kept", "Nothing was late at this moment.", "It had no entry yet", "Nothing had been signed."},
		board.Overseers: {"Not on this paper: the trust has not published an assessment"},
	} {
		h := boardsAt(t, papered().At)
		v := h.view(bare(reader))
		v.Page = layout.Page{Title: "Page", Service: "Countersign"}
		text := plainly(layouttest.Render(t, boardview.PaperPage(v)))
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("to %s it does not say %q", reader, want)
			}
		}
		if strings.Contains(text, "0 of 0") || strings.Contains(text, "%") {
			t.Errorf("a figure of nothing: %s", text)
		}
	}
}

func TestBoardFinding(t *testing.T) {
	if got := boardFinding(papered()); got != "1 open alert is late. 1 statement is late. 1 commitment is late." {
		t.Errorf("it finds %q", got)
	}
	many := papered()
	many.Open = append(many.Open, many.Open[0])
	if got := boardFinding(many); !strings.HasPrefix(got, "2 open alerts are late. ") {
		t.Errorf("it finds %q", got)
	}
	for range 9 {
		many.Open = append(many.Open, many.Open[0])
	}
	if list := needsSection(many).List; len(list) != boardLines+1 || list[boardLines] != "And 10 more, in the annex." {
		t.Errorf("the first page lists %q", list)
	}
}

// moments are what can be asked for, and what comes of it.
func TestBoardMoments(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 41, 5, 0, time.UTC)
	on := func(day, month, year, clock string) url.Values {
		return url.Values{"on-day": {day}, "on-month": {month}, "on-year": {year}, "time": {clock}}
	}
	for _, c := range []struct {
		claim string
		query url.Values
		want  string // an instant, or a sentence
	}{
		{"nothing is now", nil, "0001-01-01T00:00:00Z"},
		{"a link names its moment", url.Values{"at": {"2026-11-01T09:00:00Z"}}, "2026-11-01T09:00:00Z"},
		{"a link that names none is refused", url.Values{"at": {"yesterday"}}, "This address names no moment. Enter a date and a time instead"},
		{"a day without a time is its end", on("1", "7", "2026", ""), "2026-07-01T23:00:00Z"},
		{"today without a time is now", on("24", "11", "2026", ""), "0001-01-01T00:00:00Z"},
		{"tomorrow without a time is not now", on("25", "11", "2026", ""), "2026-11-26T00:00:00Z"},
		{"a time in summer", on("1", "7", "2026", "3:41pm"), "2026-07-01T14:41:00Z"},
		{"to the second", on("24", "11", "2026", "15:41:05"), "2026-11-24T15:41:05Z"},
		{"as people write it", on("24", "11", "2026", " 9 AM "), "2026-11-24T09:00:00Z"},
		{"midday", on("24", "11", "2026", "midday"), "2026-11-24T12:00:00Z"},
		{"midnight begins the day", on("1", "7", "2026", "midnight"), "2026-06-30T23:00:00Z"},
		{"an hour that never was", on("29", "3", "2026", "1:30am"), "The clocks went forward then, so there was no such time. Enter a time an hour later"},
		{"of an hour that was twice, the first", on("25", "10", "2026", "1:30am"), "2026-10-25T00:30:00Z"},
		{"the hour before it", on("25", "10", "2026", "0:30"), "2026-10-24T23:30:00Z"},
		{"the hour after it", on("25", "10", "2026", "2:30"), "2026-10-25T02:30:00Z"},
		{"a time without a day", url.Values{"time": {"9am"}}, "Enter the day as well as the time"},
		{"no day at all", on("31", "2", "2026", ""), "Enter the day as a real date, such as 24 11 2026"},
		{"no time at all", on("1", "7", "2026", "25:00"), "Enter the time as 9am, 3:41pm or 15:41"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			e := echo.New()
			at, err := boardsAt(t, now).moment(e.NewContext(httptest.NewRequest(http.MethodGet, "/?"+c.query.Encode(), nil), httptest.NewRecorder()))
			got := at.UTC().Format(time.RFC3339)
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

type papers struct{ one board.Paper }

func (p papers) Paper(context.Context, access.Actor, organisation.Code, time.Time) (board.Paper, error) {
	return p.one, nil
}

type refusing struct{ error }

func (r refusing) Paper(context.Context, access.Actor, organisation.Code, time.Time) (board.Paper, error) {
	return board.Paper{}, r.error
}

type trustReader struct{}

func (trustReader) Read(context.Context, access.Actor, organisation.Code) (organisation.Organisation, []string, error) {
	return organisation.Organisation{Code: "RXH", Name: "Calder Vale NHS Trust"}, nil, nil
}

// asksForPaper asks one of the addresses.
func asksForPaper(t *testing.T, h Boards, handle func(Boards) echo.HandlerFunc, query string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	answer := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/organisations/RXH/board-paper?"+query, nil), answer)
	c.SetPath("/organisations/:ods/board-paper")
	c.SetParamNames("ods")
	c.SetParamValues("RXH")
	return answer, handle(h)(c)
}

func TestBoardPageKeepsWhatWasTypedAndSaysWhatToDo(t *testing.T) {
	h := boardsAt(t, papered().At)
	h.Register, h.Boards = trustReader{}, refusing{board.ErrFuture}
	answer, err := asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.page }, "on-day=1&on-month=1&on-year=2030&time=9am")
	body := answer.Body.String()
	if err != nil || answer.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "<title>Error: Board paper") || !strings.Contains(body, `href="#on"`) || !strings.Contains(body, `value="2030"`) || !strings.Contains(body, `value="9am"`) || strings.Contains(body, "Annex") {
		t.Errorf("%d, %v:\n%s", answer.Code, err, body)
	}
	h.Boards = refusing{access.ErrForbidden}
	if _, err := asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.page }, ""); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a refusal became %v", err)
	}
}

// The page, the PDF and the text are of the moment in the paper: their links
// carry it.
func TestBoardLinksCarryTheMoment(t *testing.T) {
	h := boardsAt(t, papered().At.AddDate(1, 0, 0))
	h.Register, h.Boards = trustReader{}, papers{papered()}
	page, err := asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.page }, "")
	if err != nil || page.Code != http.StatusSeeOther || page.Header().Get("Location") != "/organisations/RXH/board-paper?at=2026-11-24T15:41:05Z" {
		t.Fatalf("%v, %d to %s: an address that keeps no moment cannot be sent on", err, page.Code, page.Header().Get("Location"))
	}
	if page, err = asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.page }, "at=2026-11-24T15:41:05Z"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="/organisations/RXH/board-paper.pdf?at=2026-11-24T15:41:05Z"`, `href="/organisations/RXH/board-paper.txt?at=2026-11-24T15:41:05Z"`, "<p>https://portal.example/organisations/RXH/board-paper?at=2026-11-24T15:41:05Z</p>", "As at 3:41:05pm on Tuesday 24 November 2026 (UK time)", papered().Digest()} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	text, err := asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.text }, "")
	if err != nil || text.Body.String() != papered().Text() || text.Header().Get("Content-Disposition") != `attachment; filename="board-paper-rxh-20261124T154105Z.txt"` {
		t.Errorf("%v, %v", err, text.Header())
	}
	file, err := asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.printed }, "")
	again, err2 := asksForPaper(t, h, func(h Boards) echo.HandlerFunc { return h.printed }, "")
	if err != nil || err2 != nil || !bytes.Equal(file.Body.Bytes(), again.Body.Bytes()) {
		t.Errorf("the same paper is printed in two ways: %v, %v", err, err2)
	}
	if inside, err := pdf.Attached(file.Body.Bytes(), "board-paper.txt"); err != nil || string(inside) != papered().Text() {
		t.Errorf("it carries %q, %v", inside, err)
	}
}

// The PDF says what the page says, all of it and nothing else, and the page for
// the board is one page.
func TestBoardPaperIsPrintedAsItIsShown(t *testing.T) {
	h := boardsAt(t, papered().At)
	for claim, p := range map[string]board.Paper{"a full paper": papered(), "nothing known": bare(board.Own), "for overseers": bare(board.Overseers), "as much as there can be": crowded()} {
		t.Run(claim, func(t *testing.T) {
			v := h.view(p)
			v.Page = layout.Page{Title: "Page", Service: "Countersign"}
			_, shown, _ := strings.Cut(layouttest.Render(t, boardview.PaperPage(v)), `<div class="app-paper">`)
			shown, _, _ = strings.Cut(shown, "</main>")
			page := plainly(shown)
			pages := printedPages(t, p, v)
			printed := strings.Join(pages, " ")
			for _, said := range saidOn(v) {
				if !strings.Contains(page, said) || !strings.Contains(printed, said) {
					t.Errorf("%q is not on both", said)
				}
			}
			words := map[string]bool{}
			for _, word := range strings.Fields(page) {
				words[word] = true
			}
			for _, word := range strings.Fields(printed) {
				if word = strings.TrimRight(word, ":."); word != "•" && !words[word] && !words[word+"."] && !words[word+":"] {
					t.Errorf("%q is printed, and not shown", word)
				}
			}
			if strings.Contains(pages[0], "Annex for the audit committee") || !strings.HasPrefix(pages[1], "Annex for the audit committee") {
				t.Errorf("the page for the board is not one page: the second begins %.60q", pages[1])
			}
		})
	}
}

// crowded is a paper whose first page is as full as it gets.
func crowded() board.Paper {
	p := papered()
	p.Name = strings.TrimSpace(strings.Repeat("University Hospitals of the Vale ", 3))
	for range 40 {
		late := p.Open[0]
		late.Title = strings.TrimSpace(strings.Repeat("Remote code execution ", 4))[:80]
		p.Open = append([]board.Open{late}, p.Open...)
		p.Late = append(p.Late, board.Late{Named: late.Named, Due: late.AnswerDue})
	}
	return p
}

// saidOn lists every text of a paper.
func saidOn(v boardview.Paper) []string {
	all := []string{v.Caption, v.Heading, v.Moment, v.Finding, "Annex for the audit committee"}
	for _, s := range append(append([]boardview.Section{}, v.Board...), v.Annex...) {
		all = append(append(append(all, s.Title), s.Intro...), s.List...)
		if s.Table != nil {
			all = append(all, s.Table.Caption)
			for _, row := range s.Table.Rows {
				for _, cell := range row {
					all = append(all, strings.Fields(cell)...) // cells stand beside each other
				}
			}
		}
		for _, g := range s.Groups {
			for _, f := range g.Facts {
				all = append(append(all, strings.Fields(f.Label)...), strings.Fields(f.Value)...)
			}
		}
	}
	return all
}

var tags, codes = regexp.MustCompile(`<[^>]*>`), regexp.MustCompile(`([0-9a-f]{20,}) ([0-9a-f]{2,})`)

// plainly is the text of markup, as one line.
func plainly(markup string) string {
	text := tags.ReplaceAllString(markup, " ")
	return strings.Join(strings.Fields(strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#39;", "'").Replace(text)), " ")
}

// printedPages prints a paper and reads each page back without its edges.
func printedPages(t *testing.T, p board.Paper, v boardview.Paper) []string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext is missing: run `task services`")
		}
		t.Skip("left out: pdftotext is not installed (run `task services`)")
	}
	file, err := pdf.Write(boardDocument(p, v, "", "https://portal.example"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-raw", "-x", "0", "-y", "58", "-W", "596", "-H", "710", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	for i := range pages {
		pages[i] = strings.Join(strings.Fields(pages[i]), " ")
		pages[i] = codes.ReplaceAllString(pages[i], "$1$2") // a fingerprint goes over two lines
	}
	return pages
}
