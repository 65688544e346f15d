package handler

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
	"countersign/views/templateview"
	"countersign/web/session"
)

// Templates answers the addresses about the wordings of statements.
type Templates struct {
	Site
	Editor interface {
		List(ctx context.Context, who access.Actor) ([]attestation.Template, []attestation.Draft, error)
		Read(ctx context.Context, who access.Actor, template string) (attestation.Wordings, error)
		Write(ctx context.Context, who access.Actor, t attestation.Template, fresh bool) error
		Publish(ctx context.Context, who access.Actor, template string, shown attestation.Digest) error
		Drop(ctx context.Context, who access.Actor, template string) error
	}
}

const templatesPath = "/statements/templates"

// templateFields are what the form of an edition sends.
const templateFields = "title opening part-#-text part-#-proof siro material*"

// Routes of wordings.
func (h Templates) Routes() []Route {
	const one = templatesPath + "/:id"
	return []Route{
		{Method: http.MethodGet, Path: templatesPath, Verb: access.ReadTemplates, Handle: h.list},
		{Method: http.MethodGet, Path: templatesPath + "/new", Verb: access.WriteTemplates, Handle: h.begin},
		{Method: http.MethodPost, Path: templatesPath + "/new", Verb: access.WriteTemplates, Handle: h.write, Fields: templateFields + " id kind"},
		{Method: http.MethodGet, Path: one, Verb: access.ReadTemplates, Handle: h.read},
		{Method: http.MethodGet, Path: one + "/next", Verb: access.WriteTemplates, Handle: h.begin},
		{Method: http.MethodPost, Path: one + "/next", Verb: access.WriteTemplates, Handle: h.write, Fields: templateFields},
		{Method: http.MethodGet, Path: one + "/draft", Verb: access.ReadTemplates, Handle: h.draft},
		{Method: http.MethodPost, Path: one + "/draft/publication", Verb: access.WriteTemplates, Handle: h.publish, Fields: "shown"},
		{Method: http.MethodPost, Path: one + "/draft/removal", Verb: access.WriteTemplates, Handle: h.drop},
	}
}

func templatePath(id string) string { return templatesPath + "/" + url.PathEscape(id) }

func (h Templates) list(c echo.Context) error {
	who := session.Who(c)
	templates, waiting, err := h.Editor.List(c.Request().Context(), who)
	if err != nil {
		return err
	}
	page := templateview.List{Page: h.page(c, "Wordings of statements"), Rows: templateRows(templates, waiting)}
	page.Wide, page.Back = true, backLink("/statements", "Statements")
	if access.May(who, access.WriteTemplates, organisation.National) {
		page.Write = templatesPath + "/new"
	}
	return render(c, http.StatusOK, templateview.ListPage(page))
}

// templateRows lists wordings by title. One that is only a draft yet is there
// as well.
func templateRows(templates []attestation.Template, waiting []attestation.Draft) []templateview.Row {
	var rows []templateview.Row
	add := func(t attestation.Template, edition, standing, tag, href string) {
		rows = append(rows, templateview.Row{Name: titleWord(t), Href: href, Kind: t.Sort().Word(), Edition: edition, Standing: standing, Tag: tag})
	}
	drafts := map[string]bool{}
	for _, d := range waiting {
		drafts[d.Template.ID] = true
	}
	for _, t := range templates {
		if drafts[t.ID] {
			add(t, strconv.FormatInt(t.Edition, 10), "A draft waits", "purple", templatePath(t.ID))
		} else {
			add(t, strconv.FormatInt(t.Edition, 10), "None", "", templatePath(t.ID))
		}
	}
	for _, d := range waiting {
		if d.Template.Edition == 1 {
			add(d.Template, "None yet", "A draft waits", "purple", templatePath(d.Template.ID)+"/draft")
		}
	}
	slices.SortFunc(rows, func(a, b templateview.Row) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// titleWord names a wording by its title, without the months it is about.
func titleWord(t attestation.Template) string {
	title := strings.TrimSpace(strings.ReplaceAll(t.Title, "{period}", ""))
	if title == "" {
		return t.ID
	}
	return strings.ToUpper(title[:1]) + title[1:]
}

func (h Templates) read(c echo.Context) error {
	who := session.Who(c)
	w, err := h.Editor.Read(c.Request().Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	latest, exists := w.Latest()
	if !exists {
		return c.Redirect(http.StatusSeeOther, templatePath(c.Param("id"))+"/draft")
	}
	page := templateview.Read{Heading: titleWord(latest.Template), Kind: latest.Sort().Word()}
	page.Page = h.page(c, page.Heading)
	page.Back = backLink(templatesPath, "Wordings of statements")
	may := access.May(who, access.WriteTemplates, organisation.National)
	if w.Waiting != nil {
		page.Waiting, page.WaitingHref = w.Waiting.AuthorName+" wrote a draft of the next edition. It waits for another regulator.", templatePath(latest.ID)+"/draft"
	} else if may {
		page.Write = templatePath(latest.ID) + "/next"
	}
	for i, e := range w.Editions {
		var before *attestation.Template
		if i+1 < len(w.Editions) {
			before = &w.Editions[i+1].Template
		}
		shown, err := editionView(e.Template, before)
		if err != nil {
			return err
		}
		shown.Made = "It came with this service."
		if e.AuthorName != "" {
			shown.Made = e.AuthorName + " wrote it. " + e.PublisherName + " published it at " + moment(e.PublishedAt) + "."
		}
		page.Editions = append(page.Editions, shown)
	}
	return render(c, http.StatusOK, templateview.ReadPage(page))
}

// editionView reads an edition with sample figures, beside the one before.
func editionView(t attestation.Template, before *attestation.Template) (templateview.Edition, error) {
	words, err := t.Read(attestation.Samples())
	if err != nil {
		return templateview.Edition{}, err
	}
	e := templateview.Edition{Name: "Edition " + strconv.FormatInt(t.Edition, 10), Title: words.Title, Opening: words.Opening, Parts: words.Parts}
	beside := "Nobody"
	if len(t.CoSign) > 0 {
		beside = t.CoSign[0].Word()
	}
	e.Facts = []templateview.Fact{{Name: "Signs beside the chief executive", Value: beside}, {Name: "Asks for a new statement when it changes", Value: cmp.Or(strings.Join(attestation.Means(t.Material), ", "), attestation.AnyFigure)}}
	if before != nil {
		e.ChangedWord = "What changed since edition " + strconv.FormatInt(before.Edition, 10)
		for _, c := range attestation.Compare(*before, t) {
			e.Changed = append(e.Changed, templateview.Compared(c))
		}
	}
	return e, nil
}

// partRows is how many parts the form offers beyond those that are filled.
const partRows = 3

// begin shows the form: empty for a new wording, else filled with the draft of
// the reader or the latest edition.
func (h Templates) begin(c echo.Context) error {
	id := c.Param("id")
	if id == "" {
		return h.form(c, http.StatusOK, attestation.Template{Title: "{period} ", Opening: "On behalf of {organisation}, I confirm that on {date}:"}, true, nil)
	}
	w, err := h.Editor.Read(c.Request().Context(), session.Who(c), id)
	if err != nil {
		return err
	}
	latest, _ := w.Latest()
	t := latest.Template
	if w.Waiting != nil {
		if string(w.Waiting.Author) != session.Who(c).ID {
			return c.Redirect(http.StatusSeeOther, templatePath(id)+"/draft")
		}
		t = w.Waiting.Template
	}
	return h.form(c, http.StatusOK, t, false, nil)
}

func (h Templates) form(c echo.Context, code int, t attestation.Template, fresh bool, failure error) error {
	page := templateview.Write{Heading: "Write a new wording", Caption: "Statements", Action: templatesPath + "/new", Fresh: fresh, ID: t.ID, Kind: string(t.Kind), Title: t.Title, Opening: t.Opening,
		Filled: len(t.Parts), Material: t.Material, SIRO: len(t.CoSign) > 0}
	page.Back = backLink(templatesPath, "Wordings of statements")
	back := page.Back
	if !fresh {
		page.Heading, page.Caption, page.Action = "Write a new edition", c.Param("id"), templatePath(c.Param("id"))+"/next"
		back = backLink(templatePath(c.Param("id")), "Editions")
	}
	page.Page = h.page(c, page.Heading)
	page.Back = back
	for _, kind := range attestation.Kinds {
		page.Kinds = append(page.Kinds, templateview.Option{Value: string(kind), Text: kind.Word()})
	}
	for _, p := range t.Parts {
		page.Parts = append(page.Parts, templateview.Part(p))
	}
	page.Parts = append(page.Parts, make([]templateview.Part, partRows)...)
	page.Proofs = []templateview.Option{{Text: "None"}, {Value: "alerts", Text: "Alerts"}, {Value: "outcomes", Text: "Outcomes of the assessment"}, {Value: "evidence", Text: "Evidence"}}
	for _, f := range attestation.FactNames {
		page.Names = append(page.Names, templateview.Fact{Name: "{" + f.Name + "}", Value: f.Means})
		if f.Changeable() {
			page.Materials = append(page.Materials, templateview.Option{Value: f.Name, Text: f.Means})
		}
	}
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	if errors.Is(failure, attestation.ErrOwnDraft) {
		page.Draft = templatePath(t.ID) + "/draft"
	}
	return render(c, code, templateview.WritePage(page))
}

// readTemplate makes a template of the form. Parts nobody filled are left out.
func readTemplate(c echo.Context) attestation.Template {
	value := func(field string) string { return attestation.Tidy(c.Request().PostFormValue(field)) }
	t := attestation.Template{ID: cmp.Or(c.Param("id"), value("id")), Kind: attestation.Kind(value("kind")), Title: value("title"), Opening: value("opening"), Material: c.Request().PostForm["material"]}
	for i := range numberedFields {
		at := "part-" + strconv.Itoa(i)
		p := attestation.Part{Text: value(at + "-text"), Proof: value(at + "-proof")}
		if p.Text != "" {
			t.Parts = append(t.Parts, p)
		}
	}
	if value("siro") != "" {
		t.CoSign = []access.Office{access.SIRO}
	}
	return t
}

func (h Templates) write(c echo.Context) error {
	t, fresh := readTemplate(c), c.Param("id") == ""
	if fresh && t.Kind == "" {
		t.Kind = "none" // nothing is chosen beforehand, and an old wording without a kind is none of a form's
	}
	err := h.Editor.Write(c.Request().Context(), session.Who(c), t, fresh)
	if mendable(err) {
		return h.form(c, status(err), t, fresh, err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, templatePath(t.ID)+"/draft")
}

func (h Templates) draft(c echo.Context) error { return h.draftPage(c, http.StatusOK, nil) }

func (h Templates) draftPage(c echo.Context, code int, failure error) error {
	who, id := session.Who(c), c.Param("id")
	w, err := h.Editor.Read(c.Request().Context(), who, id)
	if err != nil {
		return err
	}
	if w.Waiting == nil {
		return c.Redirect(http.StatusSeeOther, templatePath(id))
	}
	d := *w.Waiting
	var before *attestation.Template
	if latest, exists := w.Latest(); exists {
		before = &latest.Template
	}
	page := templateview.Waiting{Heading: "Check the draft", Caption: titleWord(d.Template) + ", edition " + strconv.FormatInt(d.Template.Edition, 10)}
	if page.Edition, err = editionView(d.Template, before); err != nil {
		return err
	}
	page.Edition.Made = d.AuthorName + " wrote it at " + moment(d.DraftedAt) + "."
	path := templatePath(id) + "/draft"
	if access.May(who, access.WriteTemplates, organisation.National) {
		page.Drop = path + "/removal"
		if string(d.Author) == who.ID {
			page.Notice, page.Change = "You wrote this draft, so another regulator must publish it.", templatePath(id)+"/next"
		} else {
			page.Publish, page.Shown = path+"/publication", string(d.Digest())
		}
	}
	page.Page = h.page(c, "Check the draft – "+titleWord(d.Template))
	page.Back = backLink(templatesPath, "Wordings of statements")
	page.Problems = problems(failure)
	return render(c, code, templateview.WaitingPage(page))
}

func (h Templates) publish(c echo.Context) error {
	return h.decided(c, h.Editor.Publish(c.Request().Context(), session.Who(c), c.Param("id"), attestation.Digest(c.Request().PostFormValue("shown"))))
}

func (h Templates) drop(c echo.Context) error {
	if err := h.Editor.Drop(c.Request().Context(), session.Who(c), c.Param("id")); err != nil && !errors.Is(err, attestation.ErrNoDraft) {
		return err
	}
	return c.Redirect(http.StatusSeeOther, templatesPath) // one that was never published has no page of its own any more
}

// decided leads to the editions, or shows the draft again with what stood in
// the way.
func (h Templates) decided(c echo.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, attestation.ErrNoDraft):
		return c.Redirect(http.StatusSeeOther, templatePath(c.Param("id")))
	case mendable(err), errors.Is(err, attestation.ErrOwnTemplate):
		return h.draftPage(c, status(err), err)
	}
	return err
}
