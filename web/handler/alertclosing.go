package handler

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/views/alertview"
	"countersign/views/component"
	"countersign/web/session"
)

// closing shows the whole answer before it is closed.
func (h Alerts) closing(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	return h.closingPage(c, s, http.StatusOK, nil)
}

func (h Alerts) closingPage(c echo.Context, s alertScene, code int, failure error) error {
	if s.response.Closed() {
		return h.answerPage(c, s, code, failure)
	}
	if err := h.proofs(c, &s); err != nil {
		return err
	}
	page := s.closing()
	page.Page = h.trustPage(c, "Check and close – "+s.alert.Name(), s.org, s.cohorts)
	page.Back = backLink(alertPath(s.org.Code, s.alert.ID), s.alert.Name())
	page.Problems = problems(failure)
	return render(c, code, alertview.ClosingPage(page))
}

func (h Alerts) close(c echo.Context) error {
	return h.end(c, h.Alerts.Close(c.Request().Context(), session.Who(c), own(c), alert.ID(c.Param("id")), readVersion(c)), "alert closed", h.closingPage)
}

func (h Alerts) reopen(c echo.Context) error {
	return h.end(c, h.Alerts.Reopen(c.Request().Context(), session.Who(c), own(c), alert.ID(c.Param("id")), readVersion(c)), "alert opened again", h.answerPage)
}

// end leads back to the alert, or shows the page again with what was in the
// way. The same person's same act sent twice is one act.
func (h Alerts) end(c echo.Context, err error, kind string, again func(echo.Context, alertScene, int, error) error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, alertPath(own(c), alert.ID(c.Param("id"))))
	} else if !mendable(err) {
		return err
	}
	s, sceneErr := h.scene(c)
	if sceneErr != nil {
		return sceneErr
	}
	if last, ok := s.lastAnswer(); ok && last.Kind == kind && last.ActorID == s.who.ID && fault.KindOf(err) == fault.Conflict {
		return c.Redirect(http.StatusSeeOther, alertPath(s.org.Code, s.alert.ID))
	}
	return again(c, s, status(err), err)
}

// proofs reads the evidence of an answer, for those who may read evidence.
func (h Alerts) proofs(c echo.Context, s *alertScene) error {
	if !access.May(s.who, access.ReadEvidence, s.org.Code) {
		return nil
	}
	var err error
	s.proofs, err = h.Evidence.For(c.Request().Context(), s.who, s.org.Code, "alert/"+string(s.alert.ID))
	return err
}

// closing is the whole answer, and what is missing before it can be closed.
func (s alertScene) closing() alertview.Closing {
	r, path := s.response, alertPath(s.org.Code, s.alert.ID)
	page := alertview.Closing{Caption: s.caption(), Trust: trustShort(s.org.Name), Seen: s.seenNow()}
	row := func(key, value, change string) {
		line := component.SummaryRow{Key: key, Value: value}
		if change != "" {
			line.Actions = []component.Action{{Text: "Change", Href: change, Hidden: strings.ToLower(key)}}
		}
		page.Rows = append(page.Rows, line)
	}
	if r.Acknowledged != nil {
		row("Acknowledged", r.Acknowledged.By+", "+moment(r.Acknowledged.At), "")
	}
	if words := applicabilityWords[r.Applicability]; words != "" {
		row("Does it apply?", words, path+"/applicability")
	}
	if r.Applicability == alert.DoesNotApply {
		row("How you know", strings.Join(r.HowKnown, ", ")+", checked on "+longDay(r.CheckedOn), path+"/applicability?answer=none")
	}
	if did := s.did(); did != "" {
		row("What you did", did, path+"/action")
	}
	row("Evidence", plural(s.shown(), "file"), "")
	if r.Answered.Number > 1 {
		row("Your answer is to", "version "+strconv.FormatInt(r.Answered.Number, 10)+" of the alert", "")
	}
	page.Missing = s.missing()
	if len(page.Missing) == 0 {
		page.Post = path + "/closing"
	}
	return page
}

// missing says what is still to do before the answer can be closed. The act
// itself decides; this tells before somebody presses.
func (s alertScene) missing() []string {
	var list []string
	if s.response.Owes() {
		list = append(list, "Say again if it applies: the alert changed.")
	}
	if !s.response.Finished() {
		list = append(list, "Say that it is fixed everywhere, made safe, or does not apply.")
	}
	if s.shown() == 0 {
		list = append(list, "Add evidence: it shows how you know.")
	}
	return list
}

// shown is how many files show what the answer says: one that was rejected
// shows nothing.
func (s alertScene) shown() int {
	n := 0
	for _, f := range s.proofs {
		if f.Verdict != evidence.Rejected {
			n++
		}
	}
	return n
}

// recorded says after a conflict what someone else answered meanwhile.
func (s alertScene) recorded(err error) []string {
	if fault.KindOf(err) != fault.Conflict {
		return nil
	}
	last, ok := s.lastAnswer()
	if !ok {
		return nil
	}
	newest := alertRecord([]event.Event{last})[0]
	return []string{newest.What + ".", newest.Who + ", " + newest.At + "."}
}

// decisive are the events that change what is due or what was answered.
var decisive = map[string]bool{"alert acknowledged": true, "applicability given": true, "action recorded": true, "alert closed": true, "alert opened again": true,
	"alert received": true, "alert version received": true, "alert renewed": true, "past answer imported": true}

func (s alertScene) lastAnswer() (event.Event, bool) {
	at := slices.IndexFunc(s.log, func(e event.Event) bool { return decisive[e.Kind] })
	if at < 0 {
		return event.Event{}, false
	}
	return s.log[at], true
}
