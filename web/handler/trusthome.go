package handler

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/views/chart"
	"countersign/views/homeview"
	"countersign/views/layout"
)

func levelNote(at, of int) string {
	if at == of {
		return "Every outcome is at the expected level."
	}
	return plural(of-at, "outcome") + " short of what is expected."
}

// trustSight is everything a trust's first page is made from.
type trustSight struct {
	who        access.Actor
	org        organisation.Code
	now        time.Time
	open       []alert.Titled
	marks      []bool // of the last full quarter: answered in time or not
	statements []attestation.Statement
	risks      []risk.Waiting
	acting     identity.ActingGround
	events     []event.Event
	elsewhere  []homeview.Line // what needs the person at other organisations
	first      string          // who signs before the chief executive; empty when nobody has to
	all        bool            // everything that needs the person is asked for, not only what comes first
}

func (s trustSight) signs() bool { return access.May(s.who, access.SignStatement, s.org) }

// showAll asks the first page for everything that it counts.
const showAll = "all"

// trustHomeView orders what needs the person (what is late first, then the
// earliest deadline) and says where the organisation stands.
func trustHomeView(s trustSight) homeview.Home {
	tasks := s.tasks()
	page := homeview.Home{Heading: heading(tasks, s.now), Nothing: s.nothing()}
	for i, t := range tasks {
		if i == 0 {
			first := t.now
			page.Now = &first
		} else if len(page.Next) < 2 || t.own || s.all {
			page.Next = append(page.Next, t.line)
		}
	}
	if len(tasks) > 1+len(page.Next) {
		page.More = &layout.Link{Text: "See all " + strconv.Itoa(len(tasks)), Href: organisationPath(s.org) + "?show=" + showAll}
	}
	page.Next = append(page.Next, s.elsewhere...)
	s.showWaiting(&page)
	page.Stats = []homeview.Stat{s.onTime(), s.openAlerts()}
	page.Since = moments(s.events, s.open, 3)
	return page
}

// elsewhereLine leads to another organisation where something needs the person.
func elsewhereLine(org organisation.Organisation, tasks []task, now time.Time) homeview.Line {
	return homeview.Line{Title: org.Name + ": " + heading(tasks, now), Href: organisationPath(org.Code), Text: tasks[0].line.Title + ". " + tasks[0].line.Text, Strong: tasks[0].line.Strong}
}

func heading(tasks []task, now time.Time) string {
	late := 0
	for _, t := range tasks {
		if t.late(now) {
			late++
		}
	}
	switch {
	case len(tasks) == 0:
		return "Nothing needs you today"
	case late == 1:
		return "1 thing is late"
	case late > 1:
		return strconv.Itoa(late) + " things are late"
	case len(tasks) == 1:
		return "1 thing needs you"
	}
	return strconv.Itoa(len(tasks)) + " things need you"
}

func (s trustSight) nothing() string {
	next := s.next()
	switch {
	case len(s.open) > 0 && !s.signs():
		return "Your trust is dealing with " + plural(len(s.open), "open alert") + "."
	case len(s.open) > 0:
		return strings.TrimSpace("Your staff are dealing with " + plural(len(s.open), "open alert") + ". " + next)
	case next != "":
		return "No open alerts. " + next
	}
	return "No open alerts, and no statement waits for you."
}

// next says which statement whoever signs will be asked for next, while others
// still prepare it: the first, because they come by their deadlines.
func (s trustSight) next() string {
	i := slices.IndexFunc(s.statements, func(st attestation.Statement) bool { return st.State == attestation.Preparing && !st.Optional })
	if i < 0 || !s.signs() {
		return ""
	}
	return "The next thing for you is the " + s.statements[i].Title() + ", due " + dueWord(s.statements[i].Due, s.now) + "."
}

// onTime is the share of high severity alerts of the last full quarter that
// were answered in time; only those whose 48 hours are over count.
func (s trustSight) onTime() homeview.Stat {
	_, _, period := lastQuarter(s.now)
	marks, in, late := s.marks, 0, 0
	for _, inTime := range marks {
		if inTime {
			in++
		} else {
			late++
		}
	}
	stat := homeview.Stat{Title: "Alerts answered within 48 hours, " + period, Href: organisationPath(s.org) + "/alerts", Value: strconv.Itoa(in) + " of " + strconv.Itoa(len(marks))}
	switch {
	case len(marks) == 0:
		stat.Value, stat.Note = "No data", "No high severity alert was sent to you in these months."
		return stat
	case late == 0:
		stat.Note = "Every answer was in time."
	default:
		stat.Note = plural(late, "answer") + " came late or not at all."
	}
	first, last, _ := strings.Cut(period, " to ")
	last, _, _ = strings.Cut(last, " ")
	stat.Figure = chart.OnTimeSquares{OnTime: marks, First: first, Last: last}
	return stat
}

// comparedStat is a likely position among similar trusts: a range, never a rank.
func comparedStat(t league.Comparison) homeview.Stat {
	stat := homeview.Stat{Title: "Compared with similar trusts", Href: "/compare", Value: "Not compared", Note: cmp.Or(t.Refusal, "Too few answers were due in the last 12 months.")}
	if t.Refusal != "" || len(t.Rows) != 1 || t.Rows[0].PositionLow == 0 {
		return stat
	}
	row := t.Rows[0]
	if !row.Placed(t.Compared) {
		stat.Title, stat.Value, stat.Note = "Compared with "+plural(t.Compared-1, "similar trust"), noPosition, "Within the expected range. "+unplacedWords(row)
		return stat
	}
	stat.Title, stat.Value, stat.Figure = "Compared with "+plural(t.Compared-1, "similar trust"), "Likely "+positionWords(row), chart.PositionStrip{Low: row.PositionLow, High: row.PositionHigh, Of: t.Compared}
	switch row.Band {
	case league.Below:
		stat.Note = "You answer late more often than chance explains."
	case league.Above:
		stat.Note = "You answer in time more often than chance explains."
	default:
		stat.Note = "Within the expected range. The data cannot place you more exactly."
	}
	return stat
}

// lastQuarter gives the last full quarter before an instant, in UK time.
func lastQuarter(now time.Time) (from, to time.Time, period string) {
	local := now.In(organisation.London)
	to = time.Date(local.Year(), time.Month((int(local.Month())-1)/3*3+1), 1, 0, 0, 0, 0, organisation.London)
	from = to.AddDate(0, -3, 0)
	return from, to, months(from, to.AddDate(0, 0, -1))
}

func (s trustSight) openAlerts() homeview.Stat {
	first, high, waiting := -1, 0, 0
	for i := range s.open {
		if s.open[i].Severity != alert.High {
			continue
		}
		if high++; first < 0 {
			first = i
		}
		if _, answer := s.open[i].Due(s.now); answer {
			waiting++
		}
	}
	stat := homeview.Stat{Title: "Open high severity alerts", Href: organisationPath(s.org) + "/alerts", Value: strconv.Itoa(high), Note: "Nothing is open."}
	switch {
	case high == 0:
		return stat
	case waiting == 0:
		stat.Note = "All are answered and being fixed."
	default:
		stat.Note = plural(waiting, "alert") + " still to answer."
	}
	r := s.open[first]
	stat.Figure = chart.ClockBar{Label: r.Name(), Right: timeLeft(r.AnswerDue, s.now), Elapsed: s.elapsed(r)}
	if at, ok := r.AnsweredAt(); ok {
		stat.Figure = chart.ClockBar{Label: r.Name(), Right: "answered " + dayWord(at), Elapsed: s.elapsed(r)}
	}
	return stat
}

func (s trustSight) elapsed(r alert.Titled) float64 {
	end := s.now
	if at, ok := r.AnsweredAt(); ok {
		end = at
	}
	return end.Sub(r.IssuedAt).Hours()
}

// quiet events are kept for the record, and say nothing to a reader.
var quiet = map[string]bool{"review kept": true, "signing begun": true, "signed in": true, "signed out": true, "proved identity": true, "evidence downloaded": true}

func moments(events []event.Event, open []alert.Titled, limit int) []homeview.Moment {
	names := map[string]string{}
	for _, r := range open {
		names["alert/"+string(r.Alert)] = r.Name()
	}
	var list []homeview.Moment
	for _, e := range events {
		if !quiet[e.Kind] && len(list) < limit {
			what := e.Detail
			if name := names[e.Thing]; name != "" && !strings.Contains(what, name) {
				what = name + ": " + what
			}
			list = append(list, homeview.Moment{At: e.At.UTC().Format(time.RFC3339), When: moment(e.At), What: what})
		}
	}
	return list
}

func signedLines(signed []attestation.Mine) []homeview.Line {
	var lines []homeview.Line
	for _, m := range signed {
		line := homeview.Line{Title: m.Period + " statement", Href: receiptPath(m.Organisation, m.Statement), Text: opinionWord(m.Opinion, m.Exceptions), Quiet: dayWord(m.SignedAt) + " · code " + m.Code.Groups()}
		if !m.RevokedAt.IsZero() {
			line.Text = "Withdrawn on " + dayWord(m.RevokedAt)
		} else if m.Replaced {
			line.Text = "Replaced by a newer one"
		}
		lines = append(lines, line)
	}
	return lines
}
