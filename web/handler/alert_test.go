package handler

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/alertview"
	"countersign/views/layout"
	"countersign/views/layout/layouttest"
)

var (
	alertSent = time.Date(2026, time.November, 23, 15, 41, 0, 0, time.UTC)
	alertDue  = alertSent.Add(alert.AnswerWindow)
	calder    = organisation.Organisation{Code: "ZZ1", Name: "Calder Vale Teaching Hospitals NHS Trust", Kind: organisation.Acute}
)

func holder(id, name string, office access.Office, org organisation.Code) access.Actor {
	return access.Actor{ID: id, Name: name, At: alertSent, Appointments: []access.Appointment{{Office: office, Organisation: org}}}
}

func issuedAlert() alert.Alert {
	return alert.Alert{ID: "al_1", Number: 4712, State: alert.Issued, Author: "helen", Approval: &alert.Approval{By: "yusuf", At: alertSent}, AnswerDue: alertDue, ActionDue: alertSent.Add(alert.ActionWindow),
		Draft: alert.Draft{Title: "Remote code execution in Pellar mail gateway", Severity: alert.High, Class: alert.Normal, ThreatType: "Vulnerability",
			Why: "It is being used to get into hospitals now.", Steps: []alert.Step{{Text: "Install version 9.2 <today>."}, {Text: "Look for new accounts."}}}}
}

// sceneAt is the alert as the cyber lead of Calder Vale sees it.
func sceneAt(now time.Time, change func(*alert.Response)) alertScene {
	a := issuedAlert()
	r := alert.Response{Alert: a.ID, Organisation: calder.Code, IssuedAt: alertSent, AnswerDue: a.AnswerDue, ActionDue: a.ActionDue}
	if change != nil {
		change(&r)
	}
	return alertScene{who: holder("leila", "Leila Brandt", access.CyberLead, calder.Code), org: calder, alert: a, response: r, version: 3, now: now,
		log: []event.Event{{At: alertSent, ActorName: "Yusuf Karim", Office: access.AlertPublisher, Kind: "alert received", Detail: "CC-4712 sent"}}}
}

func taken(r *alert.Response) {
	r.Acknowledged = &alert.Acknowledgement{By: "Leila Brandt", At: alertSent.Add(2 * time.Hour)}
	r.NextUpdateDue = alertSent.Add(2*time.Hour + alert.UpdateWindow)
}

func applies(r *alert.Response) {
	taken(r)
	r.Applicability, r.AppliedAt = alert.AppliesToSome, alertSent.Add(3*time.Hour)
}

func appliesLate(r *alert.Response) {
	taken(r)
	r.Applicability, r.AppliedAt = alert.AppliesToAll, alertDue.Add(5*time.Hour)
}

func fixed(r *alert.Response) {
	applies(r)
	r.Outcome, r.ClosedAt, r.NextUpdateDue = alert.Fixed, alertSent.Add(30*time.Hour), time.Time{}
}

// promised applies, and promised an update late enough to matter to no test.
func promised(r *alert.Response) {
	applies(r)
	r.NextUpdateDue = alertSent.Add(90 * 24 * time.Hour)
}

// asked was answered, and is asked again by a newer version.
func asked(r *alert.Response) {
	promised(r)
	r.NextUpdateDue, r.Renewal = time.Time{}, &alert.Renewal{Edition: 2, Due: alertSent.Add(68 * time.Hour)}
}

// accepted cannot be fixed, and the risk was signed for.
func accepted(r *alert.Response) {
	applies(r)
	r.Outcome, r.NextUpdateDue, r.AcceptedUntil = alert.CannotFix, time.Time{}, alertSent.Add(30*24*time.Hour)
}

func notOurs(r *alert.Response) {
	taken(r)
	r.Applicability, r.AppliedAt, r.ClosedAt = alert.DoesNotApply, alertSent.Add(3*time.Hour), alertSent.Add(3*time.Hour)
	r.HowKnown, r.CheckedOn = []string{"Asset register", "Scan"}, "2026-11-22"
}

func TestAlertPageLeadsWithTheNextThing(t *testing.T) {
	const path = "/organisations/ZZ1/alerts/al_1"
	day := alertSent.Add(20 * time.Hour)
	for name, test := range map[string]struct {
		at                          time.Time
		change                      func(*alert.Response)
		status, next, button, leads string // leads: where the button goes
		due, left, inset            string
	}{
		"nobody has read it": {day, nil, "Not acknowledged", "Acknowledge this alert", "Acknowledge for Calder Vale Teaching Hospitals", path + "/acknowledgement",
			"Answer by 3:41pm on Wednesday 25 November 2026", "28 hours left", ""},
		"acknowledged": {day, taken, "Acknowledged", "Next, say if this alert applies", "Say if it applies", path + "/applicability",
			"Answer by 3:41pm on Wednesday 25 November 2026", "28 hours left", "Acknowledged. You still need to say if it applies, by 3:41pm tomorrow."},
		"nobody has read it and it is late": {alertDue.Add(5*time.Hour + time.Minute), nil, "Late", "Acknowledge this alert", "Acknowledge for Calder Vale Teaching Hospitals", path + "/acknowledgement",
			"Answer by 3:41pm on Wednesday 25 November 2026", "5 hours late", "This answer is 5 hours late. Answer now: late is recorded, and no answer is worse."},
		"acknowledged and late": {alertDue, taken, "Late", "Next, say if this alert applies", "Say if it applies", path + "/applicability",
			"Answer by 3:41pm on Wednesday 25 November 2026", "less than 1 minute late", "This answer is less than 1 minute late. Answer now: late is recorded, and no answer is worse. Acknowledged. You still need to say if it applies."},
		"it applies": {day, applies, "In progress", "Next, say what you did", "Say what you did", path + "/action",
			"Fix by 3:41pm on Monday 7 December 2026", "13 days left", ""},
		"answered late": {alertDue.Add(24 * time.Hour), appliesLate, "Answered late", "Next, say what you did", "Say what you did", path + "/action",
			"Fix by 3:41pm on Monday 7 December 2026", "11 days left", "Answered late: 8:41pm on 25 November 2026, 5 hours after the deadline."},
		"the fix is late": {alertSent.Add(alert.ActionWindow + 73*time.Hour), promised, "Late", "Next, say what you did", "Say what you did", path + "/action",
			"Fix by 3:41pm on Monday 7 December 2026", "3 days late", "The fix is 3 days late. Say what you have done: late is recorded, and no answer is worse."},
		"a promised update is late": {alertDue.Add(72 * time.Hour), applies, "Update late", "Next, say what you did", "Say what you did", path + "/action",
			"Fix by 3:41pm on Monday 7 December 2026", "9 days left", "You promised an update by 5:41pm on Thursday 26 November 2026. It is 46 hours late. Say what you have done so far."},
		"fixed and to be closed": {day, func(r *alert.Response) { applies(r); r.Outcome = alert.Fixed }, "In progress", "Next, check and close", "Check and close", path + "/closing",
			"Fix by 3:41pm on Monday 7 December 2026", "13 days left", ""},
		"the alert changed": {day, asked, "Answer again", "The alert changed: say again if it applies", "Say if it applies", path + "/applicability",
			"Answer again by 11:41am on Thursday 26 November 2026", "48 hours left", "This alert changed after you answered it. Read what changed, then say again if it applies, by 11:41am on Thursday 26 November 2026. Your first answer stays on record, with its own time."},
		"the alert changed and the new answer is late": {alertSent.Add(70 * time.Hour), asked, "Late", "The alert changed: say again if it applies", "Say if it applies", path + "/applicability",
			"Answer again by 11:41am on Thursday 26 November 2026", "2 hours late", "This alert changed after you answered it. Your new answer is 2 hours late. Answer now: late is recorded, and no answer is worse. Your first answer stays on record, with its own time."},
		"withdrawn": {day, func(r *alert.Response) { r.StoppedAt = alertSent.Add(10 * time.Hour) }, "Withdrawn", "Nothing more is due", "", "", "Withdrawn at 1:41am on 24 November 2026", "",
			"This alert was withdrawn at 1:41am on 24 November 2026. Both clocks have stopped, and nothing more is expected of you."},
		"a risk is accepted": {alertSent.Add(alert.ActionWindow + time.Hour), accepted, "Risk accepted until 23 December 2026", "The risk is accepted", "", "",
			"Risk accepted until 3:41pm on Wednesday 23 December 2026", "15 days left", "The risk is accepted until 3:41pm on Wednesday 23 December 2026. The alert opens again then."},
		"an acceptance ran out": {alertSent.Add(30*24*time.Hour + time.Hour), accepted, "Late", "Next, get the risk decided", "Ask for a decision", path + "/risk",
			"Fix by 3:41pm on Wednesday 23 December 2026", "1 hour late", "The risk was accepted until 3:41pm today. That has passed, so the alert is open again and 1 hour late."},
		"fixed": {day, fixed, "Fixed", "Nothing more is due", "", "", "Closed at 9:41pm on 24 November 2026", "", "Closed at 9:41pm on 24 November 2026. Fixed everywhere."},
		"does not apply": {day, notOurs, "Does not apply", "Nothing more is due", "", "", "Closed at 6:41pm on 23 November 2026", "",
			"Closed at 6:41pm on 23 November 2026. It does not apply. How you know: asset register, scan, checked on 22 November 2026."},
	} {
		t.Run(name, func(t *testing.T) {
			page := sceneAt(test.at, test.change).answer()
			got := []string{page.Status.Text, page.Next, page.Button, page.Post + page.Href, page.Due, page.Left, strings.Join(page.Inset, " ")}
			want := []string{test.status, test.next, test.button, test.leads, test.due, test.left, test.inset}
			if !slices.Equal(got, want) {
				t.Errorf("says\n%q, want\n%q", got, want)
			}
		})
	}
}

func TestAlertPageLeadsWithTheRiskWhileItIsOpen(t *testing.T) {
	stuck := func(r *alert.Response) { applies(r); r.Outcome = alert.CannotFix }
	lead, siro := holder("leila", "Leila Brandt", access.CyberLead, calder.Code), holder("tom", "Tom Hale", access.SIRO, calder.Code)
	chief := holder("imran", "Imran Sethi", access.ChiefExecutive, calder.Code)
	const risks = "/organisations/ZZ1/alerts/al_1/risk"
	for name, test := range map[string]struct {
		who    access.Actor
		change func(*alert.Response)
		state  risk.State
		next   string
		href   string
	}{
		"nobody has asked":                  {lead, stuck, "", "Next, get the risk decided", risks},
		"the cyber lead waits":              {lead, stuck, risk.Asked, "The risk waits for a decision", ""},
		"the SIRO decides":                  {siro, stuck, risk.Asked, "A decision about the risk waits for you", risks},
		"the SIRO has accepted":             {siro, stuck, risk.Escalated, "The risk waits for a decision", ""},
		"the chief executive decides":       {chief, stuck, risk.Escalated, "A decision about the risk waits for you", risks},
		"refused: the team acts":            {lead, stuck, risk.Refused, "Next, say what you did", "/organisations/ZZ1/alerts/al_1/action"},
		"fixed meanwhile: nothing is asked": {siro, func(r *alert.Response) { stuck(r); r.Outcome = alert.Fixed }, risk.Asked, "Next, check and close", "/organisations/ZZ1/alerts/al_1/closing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneAt(alertSent.Add(20*time.Hour), test.change)
			s.who = test.who
			if test.state != "" {
				s.risks = []risk.Request{{State: test.state}}
			}
			if page := s.answer(); page.Next != test.next || page.Href != test.href {
				t.Errorf("%q leads to %q", page.Next, page.Href)
			}
		})
	}
}

func TestTasksOpenInOrder(t *testing.T) {
	day := alertSent.Add(20 * time.Hour)
	for name, test := range map[string]struct {
		change func(*alert.Response)
		want   string // status of each task, * where it can be opened
	}{
		"nobody has read it": {nil, "Not yet started* Cannot start yet Cannot start yet Not yet started* Cannot start yet"},
		"acknowledged":       {taken, "Completed Not yet started* Cannot start yet Not yet started* Cannot start yet"},
		"still checking": {func(r *alert.Response) { taken(r); r.Applicability = alert.StillChecking },
			"Completed In progress* Cannot start yet Not yet started* Cannot start yet"},
		"it applies":           {applies, "Completed Completed* Not yet started* Not yet started* Cannot start yet"},
		"cannot fix yet":       {func(r *alert.Response) { applies(r); r.Outcome = alert.CannotFix }, "Completed Completed* In progress* Not yet started* Not yet started* Cannot start yet"},
		"fixed and not closed": {func(r *alert.Response) { applies(r); r.Outcome = alert.Fixed }, "Completed Completed* Completed* Not yet started* Cannot start yet"},
		"made safe":            {func(r *alert.Response) { applies(r); r.Outcome = alert.Covered }, "Completed Completed* Completed* Not yet started* Cannot start yet"},
		"waits for a supplier": {func(r *alert.Response) { applies(r); r.Outcome = alert.WaitingSupplier }, "Completed Completed* In progress* Not yet started* Cannot start yet"},
		"withdrawn":            {func(r *alert.Response) { applies(r); r.StoppedAt = alertSent }, "Completed Completed Not needed Not needed Not needed"},
		"fixed":                {fixed, "Completed Completed Completed Not yet started* Completed"},
		"does not apply":       {notOurs, "Completed Completed Not needed Not yet started* Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			scene := sceneAt(day, test.change)
			if got := taskStatuses(scene); got != test.want {
				t.Errorf("tasks\n%s, want\n%s", got, test.want)
			}
			scene.who = holder("ruth", "Ruth Pemberton", access.ExecutiveAssistant, calder.Code)
			if got := taskStatuses(scene); strings.Contains(got, "*") {
				t.Errorf("someone who may only read can open: %s", got)
			}
			if page := scene.answer(); page.Button != "" || page.Post != "" || page.Href != "" {
				t.Errorf("someone who may only read is offered %q", page.Button)
			}
		})
	}
}

func TestWithdrawnTasksLeadNowhere(t *testing.T) {
	scene := sceneAt(alertSent.Add(20*time.Hour), func(r *alert.Response) { fixed(r); r.StoppedAt = alertSent })
	scene.proofs = []evidence.File{{Title: "Scan"}}
	if got, want := taskStatuses(scene), "Completed Completed Completed Completed Completed"; got != want {
		t.Errorf("tasks %s, want %s", got, want)
	}
}

func TestRiskTaskSaysWhoseTurnItIs(t *testing.T) {
	stuck := func(r *alert.Response) { promised(r); r.Outcome = alert.CannotFix }
	for name, test := range map[string]struct {
		change func(*alert.Response)
		asked  []risk.Request
		want   string
	}{
		"not stuck":              {applies, nil, ""},
		"stuck":                  {stuck, nil, "Not yet started"},
		"asked":                  {stuck, []risk.Request{{State: risk.Asked}}, "Waiting for SIRO"},
		"half accepted":          {stuck, []risk.Request{{State: risk.Escalated}, {State: risk.Accepted}}, "Waiting for chief executive"},
		"accepted":               {stuck, []risk.Request{{State: risk.Accepted, Until: "2026-12-08"}}, "Completed"},
		"refused, and fixed now": {fixed, []risk.Request{{State: risk.Refused}}, "Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneAt(alertSent.Add(20*time.Hour), test.change)
			s.risks = test.asked
			task, needed := s.riskTask()
			if needed != (test.want != "") || (needed && task.Tag.Text != test.want) {
				t.Errorf("%+v", task)
			}
		})
	}
}

func TestClosingSaysWhatIsMissing(t *testing.T) {
	proof := evidence.File{Verdict: evidence.Ready}
	done := func(r *alert.Response) { applies(r); r.Outcome = alert.Fixed }
	for name, test := range map[string]struct {
		change func(*alert.Response)
		proofs []evidence.File
		want   string
	}{
		"nothing":              {done, []evidence.File{proof}, ""},
		"evidence":             {done, nil, "Add evidence: it shows how you know."},
		"evidence that counts": {done, []evidence.File{{Verdict: evidence.Rejected}}, "Add evidence: it shows how you know."},
		"the fix":              {applies, []evidence.File{proof}, "Say that it is fixed everywhere, made safe, or does not apply."},
		"the new answer":       {func(r *alert.Response) { asked(r); r.Outcome = alert.Fixed }, []evidence.File{proof}, "Say again if it applies: the alert changed."},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneAt(alertSent.Add(20*time.Hour), test.change)
			s.proofs = test.proofs
			page := s.closing()
			if got := strings.Join(page.Missing, " "); got != test.want || (page.Post == "") != (test.want != "") {
				t.Errorf("missing %q, may be closed: %t", got, page.Post != "")
			}
			if last := s.tasks()[len(s.tasks())-1]; (last.Href != "") != (test.want == "") {
				t.Errorf("the task leads to %q", last.Href)
			}
		})
	}
}

func taskStatuses(s alertScene) string {
	var list []string
	for _, task := range s.tasks() {
		status := task.Tag.Text
		if task.Href != "" {
			status += "*"
		}
		list = append(list, status)
	}
	return strings.Join(list, " ")
}

func TestAlertListPagesByTime(t *testing.T) {
	now := alertSent.Add(20 * time.Hour)
	rows := make([]alert.Titled, alertsPerPage+1)
	for i := range rows {
		r := sceneAt(now, fixed).response
		r.IssuedAt = alertSent.Add(-time.Duration(i) * time.Hour)
		rows[i] = alert.Titled{Response: r, Number: int64(100 - i), Title: "Title", Severity: alert.High}
	}
	rows[3].Response = sceneAt(now, taken).response
	first := alertList(rows, calder.Code, now.Add(time.Hour), now)
	if len(first.Rows) != alertsPerPage || first.Newest != "" {
		t.Errorf("%d rows, newest %q", len(first.Rows), first.Newest)
	}
	if want := fmt.Sprintf("/organisations/ZZ1/alerts?before=%d", rows[alertsPerPage-1].IssuedAt.UnixMicro()); first.Older != want {
		t.Errorf("older alerts are at %s, want %s", first.Older, want)
	}
	if want := "1 alert needs an answer. It is due by 3:41pm tomorrow."; first.Lead != want {
		t.Errorf("leads with %q", first.Lead)
	}
	last := alertList(rows[alertsPerPage:], calder.Code, rows[alertsPerPage-1].IssuedAt, now)
	if len(last.Rows) != 1 || last.Older != "" || last.Newest != "/organisations/ZZ1/alerts" || last.Lead != "" {
		t.Errorf("the last page: %+v", last)
	}
	if whole := alertList(rows[:alertsPerPage], calder.Code, now.Add(time.Hour), now); len(whole.Rows) != alertsPerPage || whole.Older != "" {
		t.Errorf("a full page with nothing after it leads to %q", whole.Older)
	}
	if none := alertList(nil, calder.Code, now.Add(time.Hour), now); none.Empty != "No alerts have been sent to you." {
		t.Errorf("an empty list says %q", none.Empty)
	}
}

func TestAlertRowsSayWhatIsDue(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*alert.Response)
		want   string
	}{
		"unread": {nil, "Acknowledge by 3:41pm tomorrow"}, "acknowledged": {taken, "Say if it applies by 3:41pm tomorrow"},
		"applies": {applies, "Fix by 3:41pm on Monday 7 December 2026"}, "fixed": {fixed, "Closed 24 November 2026"},
	} {
		now := alertSent.Add(20 * time.Hour)
		if got := alertNext(sceneAt(now, test.change).response, now); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestDeadlineAcrossAClockChangeNamesTheZone(t *testing.T) {
	s := sceneAt(alertSent, nil)
	s.response.IssuedAt = time.Date(2026, 10, 24, 9, 0, 0, 0, time.UTC)
	if got := s.due(s.response.IssuedAt.Add(alert.AnswerWindow)); got != "9am on Monday 26 October 2026 (UK time)" {
		t.Errorf("due %q", got)
	}
}

func TestReviewOffersWhatThePublisherMayDo(t *testing.T) {
	for name, test := range map[string]struct {
		state                          alert.State
		reader                         string
		reach                          int
		caption, notice, submit, issue string
	}{
		"the author's draft":             {alert.Drafting, "helen", 206, "Draft", "", "/alerts/al_1/submission", ""},
		"somebody else's draft":          {alert.Drafting, "yusuf", 206, "Draft", "The author has not sent this alert for approval yet.", "", ""},
		"the author waits":               {alert.Waiting, "helen", 206, "Waiting for approval", "You wrote this alert, so another publisher must approve it.", "", ""},
		"the second publisher":           {alert.Waiting, "yusuf", 206, "Waiting for your approval", "", "", "/alerts/al_1/issue"},
		"a draft for nobody":             {alert.Drafting, "helen", 0, "Draft", "", "", ""},
		"approval of an alert to nobody": {alert.Waiting, "yusuf", 0, "Waiting for your approval", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := issuedAlert()
			a.State = test.state
			page := alertReview(a, many(test.reach), test.reader, alertSent)
			if page.Caption != test.caption || page.Notice != test.notice || page.Submit != test.submit || page.Issue != test.issue || page.Nobody != (test.reach == 0) {
				t.Errorf("caption %q, notice %q, submit %q, issue %q, nobody %t", page.Caption, page.Notice, page.Submit, page.Issue, page.Nobody)
			}
		})
	}
}

// manyResponses has one of each standing at one organisation or more.
func manyResponses(now time.Time) ([]alert.Response, map[organisation.Code]string) {
	names := map[organisation.Code]string{"ZA1": "Ashby Community NHS Trust", "ZB1": "Bexford Ambulance Service NHS Trust", "ZC1": "Calder Vale NHS Trust", "ZD1": "Denby Hospitals NHS Trust"}
	var list []alert.Response
	for org, change := range map[organisation.Code]func(*alert.Response){"ZA1": fixed, "ZB1": nil, "ZC1": applies, "ZD1": nil} {
		r := sceneAt(now, change).response
		r.Organisation = org
		list = append(list, r)
	}
	return list, names
}

func TestResponsesShowTheLateFirst(t *testing.T) {
	now := alertDue.Add(time.Hour)
	responses, names := manyResponses(now)
	page := responsesView(issuedAlert(), responses, names, 1, now)
	var order []string
	for _, row := range page.Rows {
		order = append(order, row.Code+" "+row.Status.Text)
	}
	if want := []string{"ZB1 Late", "ZD1 Late", "ZC1 In progress", "ZA1 Fixed"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if page.Lead != "2 of 4 trusts have acknowledged" || page.Counts[0].Value != "2 of 4 trusts" || page.Counts[2] != (alertview.Fact{Name: "Late", Value: "2 trusts"}) {
		t.Errorf("counts %q %v", page.Lead, page.Counts)
	}
	if page.Previous+page.Next != "" || page.Shown != "Late first, then A to Z. 1 to 4 of 4." {
		t.Errorf("%q, %q, %q", page.Shown, page.Previous, page.Next)
	}
}

func TestResponsesArePaged(t *testing.T) {
	responses := make([]alert.Response, 2*responsesPerPage+1)
	for i := range responses {
		responses[i] = sceneAt(alertSent, nil).response
	}
	for asked, want := range map[int]string{
		1:  "50 rows, before: , after: /alerts/al_1?page=2",
		2:  "50 rows, before: /alerts/al_1?page=1, after: /alerts/al_1?page=3",
		3:  "1 rows, before: /alerts/al_1?page=2, after: ",
		99: "1 rows, before: /alerts/al_1?page=2, after: ",
	} {
		page := responsesView(issuedAlert(), responses, nil, asked, alertSent)
		if got := fmt.Sprintf("%d rows, before: %s, after: %s", len(page.Rows), page.Previous, page.Next); got != want {
			t.Errorf("page %d: %s, want %s", asked, got, want)
		}
	}
}

func frame(title string) layout.Page {
	return layout.Page{Title: title, Service: "Countersign", SignedIn: true, Person: "Leila Brandt"}
}

// alertPages renders the main states of every page.
func alertPages() map[string]templ.Component {
	now := alertSent.Add(20 * time.Hour)
	pages := map[string]templ.Component{}
	for name, s := range map[string]alertScene{
		"unread": sceneAt(now, nil), "acknowledged": sceneAt(now, taken), "late": sceneAt(alertDue.Add(5*time.Hour), taken),
		"applies": sceneAt(now, applies), "answered-late": sceneAt(alertDue.Add(24*time.Hour), appliesLate), "closed": sceneAt(now.Add(48*time.Hour), fixed), "not-ours": sceneAt(now, notOurs),
	} {
		s.proofs = []evidence.File{{ID: "ev_1", Organisation: calder.Code, Title: "Scan of 22 November", Verdict: evidence.Ready, AboutOn: "2026-11-22", RunsUntil: "2027-11-22"}}
		page := s.answer()
		page.Page = frame(s.alert.Draft.Title)
		pages["answer-"+name] = alertview.AnswerPage(page)
	}
	reader := sceneAt(now, nil)
	reader.who = holder("ruth", "Ruth Pemberton", access.ExecutiveAssistant, calder.Code)
	page := reader.answer()
	page.Page = frame("Alert")
	pages["answer-reader"] = alertview.AnswerPage(page)
	rung := sceneAt(now, nil)
	rung.calls = []alert.Contact{{Rung: "The duty desk", By: "Helen Marsh", At: now.Add(-time.Hour), Outcome: "The cyber lead will acknowledge it before 5pm."}}
	page = rung.answer()
	page.Page = frame("Alert")
	pages["answer-rung"] = alertview.AnswerPage(page)

	list := alertList([]alert.Titled{{Response: sceneAt(now, nil).response, Number: 4712, Title: "Mail gateway", Severity: alert.High}, {Response: sceneAt(now, fixed).response, Number: 4700, Title: "Printers", Severity: alert.Low}}, calder.Code, now, now)
	list.Page = frame("Alerts")
	pages["list"] = alertview.ListPage(list)
	empty := alertList(nil, calder.Code, now, now)
	empty.Page = frame("Alerts")
	pages["list-empty"] = alertview.ListPage(empty)

	wrongApplies := alert.Applies{Answer: alert.DoesNotApply}.Check(now)
	for name, second := range map[string]bool{"applicability": false, "applicability-none": true} {
		p := sceneAt(now, taken).applicability()
		p.Page, p.Second = frame("Does this alert apply"), second
		if second {
			p.Value, p.Problems, p.Wrong = "none", alertProblems(wrongApplies), wrong(wrongApplies)
		}
		pages[name] = alertview.ApplicabilityPage(p)
	}
	closing := sceneAt(now, func(r *alert.Response) { applies(r); r.Outcome = alert.Fixed })
	closing.proofs = []evidence.File{{Verdict: evidence.Ready}}
	ready, unready := closing.closing(), sceneAt(now, applies).closing()
	ready.Page, unready.Page = frame("Check and close"), frame("Check and close")
	pages["closing"], pages["closing-missing"] = alertview.ClosingPage(ready), alertview.ClosingPage(unready)
	whole := sceneAt(now.Add(40*time.Hour), asked)
	whole.alert.Draft.Rehearsal, whole.alert.Draft.CVEs, whole.alert.Draft.Indicators = true, []alert.CVE{{ID: "CVE-2026-12345", Status: "Master", Text: "In the <gateway>"}}, "New accounts."
	whole.alert.Draft.Platforms, whole.alert.Draft.Sources = []alert.Platform{{Name: "Pellar", Versions: []string{"9.0", "9.1"}}}, []string{"https://supplier.example/"}
	whole.versions = []alert.Version{{Number: 2, Kind: alert.Update, Reason: "It is used now.", Renew: true, Approval: &alert.Approval{At: now}}, {Number: 1, Kind: alert.FirstIssue, Approval: &alert.Approval{At: alertSent}}}
	again := whole.answer()
	again.Page = frame("Alert")
	pages["answer-again"] = alertview.AnswerPage(again)
	checking := sceneAt(now, taken).applicability()
	checking.Page, checking.Second, checking.Value = frame("When will you know more"), true, "checking"
	pages["applicability-checking"] = alertview.ApplicabilityPage(checking)
	s := sceneAt(now, applies)
	conflict := s.applicability()
	conflict.Page, conflict.Recorded = frame("Does this alert apply"), s.recorded(alert.ErrChanged)
	conflict.Problems = alertProblems(alert.ErrChanged)
	pages["applicability-conflict"] = alertview.ApplicabilityPage(conflict)
	for name, failure := range map[string]error{"": nil, "part": alert.Action{Outcome: alert.FixedInPart}.Check(now), "cannot": alert.Action{Outcome: alert.CannotFix}.Check(now),
		"mitigated": alert.Action{Outcome: alert.Covered}.Check(now), "supplier": alert.Action{Outcome: alert.WaitingSupplier}.Check(now), "national": alert.Action{Outcome: alert.WaitingNational}.Check(now)} {
		p := s.action()
		p.Page, p.Value, p.Second = frame("What have you done"), name, name != ""
		p.Problems, p.Wrong = alertProblems(failure), wrong(failure)
		pages[strings.TrimSuffix("action-"+name, "-")] = alertview.ActionPage(p)
	}
	nationalStates(pages, now)
	return pages
}

func nationalStates(pages map[string]templ.Component, now time.Time) {
	draft := issuedAlert()
	draft.State, draft.Number, draft.Approval, draft.DraftedAt = alert.Waiting, 0, nil, alertSent
	national := nationalList([]alert.Counted{{ID: "al_1", Number: 4712, Title: "Mail gateway", Severity: alert.High, IssuedAt: alertSent, AnswerDue: alertDue, Asked: 1206, Acknowledged: 1171, Answered: 90, Fixed: 3}}, []alert.Alert{draft}, now.Add(time.Hour), now)
	national.Page, national.Shows, national.Write = frame("Alerts"), true, "/alerts/new"
	pages["national"] = alertview.NationalPage(national)
	none := nationalList(nil, nil, now.Add(time.Hour), now)
	none.Page, none.Shows = frame("Alerts"), true
	pages["national-empty"] = alertview.NationalPage(none)

	failure := alert.Draft{}.Check()
	write := alertForm(alert.Draft{})
	write.Page, write.Heading, write.Post = frame("Write an alert"), "Write an alert", "/alerts/new"
	write.Problems, write.Wrong = problems(failure), wrong(failure)
	pages["write-problems"] = alertview.WritePage(write)
	pages["imported"] = importedPage(3)
	pages["imported-none"] = importedPage(0)
	for name, reader := range map[string]string{"author": "helen", "second": "yusuf"} {
		review := alertReview(draft, many(1206), reader, now)
		review.Email, _ = Alerts{Letters: Letters{Service: "Countersign", BaseURL: &url.URL{Scheme: "https", Host: "portal.example"}}}.email(announced(draft, now), many(1206))
		review.Page = frame("Check before sending")
		pages["review-"+name] = alertview.ReviewPage(review)
	}
	nobody := alertReview(draft, many(0), "yusuf", now)
	nobody.Page = frame("Check before sending")
	pages["review-nobody"] = alertview.ReviewPage(nobody)
	responses, names := manyResponses(now)
	followed := responsesView(issuedAlert(), responses, names, 1, now)
	followed.Page = frame("Responses")
	pages["responses"] = alertview.ResponsesPage(followed)
}

var bannedWords = regexp.MustCompile(`(?i)\b(compliant|remediate|RAG|stakeholder|please|click here)\b|!`)

func TestAlertPagesAreSoundPlainAndAsReviewed(t *testing.T) {
	for name, page := range alertPages() {
		t.Run(name, func(t *testing.T) {
			markup := layouttest.Render(t, page)
			_, main, _ := strings.Cut(markup, "<main")
			main, _, _ = strings.Cut(main, "</main>")
			if found := bannedWords.FindString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(main, " ")); found != "" {
				t.Errorf("says %q", found)
			}
			golden(t, "alert/"+name, page)
		})
	}
}

// stubAlerts answers for the service; what is not set up panics.
type stubAlerts struct {
	answering //lint:ignore U1000 the methods the tests do not set up
	publishing
	scene   alertScene
	failure error
	applied alert.Applies
	acted   alert.Action
	drafted alert.Draft
	seen    int64
	kept    bool
	before  time.Time
	chosen  []alert.Chosen
	revised alert.Revision
	opened  bool
}

func (s *stubAlerts) Read(context.Context, access.Actor, organisation.Code, alert.ID) (alert.Alert, alert.Response, int64, error) {
	return s.scene.alert, s.scene.response, s.scene.version, nil
}

func (s *stubAlerts) Acknowledge(context.Context, access.Actor, organisation.Code, alert.ID) error {
	s.kept = s.failure == nil
	return s.failure
}

func (s *stubAlerts) Apply(_ context.Context, _ access.Actor, _ organisation.Code, _ alert.ID, seen int64, answer alert.Applies) error {
	s.applied, s.seen = answer, seen
	if s.failure == nil {
		s.failure = answer.Check(s.scene.now)
	}
	s.kept = s.failure == nil
	return s.failure
}

func (s *stubAlerts) Act(_ context.Context, _ access.Actor, _ organisation.Code, _ alert.ID, seen int64, action alert.Action) error {
	s.acted, s.seen = action, seen
	if s.failure == nil {
		s.failure = action.Check(s.scene.now)
	}
	s.kept = s.failure == nil
	return s.failure
}

func (s *stubAlerts) Close(_ context.Context, _ access.Actor, _ organisation.Code, _ alert.ID, seen int64) error {
	s.kept, s.seen = s.failure == nil, seen
	return s.failure
}

func (s *stubAlerts) Reopen(ctx context.Context, who access.Actor, org organisation.Code, id alert.ID, seen int64) error {
	return s.Close(ctx, who, org, id, seen)
}

func (s *stubAlerts) Versions(context.Context, access.Actor, organisation.Code, alert.ID) ([]alert.Version, error) {
	return s.scene.versions, nil
}

func (s *stubAlerts) Requests(context.Context, access.Actor, organisation.Code, alert.ID) ([]risk.Request, []risk.Signature, error) {
	return s.scene.risks, nil, nil
}

func (s *stubAlerts) CallsOf(context.Context, access.Actor, organisation.Code, alert.ID) ([]alert.Contact, error) {
	return s.scene.calls, nil
}

func (s *stubAlerts) Open(context.Context, access.Actor, organisation.Code, alert.ID) error {
	s.opened = true
	return nil
}

func (s *stubAlerts) Mine(context.Context, access.Actor, alert.ID) (alert.Alert, []alert.Held, error) {
	return s.scene.alert, []alert.Held{{Organisation: calder.Code, Response: s.scene.response, Version: 3}, {Organisation: "ZZ2", Response: s.scene.response, Version: 5}}, nil
}

func (s *stubAlerts) ApplyJointly(_ context.Context, _ access.Actor, _ alert.ID, chosen []alert.Chosen, answer alert.Applies) (map[organisation.Code]error, error) {
	s.chosen, s.applied, s.kept = chosen, answer, s.failure == nil
	if s.failure != nil {
		return map[organisation.Code]error{"ZZ2": s.failure}, nil
	}
	return nil, nil
}

func (s *stubAlerts) Revise(_ context.Context, _ access.Actor, _ alert.ID, r alert.Revision) error {
	s.revised = r
	return s.failure
}

func (s *stubAlerts) Reissue(context.Context, access.Actor, alert.ID, string) error { return s.failure }
func (s *stubAlerts) Drop(context.Context, access.Actor, alert.ID) error            { return s.failure }

func (s *stubAlerts) ResponsesTo(context.Context, access.Actor, alert.ID) (alert.Alert, []alert.Response, error) {
	return s.scene.alert, []alert.Response{s.scene.response}, nil
}

func (s *stubAlerts) Draft(_ context.Context, _ access.Actor, draft alert.Draft) (alert.ID, error) {
	s.drafted = draft
	s.failure = draft.Check()
	s.kept = s.failure == nil
	return "al_9", s.failure
}

func (s *stubAlerts) Approve(_ context.Context, _ access.Actor, _ alert.ID, shown string) error {
	if shown != s.scene.alert.Draft.Digest() {
		return alert.ErrOtherWords
	}
	s.kept = s.failure == nil
	return s.failure
}

func (s *stubAlerts) ReadDraft(context.Context, access.Actor, alert.ID) (alert.Alert, error) {
	return s.scene.alert, nil
}

func (s *stubAlerts) Reach(context.Context, access.Actor, alert.Audience) ([]organisation.Code, error) {
	return many(206).codes(), nil
}

// Audience has seven people at each trust but the first.
func (s *stubAlerts) Audience(_ context.Context, _ access.Actor, orgs []organisation.Code) (notification.Audience, error) {
	return notification.Audience{People: 7 * (len(orgs) - 1), Silent: orgs[:1]}, nil
}

// many are so many trusts, the first of which has no address, and seven people at
// each of the others.
func many(n int) reached {
	to := reached{people: 7 * max(0, n-1)}
	for i := range n {
		to.trusts = append(to.trusts, namedTrust{organisation.Code(fmt.Sprintf("Z%04d", i)), fmt.Sprintf("Trust %04d", i)})
	}
	for _, t := range to.trusts[:min(n, 1)] {
		to.silent = []string{t.name}
	}
	return to
}

func (r reached) codes() []organisation.Code {
	var list []organisation.Code
	for _, t := range r.trusts {
		list = append(list, t.code)
	}
	return list
}

func (s *stubAlerts) Drafts(context.Context, access.Actor) ([]alert.Alert, error) { return nil, nil }

// Imported has 120 drafts, which nothing but "log4j" leaves out.
func (s *stubAlerts) Imported(_ context.Context, _ access.Actor, search string, after alert.ID, limit int) ([]alert.Alert, int, error) {
	var list []alert.Alert
	n := 120
	if search == "log4j" {
		n = 0
	}
	for i := range n {
		if id := alert.ID(fmt.Sprintf("al_%03d", i)); id > after && len(list) < limit {
			list = append(list, alert.Alert{ID: id, State: alert.Drafting, DraftedAt: alertSent, Draft: alert.Draft{Title: fmt.Sprintf("Flaw <%d>", i), Origin: alert.Origin{Kind: "kev", Reference: "CVE-2026-1000"}, CVEs: []alert.CVE{{ID: "CVE-2026-1000"}, {ID: "CVE-2026-1001"}, {ID: "CVE-2026-1002"}}}})
		}
	}
	return list, n, nil
}

func (s *stubAlerts) Issued(context.Context, access.Actor, time.Time, int) ([]alert.Counted, error) {
	return nil, nil
}

func (s *stubAlerts) About(context.Context, access.Actor, organisation.Code, string, int) ([]event.Event, error) {
	return s.scene.log, nil
}

func (s *stubAlerts) For(context.Context, access.Actor, organisation.Code, string) ([]evidence.File, error) {
	return nil, nil
}

// Responses has as many as are asked for.
func (s *stubAlerts) Responses(_ context.Context, _ access.Actor, _ organisation.Code, before time.Time, limit int) ([]alert.Titled, error) {
	s.before = before
	rows := make([]alert.Titled, limit)
	for i := range rows {
		rows[i] = alert.Titled{Response: s.scene.response, Title: "Mail gateway"}
	}
	return rows, nil
}

// stubRegister knows Calder Vale and one cohort.
type stubRegister struct{}

func (stubRegister) Read(context.Context, access.Actor, organisation.Code) (organisation.Organisation, []string, error) {
	return calder, nil, nil
}

func (stubRegister) All(context.Context, access.Pass) ([]organisation.Organisation, error) {
	return []organisation.Organisation{calder}, nil
}

func (stubRegister) Cohorts(context.Context, access.Pass, organisation.Day) (map[organisation.Code][]string, error) {
	return map[organisation.Code][]string{calder.Code: {"Major trauma centre"}}, nil
}

// ask sends a request to one address of the alerts, as somebody.
func ask(t *testing.T, stub *stubAlerts, who access.Actor, method, address string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	base, _ := url.Parse("https://portal.example")
	h := Alerts{Site: Site{Name: "Countersign", BaseURL: base, Now: func() time.Time { return stub.scene.now }}, Alerts: stub, Register: stubRegister{}, Everyone: stubRegister{}, Events: stub, Evidence: stub, Risks: stub, Openings: stub, Told: stub, Calls: stub, Letters: Letters{Service: "Countersign", BaseURL: base}}
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		_ = c.NoContent(statuses[fault.KindOf(err)] + 100*b2i(fault.KindOf(err) == ""))
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set("countersign actor", who) // as web/session leaves it
			return next(c)
		}
	})
	if err := Install(e, h.Routes(), NewLimits(time.Now)); err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, request)
	return answer
}

func b2i(yes bool) int {
	if yes {
		return 5
	}
	return 0
}

func TestAnsweringOverHTTP(t *testing.T) {
	const path = "/organisations/ZZ1/alerts/al_1"
	now := alertSent.Add(20 * time.Hour)
	lead := holder("leila", "Leila Brandt", access.CyberLead, calder.Code)
	reader := holder("ruth", "Ruth Pemberton", access.ExecutiveAssistant, calder.Code)
	elsewhere := holder("omar", "Omar Field", access.CyberLead, "ZZ2")
	for name, test := range map[string]struct {
		who      access.Actor
		method   string
		at, form string
		change   func(*alert.Response)
		failure  error
		code     int
		leads    string
		kept     bool
		says     string
	}{
		"acknowledges":                                    {lead, "POST", "/acknowledgement", "", nil, nil, 303, path, true, ""},
		"the same person acknowledges twice":              {lead, "POST", "/acknowledgement", "", taken, alert.ErrAcknowledged, 303, path, false, ""},
		"the same answer twice is one":                    {lead, "POST", "/applicability", "applies=some&seen=2", applies, alert.ErrChanged, 303, path, false, ""},
		"the same action twice is one":                    {lead, "POST", "/action", "outcome=fixed&seen=2", func(r *alert.Response) { applies(r); r.Outcome = alert.Fixed }, alert.ErrChanged, 303, path, false, ""},
		"another action meanwhile":                        {lead, "POST", "/action", "outcome=fixed&seen=2", applies, alert.ErrChanged, 409, "", false, "What is recorded now"},
		"it was closed between two pages":                 {lead, "GET", "/action?outcome=supplier&seen=2", "", fixed, nil, 409, "", false, "This answer is closed."},
		"it was withdrawn between two pages":              {lead, "GET", "/applicability?answer=none&seen=2", "", func(r *alert.Response) { taken(r); r.StoppedAt = alertSent }, nil, 409, "", false, "This alert was withdrawn"},
		"somebody else acknowledged first":                {lead, "POST", "/acknowledgement", "", func(r *alert.Response) { taken(r); r.Acknowledged.By = "Tom Hale" }, alert.ErrAcknowledged, 409, "", false, "already been acknowledged"},
		"a reader cannot acknowledge":                     {reader, "POST", "/acknowledgement", "", nil, nil, 403, "", false, ""},
		"for somebody elsewhere it is not there":          {elsewhere, "POST", "/acknowledgement", "", nil, nil, 404, "", false, ""},
		"the question waits for the acknowledgement":      {lead, "GET", "/applicability", "", nil, nil, 303, path, false, ""},
		"the question is not asked of a closed answer":    {lead, "GET", "/applicability", "", fixed, nil, 303, path, false, ""},
		"says it applies":                                 {lead, "POST", "/applicability", "applies=all&seen=3", taken, nil, 303, path, true, ""},
		"selects nothing":                                 {lead, "POST", "/applicability", "seen=3", taken, nil, 422, "", false, "Select whether this alert applies"},
		"says no, and is asked how":                       {lead, "POST", "/applicability", "applies=none&seen=3", taken, nil, 303, path + "/applicability?answer=none&seen=3", false, ""},
		"does not say how":                                {lead, "POST", "/applicability", "applies=none&second=1&seen=3", taken, nil, 422, "", false, "Select how you know it does not apply"},
		"keeps a date that is none":                       {lead, "POST", "/applicability", "applies=none&second=1&seen=3&how=Scan&checked-day=31&checked-month=2&checked-year=2026", taken, nil, 422, "", false, `value="31"`},
		"says how":                                        {lead, "POST", "/applicability", "applies=none&second=1&seen=3&how=Scan&checked-day=22&checked-month=11&checked-year=2026", taken, nil, 303, path, true, ""},
		"somebody else answered meanwhile":                {lead, "POST", "/applicability", "applies=all&seen=2", applies, alert.ErrChanged, 409, "", false, "What is recorded now"},
		"what was done waits for the applicability":       {lead, "GET", "/action", "", taken, nil, 303, path, false, ""},
		"fixed everywhere":                                {lead, "POST", "/action", "outcome=fixed&seen=3", applies, nil, 303, path, true, ""},
		"fixed in part, and is asked how many":            {lead, "POST", "/action", "outcome=part&seen=3", applies, nil, 303, path + "/action?outcome=part&seen=3", false, ""},
		"numbers that are none":                           {lead, "POST", "/action", "outcome=part&second=1&seen=3&fixed=some&assets=9", applies, nil, 422, "", false, `value="some"`},
		"numbers with commas":                             {lead, "POST", "/action", "outcome=part&second=1&seen=3&fixed=1,100&assets=1,200&plan-day=1&plan-month=12&plan-year=2026", applies, nil, 303, path, true, ""},
		"cannot, without a reason":                        {lead, "POST", "/action", "outcome=cannot&second=1&seen=3", applies, nil, 422, "", false, "Enter why it cannot be fixed yet"},
		"still checking, and is asked until when":         {lead, "POST", "/applicability", "applies=checking&seen=3", taken, nil, 303, path + "/applicability?answer=checking&seen=3", false, ""},
		"promises too late":                               {lead, "POST", "/applicability", "applies=checking&second=1&seen=3&update-day=1&update-month=2&update-year=2027", taken, nil, 422, "", false, "must be within 30 days"},
		"promises an update":                              {lead, "POST", "/applicability", "applies=checking&second=1&seen=3&update-day=30&update-month=11&update-year=2026", taken, nil, 303, path, true, ""},
		"made safe, and is asked by what":                 {lead, "POST", "/action", "outcome=mitigated&seen=3", applies, nil, 303, path + "/action?outcome=mitigated&seen=3", false, ""},
		"made safe by nothing":                            {lead, "POST", "/action", "outcome=mitigated&second=1&seen=3", applies, nil, 422, "", false, "Enter what makes it safe"},
		"waits for a supplier":                            {lead, "POST", "/action", "outcome=supplier&second=1&seen=3&reason=Halvard", applies, nil, 303, path, true, ""},
		"two dates that are none":                         {lead, "POST", "/action", "outcome=part&second=1&seen=3&fixed=1&assets=9&plan-day=31&plan-month=2&plan-year=2026&update-day=1", applies, nil, 422, "", false, "Date must include a month"},
		"sees what will be closed":                        {lead, "GET", "/closing", "", applies, nil, 200, "", false, "This alert cannot be closed yet"},
		"closes":                                          {lead, "POST", "/closing", "seen=3", applies, nil, 303, path, true, ""},
		"closes without evidence":                         {lead, "POST", "/closing", "seen=3", applies, alert.ErrNoProof, 409, "", false, "Add evidence before you close this alert"},
		"closes what is closed":                           {lead, "POST", "/closing", "seen=3", fixed, alert.ErrClosed, 409, "", false, "This answer is closed."},
		"a reader cannot close":                           {reader, "POST", "/closing", "seen=3", applies, nil, 403, "", false, ""},
		"opens again":                                     {lead, "POST", "/reopening", "seen=3", fixed, nil, 303, path, true, ""},
		"opens again what somebody opened":                {lead, "POST", "/reopening", "seen=3", applies, alert.ErrOpen, 409, "", false, "This answer is open already."},
		"a trust's people are led from the national list": {lead, "GET", "NATIONAL", "", nil, nil, 303, "/organisations/ZZ1/alerts", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			stub := &stubAlerts{scene: sceneAt(now, test.change), failure: test.failure}
			form, _ := url.ParseQuery(test.form)
			address := path + test.at
			if test.at == "NATIONAL" {
				address = "/alerts"
			}
			answer := ask(t, stub, test.who, test.method, address, form)
			if answer.Code != test.code || answer.Header().Get("Location") != test.leads || stub.kept != test.kept {
				t.Errorf("%d to %q, kept: %t; want %d to %q, %t", answer.Code, answer.Header().Get("Location"), stub.kept, test.code, test.leads, test.kept)
			}
			if !strings.Contains(answer.Body.String(), test.says) {
				t.Errorf("does not say %q", test.says)
			}
			if answer.Code == 422 || answer.Code == 409 {
				layouttest.Check(t, answer.Body.String())
				if !strings.Contains(answer.Body.String(), "<title>Error: ") {
					t.Error("the title does not begin with Error")
				}
			}
		})
	}
}

func TestOneAnswerForSeveralTrusts(t *testing.T) {
	both := holder("leila", "Leila Brandt", access.CyberLead, calder.Code)
	both.Appointments = append(both.Appointments, access.Appointment{Office: access.CyberLead, Organisation: "ZZ2"})
	for name, test := range map[string]struct {
		form    string
		failure error
		code    int
		kept    bool
		says    string
	}{
		"chooses nothing":            {"step=answer", nil, 422, false, "Select which organisations you answer for"},
		"does not say":               {"step=answer&for=ZZ1:3", nil, 422, false, "Select whether this alert applies to them"},
		"checks before it is saved":  {"step=answer&for=ZZ1:3&for=ZZ2:5&applies=all", nil, 200, false, "Check your answer"},
		"says no, and is asked how":  {"step=answer&for=ZZ1:3&for=ZZ2:5&applies=none", nil, 200, false, "How was it checked?"},
		"does not say how":           {"step=detail&for=ZZ1:3&for=ZZ2:5&applies=none", nil, 422, false, "Select how you know it does not apply"},
		"says how":                   {"step=detail&for=ZZ1:3&for=ZZ2:5&applies=none&how=Scan&checked-day=22&checked-month=11&checked-year=2026", nil, 200, false, "It does not apply: scan, checked on 22 November 2026"},
		"saves":                      {"step=send&for=ZZ1:3&for=ZZ2:5&applies=all", nil, 303, true, ""},
		"one was changed meanwhile":  {"step=send&for=ZZ1:3&for=ZZ2:5&applies=all", alert.ErrChanged, 409, false, "This answer has changed since you opened the page"},
		"a step that does not exist": {"step=sign&for=ZZ1:3&applies=all", nil, 200, false, "Check your answer"},
	} {
		t.Run(name, func(t *testing.T) {
			stub := &stubAlerts{scene: sceneAt(alertSent.Add(20*time.Hour), nil), failure: test.failure}
			form, _ := url.ParseQuery(test.form)
			answer := ask(t, stub, both, "POST", "/alerts/al_1/joint-answer", form)
			if answer.Code != test.code || stub.kept != test.kept || !strings.Contains(answer.Body.String(), test.says) {
				t.Errorf("%d, kept: %t, says %q: %t", answer.Code, stub.kept, test.says, strings.Contains(answer.Body.String(), test.says))
			}
			if test.kept && (len(stub.chosen) != 2 || stub.chosen[1] != alert.Chosen{Organisation: "ZZ2", Seen: 5}) {
				t.Errorf("saved for %+v", stub.chosen)
			}
			if answer.Code != 303 {
				layouttest.Check(t, answer.Body.String())
			}
		})
	}
}

func TestPagesEndWithWhatCanBeTakenAway(t *testing.T) {
	lead := holder("leila", "Leila Brandt", access.CyberLead, calder.Code)
	publisher := holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National)
	regulator := holder("samir", "Samir Devlin", access.Regulator, organisation.National)
	for name, test := range map[string]struct {
		who         access.Actor
		at          string
		has, hasNot []string
	}{
		"a trust's list":          {lead, "/organisations/ZZ1/alerts", []string{"/organisations/ZZ1/alerts/responses.csv", "/organisations/ZZ1/alerts/deadlines.ics"}, nil},
		"a trust's alert":         {lead, "/organisations/ZZ1/alerts/al_1", []string{"/alerts/al_1/advisory.json"}, []string{"/alerts/al_1/responses.csv"}},
		"an alert, nationally":    {regulator, "/alerts/al_1", []string{"/alerts/al_1/advisory.json", "/alerts/al_1/responses.csv"}, nil},
		"the list of a publisher": {publisher, "/alerts", []string{"/alerts/import", "/contacts", "/alerts/feed.atom", "/alerts/feed.json"}, nil},
		"the list of a regulator": {regulator, "/alerts", []string{"/contacts", "/alerts/feed.atom", "/alerts/feed.json"}, []string{"/alerts/import"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := ask(t, &stubAlerts{scene: sceneAt(alertSent.Add(time.Hour), nil)}, test.who, "GET", test.at, nil).Body.String()
			_, main, _ := strings.Cut(page, "<main")
			for _, href := range test.has {
				if !strings.Contains(main, `href="`+href+`"`) {
					t.Errorf("no link to %s", href)
				}
			}
			for _, href := range test.hasNot {
				if strings.Contains(main, href) {
					t.Errorf("a link to %s", href)
				}
			}
		})
	}
}

func TestListOverHTTPAsksForOneRowMore(t *testing.T) {
	stub := &stubAlerts{scene: sceneAt(alertSent.Add(time.Hour), nil)}
	answer := ask(t, stub, stub.scene.who, "GET", "/organisations/ZZ1/alerts?before=1795448460000000", nil)
	if !stub.before.Equal(time.UnixMicro(1795448460000000)) || !strings.Contains(answer.Body.String(), "Older alerts") || strings.Count(answer.Body.String(), "Mail gateway") != alertsPerPage {
		t.Errorf("before %v, %d rows", stub.before, strings.Count(answer.Body.String(), "Mail gateway"))
	}
	layouttest.Check(t, answer.Body.String())
	for _, nonsense := range []string{"", "-1", "0", "tomorrow", "99999999999999999999"} {
		ask(t, stub, stub.scene.who, "GET", "/organisations/ZZ1/alerts?before="+nonsense, nil)
		if stub.before.Before(alertSent.AddDate(1000, 0, 0)) {
			t.Errorf("%q is not taken as the newest: %v", nonsense, stub.before)
		}
	}
}

func TestConflictHandsOutTheVersionJustRead(t *testing.T) {
	stub := &stubAlerts{scene: sceneAt(alertSent.Add(time.Hour), applies), failure: alert.ErrChanged}
	answer := ask(t, stub, stub.scene.who, "POST", "/organisations/ZZ1/alerts/al_1/applicability", url.Values{"applies": {"all"}, "seen": {"2"}})
	if stub.seen != 2 || !strings.Contains(answer.Body.String(), `name="seen" value="3"`) {
		t.Errorf("the form answers version %d and posts on another one than 3", stub.seen)
	}
}

func TestApprovalOverHTTP(t *testing.T) {
	second := holder("yusuf", "Yusuf Karim", access.AlertPublisher, organisation.National)
	draft := issuedAlert()
	draft.State, draft.Number, draft.Approval = alert.Waiting, 0, nil
	for name, test := range map[string]struct {
		shown   string
		failure error
		code    int
		kept    bool
		says    string
	}{
		"sends the words on the page":      {draft.Draft.Digest(), nil, 303, true, ""},
		"reads other words first":          {"older", nil, 409, false, "The alert changed after you opened it."},
		"a form without words is refused":  {"", nil, 409, false, `value="` + draft.Draft.Digest() + `"`},
		"their own alert":                  {draft.Draft.Digest(), alert.ErrOwnDraft, 403, false, "someone else must approve it"},
		"an alert that would reach nobody": {draft.Draft.Digest(), alert.ErrNobody, 422, false, "would reach nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			stub := &stubAlerts{scene: sceneAt(alertSent, nil), failure: test.failure}
			stub.scene.alert = draft
			answer := ask(t, stub, second, "POST", "/alerts/al_1/issue", url.Values{"shown": {test.shown}})
			if answer.Code != test.code || stub.kept != test.kept || !strings.Contains(answer.Body.String(), test.says) {
				t.Errorf("%d, sent: %t", answer.Code, stub.kept)
			}
		})
	}
}

func TestWritingAnAlert(t *testing.T) {
	stub := &stubAlerts{scene: sceneAt(alertSent, nil)}
	publisher := holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National)
	form := url.Values{"title": {" Mail gateway "}, "severity": {"high"}, "class": {"normal"}, "threat": {"Made up"}, "why": {"It is used now."}, "steps": {"One.\r\n\r\n  Two. \r\n"},
		"kinds": {"acute", "invented"}, "regions": {"Y56", "W00"}, "cohorts": {"Major trauma centre"}}
	answer := ask(t, stub, publisher, "POST", "/alerts/new", form)
	if answer.Code != 303 || answer.Header().Get("Location") != "/alerts/al_9" {
		t.Fatalf("%d to %q", answer.Code, answer.Header().Get("Location"))
	}
	d := stub.drafted
	if d.Title != "Mail gateway" || d.ThreatType != "" || !slices.Equal(d.Steps, []alert.Step{{Text: "One."}, {Text: "Two."}}) || !slices.Equal(d.Audience.Kinds, []organisation.Kind{organisation.Acute}) ||
		!slices.Equal(d.Audience.Regions, []string{"Y56"}) || !slices.Equal(d.Audience.Cohorts, []string{"Major trauma centre"}) {
		t.Errorf("draft %+v", d)
	}
	form.Del("severity")
	answer = ask(t, stub, publisher, "POST", "/alerts/new", form)
	if answer.Code != 422 || !strings.Contains(answer.Body.String(), "One.\nTwo.") || !strings.Contains(answer.Body.String(), "Select how severe it is") {
		t.Errorf("%d: what was typed is lost, or the problem not said", answer.Code)
	}
	layouttest.Check(t, answer.Body.String())
	if answer := ask(t, stub, holder("samir", "Samir Devlin", access.Regulator, organisation.National), "POST", "/alerts/new", form); answer.Code != 403 {
		t.Errorf("a regulator wrote an alert: %d", answer.Code)
	}
}

func TestFormKeepsTheWholeVocabulary(t *testing.T) {
	d := alert.Draft{Title: "Gateway", Severity: alert.High, Class: alert.Critical, ThreatType: "Malware", Why: "Used now.\n\n- here", Categories: []string{"Ransomware"}, Vectors: []string{"Email", "Phishing"},
		Steps:     []alert.Step{{Kind: "Patch", Text: "Install 9.2", Link: "https://supplier.example/9.2"}, {Text: "Look at: the log"}, {Kind: "Aware", Text: "It spreads"}},
		Platforms: []alert.Platform{{Name: "Halvard", Text: "the appliance", Versions: []string{"9.0", "9.1"}}, {Name: "Corvane"}}, CVEs: []alert.CVE{{ID: "CVE-2017-0144", Status: "Master", Text: "in the file service"}, {ID: "CVE-2026-12345", Text: "Unknown"}, {ID: "CVE-2026-12346"}},
		Indicators: "New accounts", Sources: []string{"https://supplier.example/"}, Public: true, Rehearsal: true, Audience: alert.Audience{Organisations: []organisation.Code{"ZZ1", "ZZ2"}}}
	page := alertForm(d)
	form := url.Values{"title": {page.Title}, "severity": {page.Severity}, "class": {page.Class}, "threat": {page.Threat}, "why": {strings.ReplaceAll(page.Why, "\n", "\r\n")}, "steps": {page.Steps}, "platforms": {page.Platforms},
		"cves": {page.CVEs}, "indicators": {page.Indicators}, "sources": {page.Sources}, "categories": page.InCategories, "vectors": page.InVectors, "public": {"1"}, "rehearsal": {"1"}, "organisations": {page.InOrganisations}}
	stub := &stubAlerts{scene: sceneAt(alertSent, nil)}
	answer := ask(t, stub, holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National), "POST", "/alerts/new", form)
	if answer.Code != 303 || stub.drafted.Digest() != d.Digest() {
		t.Errorf("%d, read back as\n%+v, want\n%+v", answer.Code, stub.drafted, d)
	}
	if !page.More || alertForm(alert.Draft{}).More {
		t.Error("what is filled in is folded away, or what is empty is not")
	}
}

func TestChangingAnIssuedAlert(t *testing.T) {
	helen, yusuf := holder("helen", "Helen Marsh", access.AlertPublisher, organisation.National), holder("yusuf", "Yusuf Karim", access.AlertPublisher, organisation.National)
	waits := alert.Version{ID: "v_2", Number: 0, Kind: alert.Extension, Draft: issuedAlert().Draft, Reason: "The patch is late", AnswerDue: alertDue.Add(24 * time.Hour), ActionDue: issuedAlert().ActionDue, Author: "helen", State: alert.Waiting}
	more := "kind=update&reason=More&title=Gateway&steps=Patch&why=It+spreads&renew=1"
	for name, test := range map[string]struct {
		who     access.Actor
		method  string
		at      string
		form    string
		failure error
		code    int
		leads   string
		says    string
	}{
		"asks what to do":          {helen, "GET", "/new", "", nil, 200, "", "What do you want to do?"},
		"chooses nothing":          {helen, "GET", "/new?kind=", "", nil, 422, "", "Select what you want to do"},
		"sees the words":           {helen, "GET", "/new?kind=correction", "", nil, 200, "", "Install version 9.2 &lt;today&gt;."},
		"adds to it":               {helen, "POST", "/new", more, nil, 303, "/alerts/al_1/versions/waiting", ""},
		"changes nothing":          {helen, "POST", "/new", more, alert.ErrNoChange, 422, "", "Nothing is different from what trusts have now"},
		"somebody else was first":  {helen, "POST", "/new", more, alert.ErrPending, 409, "", "Another change of this alert waits already"},
		"extends to no time":       {helen, "POST", "/new", "kind=extension&reason=Late&answer-day=27&answer-month=11&answer-year=2026&answer-time=teatime", nil, 422, "", `value="teatime"`},
		"extends":                  {helen, "POST", "/new", "kind=extension&reason=Late&answer-day=27&answer-month=11&answer-year=2026&answer-time=5pm", nil, 303, "/alerts/al_1/versions/waiting", ""},
		"a regulator changes it":   {holder("r", "R", access.Regulator, organisation.National), "POST", "/new", more, nil, 403, "", ""},
		"its author waits":         {helen, "GET", "/waiting", "", nil, 200, "", "You asked for this change, so another publisher must approve it."},
		"another checks it":        {yusuf, "GET", "/waiting", "", nil, 200, "", "3:41pm on 25 November 2026, then 3:41pm on 26 November 2026"},
		"another sends it":         {yusuf, "POST", "/waiting/issue", "shown=" + waits.Digest(), nil, 303, "/alerts/al_1", ""},
		"it was changed meanwhile": {yusuf, "POST", "/waiting/issue", "shown=other", alert.ErrOtherRevision, 409, "", "The change was changed after you opened it"},
		"its author sends it":      {helen, "POST", "/waiting/issue", "shown=" + waits.Digest(), alert.ErrOwnDraft, 403, "", "someone else must approve it"},
		"drops it":                 {helen, "POST", "/waiting/removal", "", nil, 303, "/alerts/al_1", ""},
		"how many it would reach":  {helen, "GET", "REACH", "", nil, 200, "", "As it is, it would reach 206 trusts, 1,435 people. 1 trust cannot be told: no address."},
	} {
		t.Run(name, func(t *testing.T) {
			stub := &stubAlerts{scene: sceneAt(alertSent.Add(20*time.Hour), nil), failure: test.failure}
			stub.scene.versions = []alert.Version{waits}
			form, _ := url.ParseQuery(test.form)
			address := "/alerts/al_1/versions" + test.at
			if test.at == "REACH" {
				address = "/alerts/reach?kinds=acute"
			}
			answer := ask(t, stub, test.who, test.method, address, form)
			if answer.Code != test.code || answer.Header().Get("Location") != test.leads || !strings.Contains(answer.Body.String(), test.says) {
				t.Errorf("%d to %q, says it: %t", answer.Code, answer.Header().Get("Location"), strings.Contains(answer.Body.String(), test.says))
			}
			if test.at != "REACH" && answer.Code != 303 && answer.Code != 403 {
				layouttest.Check(t, answer.Body.String())
			}
			if name == "extends" && !stub.revised.AnswerBy.Equal(time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC)) {
				t.Errorf("until %s", stub.revised.AnswerBy)
			}
		})
	}
}

func BenchmarkAlertList(b *testing.B) {
	now := alertSent.Add(20 * time.Hour)
	rows := make([]alert.Titled, alertsPerPage)
	for i := range rows {
		rows[i] = alert.Titled{Response: sceneAt(now, applies).response, Number: int64(i + 1), Title: "Remote code execution in Pellar mail gateway", Severity: alert.High}
	}
	b.ReportAllocs()
	for b.Loop() {
		page := alertList(rows, calder.Code, now, now)
		page.Page = frame("Alerts")
		if len(layouttest.Render(b, alertview.ListPage(page))) == 0 {
			b.Fatal("nothing was rendered")
		}
	}
}

func TestAlertPageShowsTheCallsAboutIt(t *testing.T) {
	page := func(calls ...alert.Contact) string {
		stub := &stubAlerts{scene: sceneAt(alertSent.Add(20*time.Hour), nil)}
		stub.scene.calls = calls
		return ask(t, stub, stub.scene.who, http.MethodGet, "/organisations/ZZ1/alerts/al_1", nil).Body.String()
	}
	if strings.Contains(page(), "Calls about this alert") {
		t.Error("a trust nobody rang is told of calls")
	}
	got := page(alert.Contact{Rung: "The <duty> desk", By: "Helen Marsh", At: alertSent.Add(18 * time.Hour), Outcome: "No answer"})
	for _, want := range []string{"Calls about this alert", "Rang The &lt;duty&gt; desk about CC-4712: No answer", "Helen Marsh", "9:41am on 24 November 2026"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
