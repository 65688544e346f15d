package handler

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/layout"
	"countersign/views/wallview"
	"countersign/web/session"
)

// longestChase bounds what a chaser says.
const longestChase = 1000

// noMessages is what a portal says that has no mail server, as the page of
// contacts does.
const noMessages = "No email is sent. No mail server is set for this service. Messages wait, and are not sent. Tell people by phone, and ask whoever runs the service to set one."

// Faults of chasing.
var (
	errNobodyChosen = fault.In("to", "Select at least 1 trust that has not acknowledged")
	errNoWords      = fault.In("words", "Enter what to write")
	errManyWords    = fault.In("words", "What you write must be 1,000 characters or fewer")
	errNoMessages   = fault.New(fault.Conflict, noMessages)
)

// chasing looks at an alert that trusts can still be chased about.
func (h Walls) chasing(ctx context.Context, who access.Actor, id alert.ID) (wallScene, error) {
	s, err := h.scene(ctx, who, id)
	if err == nil && s.withdrawn() {
		err = alert.ErrWithdrawn
	}
	return s, err
}

// chase asks what to write, and to whom: those whose boxes were ticked on the
// wall, or everybody who has not acknowledged.
func (h Walls) chase(c echo.Context) error {
	s, err := h.chasing(c.Request().Context(), session.Who(c), alert.ID(c.Param("id")))
	if err != nil {
		return err
	}
	chosen := c.QueryParams()["to"]
	if len(chosen) == 0 {
		for _, r := range s.open() {
			chosen = append(chosen, string(r.Organisation))
		}
	}
	words := "Your trust has not acknowledged " + s.alert.Name() + " (" + s.alert.Draft.Title + "). Acknowledge it now, and say if it applies to you by " + moment(s.alert.AnswerDue) + "."
	return h.chasePage(c, http.StatusOK, s, words, chosen, nil)
}

func (h Walls) chasePage(c echo.Context, code int, s wallScene, words string, chosen []string, failure error) error {
	page := h.chaseFrame(c, s)
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	page.Words, page.Longest = words, longestChase
	page.Rows = s.rows(s.open())
	for i := range page.Rows {
		page.Rows[i].Checked = slices.Contains(chosen, page.Rows[i].Code)
	}
	return render(c, code, wallview.ChasePage(page))
}

func (h Walls) chaseFrame(c echo.Context, s wallScene) wallview.Chase {
	path := nationalPath(s.alert.ID)
	page := wallview.Chase{Page: h.page(c, "Chase trusts – "+s.alert.Draft.Title), Caption: s.caption(), Action: path + "/chase", Phones: path + "/phones"}
	page.Back = backLink(path+"/wall", s.alert.Name())
	switch {
	case h.Messages == nil:
		page.NoMessages = noMessages
	case h.Unsent:
		page.How = noMessages
	default:
		page.How = "Each trust gets an e-mail."
	}
	return page
}

// chaseThem shows what will be sent, and sends it once it has been checked.
func (h Walls) chaseThem(c echo.Context) error {
	ctx, who, id := c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))
	s, err := h.chasing(ctx, who, id)
	if err != nil {
		return err
	}
	words, chosen := strings.TrimSpace(c.Request().PostFormValue("words")), c.Request().PostForm["to"]
	step := c.Request().PostFormValue("step")
	if step == "again" {
		return h.chasePage(c, http.StatusOK, s, words, chosen, nil)
	}
	to, err := s.chaseable(words, chosen)
	if h.Messages == nil {
		err = errNoMessages
	}
	if err == nil && step == "send" {
		var chased notification.Chased
		if chased, err = h.Messages.Chase(ctx, who, id, codesOf(to), words); err == nil {
			return c.Redirect(http.StatusSeeOther, wallPath(id)+"?"+chasedQuery(chased)+"#chase")
		}
	}
	if mendable(err) {
		return h.chasePage(c, status(err), s, words, chosen, err)
	} else if err != nil {
		return err
	}
	page := h.chaseFrame(c, s)
	page.Words, page.Preview = words, preview(to, words)
	return render(c, http.StatusOK, wallview.ChasePage(page))
}

// chasedQuery carries what became of a chase to the wall: counts alone.
func chasedQuery(c notification.Chased) string {
	return url.Values{"written": {strconv.Itoa(c.Letters)}, "soon": {strconv.Itoa(len(c.TooSoon))}, "answered": {strconv.Itoa(len(c.Answered))}, "nobody": {strconv.Itoa(len(c.Nobody))}}.Encode()
}

// chasedWords says what became of a chase, as the wall's address carries it.
func chasedWords(q url.Values) string {
	if !q.Has("written") {
		return ""
	}
	n := func(name string) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 0 || n > 100_000 {
			return 0
		}
		return n
	}
	words := []string{"Written to " + people(n("written")) + "."}
	for _, left := range []struct{ name, why string }{{"soon", "was chased within the last hour"}, {"answered", "has answered meanwhile"}, {"nobody", "has no email address on record: ring them"}} {
		if n := n(left.name); n > 0 {
			words = append(words, plural(n, "trust")+" left out: "+left.why+".")
		}
	}
	return strings.Join(words, " ")
}

// chaseable keeps those of the chosen trusts that have not acknowledged
// meanwhile, A to Z.
func (s wallScene) chaseable(words string, chosen []string) ([]alert.Reached, error) {
	to := slices.DeleteFunc(s.open(), func(r alert.Reached) bool { return !slices.Contains(chosen, string(r.Organisation)) })
	slices.SortStableFunc(to, func(a, b alert.Reached) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	var problems fault.Problems
	switch {
	case words == "":
		problems = append(problems, errNoWords)
	case utf8.RuneCountInString(strings.ReplaceAll(words, "\r\n", "\n")) > longestChase:
		problems = append(problems, errManyWords)
	}
	if len(to) == 0 {
		problems = append(problems, errNobodyChosen)
	}
	return to, problems.OrNil()
}

func codesOf(list []alert.Reached) []organisation.Code {
	codes := make([]organisation.Code, 0, len(list))
	for _, r := range list {
		codes = append(codes, r.Organisation)
	}
	return codes
}

func preview(to []alert.Reached, words string) *wallview.Preview {
	p := &wallview.Preview{Title: "You are about to write to " + plural(len(to), "trust")}
	for line := range strings.Lines(words) {
		if line = strings.TrimSpace(line); line != "" {
			p.Words = append(p.Words, line)
		}
	}
	for _, r := range to {
		p.To, p.Codes = append(p.To, r.Name), append(p.Codes, string(r.Organisation))
	}
	return p
}

// phones is the list to ring from: every trust that has not acknowledged.
func (h Walls) phones(c echo.Context) error {
	ctx, who, id := c.Request().Context(), session.Who(c), alert.ID(c.Param("id"))
	s, err := h.chasing(ctx, who, id)
	if err != nil {
		return err
	}
	numbers, err := h.Wall.Phones(ctx, who, id)
	if err != nil {
		return err
	}
	page := wallview.Phones{Page: h.page(c, "Telephone list – "+s.alert.Draft.Title), Caption: s.caption(), Heading: "Telephone list", Regions: s.regions(numbers)}
	page.Wide, page.Back = true, backLink(wallPath(id), s.alert.Name())
	page.Lead = "Every trust has acknowledged. There is nobody to ring."
	if n := len(s.open()); n > 0 {
		page.Lead = countOf(n, len(s.reached)) + " to ring, as at " + moment(s.now) + ". Write down each call on the wall of the alert."
	}
	return render(c, http.StatusOK, wallview.PhonesPage(page))
}

// regions divides whom to ring into a page of paper each, A to Z.
func (s wallScene) regions(numbers []alert.Phone) []wallview.Region {
	people := map[organisation.Code][]wallview.PhonePerson{}
	for _, p := range numbers {
		person := wallview.PhonePerson{Office: p.Office.Word(), Name: p.Name, Number: p.Number}
		if p.Acting {
			person.Office = "Acting " + strings.ToLower(person.Office[:1]) + person.Office[1:]
		}
		if p.Number == "" {
			person.Number = "no number recorded"
		} else {
			person.Href = layout.Telephone(p.Number)
		}
		people[p.Organisation] = append(people[p.Organisation], person)
	}
	byRegion := map[organisation.Region][]wallview.PhoneTrust{}
	for _, r := range s.open() {
		byRegion[r.Region] = append(byRegion[r.Region], wallview.PhoneTrust{Name: r.Name, Code: string(r.Organisation), Message: s.message(r).tag(), People: people[r.Organisation]})
	}
	var list []wallview.Region
	for region, trusts := range byRegion {
		list = append(list, wallview.Region{Name: cmp.Or(organisation.Regions[region], "Region not recorded"), Count: plural(len(trusts), "trust"), Trusts: trusts})
	}
	slices.SortFunc(list, func(a, b wallview.Region) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
