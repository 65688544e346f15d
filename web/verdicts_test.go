package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/internal/league"
	"countersign/internal/organisation"
)

// act is what somebody does, so long after the issue.
type act struct {
	after time.Duration
	do    func(*court)
}

// sight is how a trust is judged, so long after the issue.
type sight struct {
	after time.Duration
	org   organisation.Code
	want  judged
}

// What most of the table is made of.
var (
	notOwed = league.Count{}
	inTime  = league.Count{K: 1, N: 1}
	late    = league.Count{N: 1}

	toCome  = judged{"Not acknowledged", "Not due yet", "", notOwed}
	overdue = judged{"Late", "No", "late", late}
)

const (
	ms     = time.Millisecond
	answer = 48 * time.Hour
	fix    = 14 * 24 * time.Hour
)

// verdicts are the instants at which a verdict turns, and what it is on each
// side of them.
var verdicts = map[string]struct {
	issued time.Time
	shows  string // what the page says of the deadline
	acts   []act
	looks  []sight
}{
	"an answer 1 ms before its deadline is in time": {
		issued: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), shows: "9am on Wednesday 4 November 2026",
		acts: []act{{answer - ms, answersFor}},
		looks: []sight{{answer - ms, silent, toCome}, {answer - ms, acting, judged{"In progress", "Yes", "", notOwed}}, {answer, silent, overdue}, {answer, acting, judged{"In progress", "Yes", "", inTime}},
			{answer + ms, silent, overdue}, {answer + ms, acting, judged{"In progress", "Yes", "", inTime}}},
	},
	"an answer at the deadline itself is late": {
		issued: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC),
		acts:   []act{{answer, answersFor}},
		looks:  []sight{{answer, acting, judged{"Answered late", "No", "", late}}},
	},
	"an answer 1 ms after the deadline is late": {
		issued: time.Date(2026, 11, 4, 9, 0, 0, 0, time.UTC),
		acts:   []act{{answer + ms, answersFor}},
		looks:  []sight{{answer, acting, overdue}, {answer + ms, acting, judged{"Answered late", "No", "", late}}},
	},
	"an acknowledgement alone is no answer": {
		issued: time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, acknowledges}},
		looks:  []sight{{answer - ms, acting, judged{"Acknowledged", "Not due yet", "", notOwed}}, {answer, acting, overdue}},
	},
	"a fix is late at its deadline, and the answer stays in time": {
		issued: time.Date(2026, 11, 6, 9, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, answersFor}},
		looks:  []sight{{fix - ms, acting, judged{"In progress", "Yes", "", inTime}}, {fix, acting, judged{"Late", "Yes", "", inTime}}, {fix + ms, acting, judged{"Late", "Yes", "", inTime}}},
	},
	"T80 when the clocks go back, 48 hours are 172,800 seconds": {
		issued: time.Date(2026, 10, 23, 16, 30, 0, 0, time.UTC), shows: "4:30pm on Sunday 25 October 2026", // sent at 5:30pm
		acts: []act{{172_800*time.Second - ms, answersFor}},
		looks: []sight{{172_800*time.Second - ms, silent, toCome}, {172_800 * time.Second, silent, overdue}, {172_800 * time.Second, acting, judged{"In progress", "Yes", "", inTime}},
			{fix - ms, acting, judged{"In progress", "Yes", "", inTime}}, {fix, acting, judged{"Late", "Yes", "", inTime}}},
	},
	"T80 when the clocks go forward, 48 hours are 172,800 seconds": {
		issued: time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC), shows: "1pm on Monday 29 March 2027", // sent at noon
		acts: []act{{172_800 * time.Second, answersFor}},
		looks: []sight{{172_800*time.Second - ms, silent, toCome}, {172_800 * time.Second, silent, overdue}, {172_800 * time.Second, acting, judged{"Answered late", "No", "", late}},
			{fix - ms, acting, judged{"Answered late", "No", "", late}}, {fix, acting, judged{"Late", "No", "", late}}},
	},
	"T80 a promised day ends with the day, when the clocks go back": {
		issued: time.Date(2026, 10, 24, 8, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, checks(1)}},
		looks:  []sight{{40*time.Hour - ms, acting, judged{"Acknowledged", "Not due yet", "", notOwed}}, {40 * time.Hour, acting, judged{"Update late", "Not due yet", "lapsed", notOwed}}},
	},
	"T80 a promised day ends with the day, when the clocks go forward": {
		issued: time.Date(2027, 3, 27, 8, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, checks(1)}},
		looks:  []sight{{39*time.Hour - ms, acting, judged{"Acknowledged", "Not due yet", "", notOwed}}, {39 * time.Hour, acting, judged{"Update late", "Not due yet", "lapsed", notOwed}}},
	},
	"an extension moves the deadline of who has not answered": {
		issued: time.Date(2026, 11, 9, 9, 0, 0, 0, time.UTC),
		acts:   []act{{40 * time.Hour, changes(alert.Revision{Kind: alert.Extension, Reason: "The patch is late"}, 60*time.Hour)}, {50 * time.Hour, answersFor}},
		looks: []sight{{answer, silent, toCome}, {50 * time.Hour, acting, judged{"In progress", "Yes", "", notOwed}}, {60*time.Hour - ms, silent, toCome}, {60 * time.Hour, silent, overdue},
			{60 * time.Hour, acting, judged{"In progress", "Yes", "", inTime}}},
	},
	"an extension leaves the verdict on a late answer": {
		issued: time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC),
		acts:   []act{{49 * time.Hour, answersFor}, {50 * time.Hour, changes(alert.Revision{Kind: alert.Extension, Reason: "The patch is late"}, 72*time.Hour)}},
		looks: []sight{{49 * time.Hour, silent, overdue}, {50 * time.Hour, silent, toCome}, {50 * time.Hour, acting, judged{"Answered late", "No", "", late}}, {72 * time.Hour, silent, overdue},
			{72 * time.Hour, acting, judged{"Answered late", "No", "", late}}},
	},
	"a withdrawal before the deadline leaves nothing owed": {
		issued: time.Date(2026, 11, 11, 10, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, answersFor}, {answer - ms, changes(alert.Revision{Kind: alert.Withdrawal, Reason: "A false alarm"}, 0)}},
		looks:  []sight{{answer, silent, judged{"Withdrawn", "Not owed", "", notOwed}}, {answer, acting, judged{"Withdrawn", "Yes", "", notOwed}}},
	},
	"a withdrawal after the deadline leaves the verdict": {
		issued: time.Date(2026, 11, 12, 10, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, answersFor}, {answer, changes(alert.Revision{Kind: alert.Withdrawal, Reason: "A false alarm"}, 0)}},
		looks:  []sight{{answer, silent, judged{"Withdrawn", "No", "", late}}, {answer + ms, acting, judged{"Withdrawn", "Yes", "", inTime}}},
	},
	"a promised update lapses at its instant": {
		issued: time.Date(2026, 11, 13, 9, 0, 0, 0, time.UTC),
		acts:   []act{{time.Hour, acknowledges}, {time.Hour, applies(alert.Applies{Answer: alert.AppliesToSome})}},
		looks:  []sight{{73*time.Hour - ms, acting, judged{"In progress", "Yes", "", inTime}}, {73 * time.Hour, acting, judged{"Update late", "Yes", "lapsed", inTime}}},
	},
	"an accepted risk is late when its day is over": {
		issued: time.Date(2101, 1, 10, 9, 0, 0, 0, time.UTC), // nobody signs before the newest event on record
		acts:   []act{{time.Hour, answersFor}, {2 * time.Hour, accepts(30)}},
		looks: []sight{{31*24*time.Hour - 9*time.Hour - ms, acting, judged{"Risk accepted until 9 February 2101", "Yes", "", inTime}},
			{31*24*time.Hour - 9*time.Hour, acting, judged{"Late", "Yes", "accepted no more", inTime}}},
	},
}

// TestOneVerdictEverywhere: pages, tables, letters and the comparison say the
// same of an answer, at every instant where what they say turns.
func TestOneVerdictEverywhere(t *testing.T) {
	c := opensCourt(t)
	for name, test := range verdicts {
		t.Run(name, func(t *testing.T) {
			c.t, c.scripted.t = t, t
			c.issues(name, test.issued)
			if test.shows != "" {
				page := c.asks(http.MethodGet, "/organisations/V01/alerts/"+string(c.id), c.opens("lead", "shows "+name), nil).Body.String()
				if !strings.Contains(page, test.shows) {
					t.Errorf("the page does not say %q", test.shows)
				}
			}
			acts := test.acts
			for _, look := range test.looks {
				for len(acts) > 0 && acts[0].after <= look.after {
					c.sets(acts[0].after)
					acts[0].do(c)
					acts = acts[1:]
				}
				c.sets(look.after)
				if got := c.look(look.org); got != look.want {
					t.Errorf("%s after %s: %+v, want %+v", look.org, look.after, got, look.want)
				}
			}
		})
	}
}

// slow is the body of a form that takes its time to arrive.
type slow struct {
	io.Reader
	arrives func()
}

func (s *slow) Read(p []byte) (int, error) {
	s.arrives()
	return s.Reader.Read(p)
}

// TestT81AnswerCountsByItsArrival: an answer that arrived before the deadline
// and is written after it is in time, everywhere.
func TestT81AnswerCountsByItsArrival(t *testing.T) {
	c := opensCourt(t)
	c.issues("A slow form", time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC))
	c.sets(time.Hour)
	acknowledges(c)
	_, seen := c.version()
	c.sets(answer - ms)
	session := c.opens("lead", "slow")
	form := url.Values{"seen": {strconv.FormatInt(seen, 10)}, "applies": {"all"}}.Encode()
	request := httptest.NewRequest(http.MethodPost, "/organisations/V01/alerts/"+string(c.id)+"/applicability", &slow{strings.NewReader(form), func() { c.sets(answer + time.Minute) }})
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: session})
	written := httptest.NewRecorder()
	c.ServeHTTP(written, request)
	if written.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", written.Code, written.Body)
	}
	if got, want := c.look(acting), (judged{"In progress", "Yes", "", inTime}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
