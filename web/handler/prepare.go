package handler

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/views/attestationview"
	"countersign/views/component"
	"countersign/views/layout"
	"countersign/web/session"
)

// prepareRoutes are the tasks of a statement in preparation, one page each.
func (h Statements) prepareRoutes() []Route {
	const one = "/organisations/:ods/statements/:id"
	return []Route{
		{Method: http.MethodGet, Path: one + "/figures", Verb: access.ReadStatement, Handle: h.task(h.figuresPage)},
		{Method: http.MethodPost, Path: one + "/figures", Verb: access.PrepareStatement, Handle: h.checkFigures, Fields: "seen shown"},
		{Method: http.MethodGet, Path: one + "/late-answers", Verb: access.ReadStatement, Handle: h.task(h.latePage)},
		{Method: http.MethodPost, Path: one + "/late-answers", Verb: access.PrepareStatement, Handle: h.explainLate, Fields: "seen late-#-alert late-#-code late-#-why"},
		{Method: http.MethodGet, Path: one + "/gaps", Verb: access.ReadStatement, Handle: h.task(h.gapsPage)},
		{Method: http.MethodPost, Path: one + "/gaps", Verb: access.PrepareStatement, Handle: h.keepGaps, Fields: "seen gap-#-source gap-#-code gap-#-name gap-#-what gap-#-day gap-#-month gap-#-year"},
		{Method: http.MethodPost, Path: one + "/gaps/proposals", Verb: access.PrepareStatement, Handle: h.answerProposal, Fields: "seen key do why"},
		{Method: http.MethodGet, Path: one + "/evidence", Verb: access.ReadStatement, Handle: h.task(h.reliedPage)},
		{Method: http.MethodPost, Path: one + "/evidence", Verb: access.PrepareStatement, Handle: h.rely, Fields: "seen evidence*"},
		{Method: http.MethodGet, Path: one + "/commitments", Verb: access.ReadStatement, Handle: h.task(h.accountsPage)},
		{Method: http.MethodGet, Path: one + "/commitments/:commitment", Verb: access.PrepareStatement, Handle: h.task(h.accountPage)},
		{Method: http.MethodPost, Path: one + "/commitments/:commitment", Verb: access.PrepareStatement, Handle: h.account, Fields: "seen how note by-day by-month by-year evidence"},
		{Method: http.MethodGet, Path: one + "/board", Verb: access.ReadStatement, Handle: h.task(h.boardPage)},
		{Method: http.MethodPost, Path: one + "/board", Verb: access.PrepareStatement, Handle: h.seenByBoard, Fields: "seen board-day board-month board-year"},
		{Method: http.MethodGet, Path: one + "/contradictions", Verb: access.ReadStatement, Handle: h.task(h.contradictionsPage)},
		{Method: http.MethodPost, Path: one + "/contradictions", Verb: access.PrepareStatement, Handle: h.accept, Fields: "seen finding reason"},
		{Method: http.MethodPost, Path: one + "/lock", Verb: access.LockStatement, Handle: h.lock, Fields: "seen"},
		{Method: http.MethodPost, Path: one + "/successor", Verb: access.PrepareStatement, Handle: h.again},
	}
}

// preparePage is where a statement stands before its signature.
func (h Statements) preparePage(c echo.Context, s scene, code int, failure error) error {
	page := attestationview.Prepare{Page: h.trustPage(c, s.statement.Title(), s.org, s.cohorts), Caption: "Statement", Action: statementPath(s.org.Code, s.statement.ID),
		Due: dueWord(s.statement.Due, s.now), Seen: strconv.FormatInt(s.version, 10)}
	page.Preparing = s.statement.State == attestation.Preparing
	if err := h.replacing(c, s, &page); err != nil {
		return err
	}
	page.Problems = taskProblems(page.Action, failure)
	page.CanLock = page.Preparing && access.May(s.who, access.LockStatement, s.org.Code)
	page.CanSign = s.statement.State == attestation.Locked && access.May(s.who, access.SignStatement, s.org.Code)
	page.SignHref, page.SignText = page.Action+"/signature", "Review and sign"
	if len(s.statement.Awaits()) > 0 {
		page.CanSign = access.May(s.who, access.CoSignStatement, s.org.Code)
		page.SignHref, page.SignText = coSignPath(s.org.Code, s.statement.ID), "Read and co-sign"
		var err error
		if page.First, err = firstSigner(c.Request().Context(), h.Register, s.who, s.org.Code); err != nil {
			return err
		}
	}
	page.CoSigned = coSignViews(s.statement.Beside)
	if page.Preparing {
		if err := h.preparing(c, s, &page); err != nil {
			return err
		}
		return render(c, code, attestationview.PreparePage(page))
	}
	words, err := attestation.ParseWords(s.statement.Words)
	if err != nil {
		return err
	}
	page.Doc = docView(words, s)
	if s.statement.State == attestation.Returned {
		page.Returned = "Returned without a signature on " + dayWord(s.statement.EndedAt) + "."
		page.CanTakeUp = access.May(s.who, access.PrepareStatement, s.org.Code)
		if page.Reason, err = h.Statements.DeclineReason(c.Request().Context(), s.who, s.org.Code, s.statement.ID); err != nil {
			return err
		}
	}
	return render(c, code, attestationview.PreparePage(page))
}

// replacing says which signed statement this one takes the place of.
func (h Statements) replacing(c echo.Context, s scene, page *attestationview.Prepare) error {
	if s.statement.Supersedes == "" {
		return nil
	}
	g, err := h.Statements.Receipt(c.Request().Context(), s.who, s.org.Code, s.statement.Supersedes)
	if err != nil {
		return err
	}
	page.Replaces, page.Because, page.ReplacesHref, page.Optional = g.Code.Groups(), s.statement.Because, receiptPath(s.org.Code, g.Statement), s.statement.Optional
	if s.statement.Optional && s.statement.State != attestation.Returned && access.May(s.who, access.ReplaceStatement, s.org.Code) {
		page.Revise = replacementPath(s.org.Code, g.Statement)
	}
	return nil
}

// preparing fills in what is left to do and the words so far.
func (h Statements) preparing(c echo.Context, s scene, page *attestationview.Prepare) error {
	ctx := c.Request().Context()
	desk, err := h.Statements.Desk(ctx, s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page.Tasks = prepareTasks(s.statement, desk, page.Action)
	page.Undone = taskProblems(page.Action, s.statement.Undone(desk.Held))
	if desk.Missing != nil {
		page.Missing, page.CanLock = sentence(desk.Missing), false
	} else {
		page.Doc = docView(desk.Draft, s)
	}
	if s.statement.Replaces != "" {
		page.Before, err = h.Statements.DeclineReason(ctx, s.who, s.org.Code, s.statement.Replaces)
	}
	return err
}

// taskProblems leads from what is in the way of a lock to the page of its task.
func taskProblems(at string, failure error) []layout.Problem {
	list := problems(failure)
	for i := range list {
		if task, is := strings.CutPrefix(list[i].Href, "#"); is && task != "" {
			list[i].Href = at + "/" + task
		}
	}
	return list
}

// toStart, begun and ended say how far a task is; red is for errors only.
func toStart() component.Task { return component.Task{Tag: &notStarted} }

func begun(words string) component.Task {
	return component.Task{Tag: &component.Tag{Text: words, Colour: started.Colour}}
}

func ended(words string) component.Task {
	tag := completed
	tag.Text = words
	return component.Task{Tag: &tag}
}

// prepareTasks says of each task how far it is.
func prepareTasks(st attestation.Statement, desk attestation.Desk, at string) []component.Task {
	p, held := st.Prepared, desk.Held
	var tasks []component.Task
	add := func(title, hint, page string, how component.Task) {
		how.Title, how.Hint, how.Href = title, hint, at+"/"+page
		tasks = append(tasks, how)
	}
	figures := toStart()
	if p.Figures != nil {
		if figures = ended("Completed"); p.Figures.Facts.Digest() != held.Facts.Digest() {
			figures = begun("Moved since")
		}
	}
	add("Check the figures", "", "figures", figures)
	late := ended("None was late")
	if n, open := len(held.Late), st.Unexplained(held); open == n && n > 0 {
		late = toStart()
	} else if open > 0 {
		late = begun(strconv.Itoa(n-open) + " of " + strconv.Itoa(n))
	} else if n > 0 {
		late = ended("Completed")
	}
	add("Explain late answers", lateHint(len(held.Late)), "late-answers", late)
	gaps := toStart()
	if proposals := len(st.Proposals(held)); proposals > 0 && (!p.GapsAt.IsZero() || len(st.Gaps) > 0) {
		gaps = begun(plural(proposals, "proposal") + " left")
	} else if proposals == 0 {
		gaps = ended(plural(len(st.Gaps), "gap") + " named")
	}
	add("List gaps", "", "gaps", gaps)
	relied := toStart()
	if len(p.Relied) > 0 {
		relied = ended(plural(len(p.Relied), "file") + " linked")
	}
	add("Link evidence", "", "evidence", relied)
	if n := len(held.Commitments); n > 0 {
		add("Account for open commitments", "From earlier statements", "commitments", accounted(st, held.Commitments))
	}
	board := toStart()
	if st.BoardOn != "" {
		board = ended("Completed")
	}
	add("Record the board date", "", "board", board)
	add("Mend or accept what does not agree", "The portal compares the statement with your trust’s records", "contradictions", agreement(st, desk))
	return append(tasks, lockTask(st.Undone(held) == nil && desk.Missing == nil))
}

func lateHint(n int) string {
	if n == 0 {
		return ""
	}
	return plural(n, "answer") + " of the period came late or " + choose(n, "has", "have") + " not come"
}

func accounted(st attestation.Statement, open []attestation.Commitment) component.Task {
	said := 0
	for _, c := range open {
		if _, is := st.Prepared.Account(c.ID); is {
			said++
		}
	}
	switch said {
	case 0:
		return toStart()
	case len(open):
		return ended("Completed")
	}
	return begun(strconv.Itoa(said) + " of " + strconv.Itoa(len(open)))
}

func agreement(st attestation.Statement, desk attestation.Desk) component.Task {
	open := 0
	for _, f := range desk.Findings {
		if _, accepted := st.Prepared.Acceptance(f); !accepted {
			open++
		}
	}
	switch {
	case len(desk.Findings) == 0:
		return ended("Everything agrees")
	case open > 0:
		return begun(strconv.Itoa(open) + " to look at")
	}
	return ended("Completed")
}

func lockTask(ready bool) component.Task {
	t := component.Task{Title: "Check and lock", Hint: "By the senior information risk owner, on this page", Tag: &cannotStart}
	if ready {
		t.Tag = &component.Tag{Text: "Waiting for the SIRO", Colour: "purple"}
	}
	return t
}

// sentence is what a person may be told of an error, or a plain word when it
// is ours alone.
func sentence(err error) string {
	if list := faults(err); len(list) > 0 {
		return list[0].Sentence
	}
	return "Some figures could not be read."
}

func (h Statements) lock(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.Lock(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c))
	if mendable(err) {
		return h.preparePage(c, s, status(err), err)
	} else if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
}

func (h Statements) again(c echo.Context) error {
	next, err := h.Statements.Again(c.Request().Context(), session.Who(c), own(c), attestation.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(own(c), next))
}

// taskPage shows one task: as it is stored, or with what was typed after a
// failure.
type taskPage func(c echo.Context, s scene, code int, failure error) error

// task shows a task of a statement that is still in preparation; of any other
// it leads to where the statement stands.
func (h Statements) task(show taskPage) echo.HandlerFunc {
	return func(c echo.Context) error {
		s, err := h.scene(c)
		if err != nil {
			return err
		}
		if s.statement.State != attestation.Preparing {
			return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID))
		}
		return show(c, s, http.StatusOK, nil)
	}
}

// saved ends the saving of a task: on to the next page, or the same one with
// what is wrong.
func (h Statements) saved(c echo.Context, s scene, err error, show taskPage, next string) error {
	switch {
	case errors.Is(err, attestation.ErrLocked):
		return h.preparePage(c, s, status(err), err)
	case mendable(err):
		return show(c, s, status(err), err)
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, statementPath(s.org.Code, s.statement.ID)+next)
}

// taskView is what every task's page begins with.
func (h Statements) taskView(c echo.Context, s scene, title, name string, failure error) attestationview.Task {
	at := statementPath(s.org.Code, s.statement.ID)
	t := attestationview.Task{Page: h.trustPage(c, title, s.org, s.cohorts), Caption: s.statement.Title(), Action: at + "/" + name, Seen: strconv.FormatInt(s.version, 10),
		Can: access.May(s.who, access.PrepareStatement, s.org.Code), Wrong: wrong(failure)}
	t.Back = backLink(at, "Back to the statement")
	t.Problems = problems(failure)
	return t
}

// overtaken tells whether somebody else saved before.
func overtaken(failure error) bool { return errors.Is(failure, attestation.ErrEdited) }
