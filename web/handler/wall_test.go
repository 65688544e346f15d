package handler

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/layout/layouttest"
	"countersign/views/wallview"
)

// reachedFour is an alert at four trusts, each further on than the last: one we
// did not reach, one that was written to, one that opened it, one that took it.
func reachedFour() []alert.Reached {
	list := []alert.Reached{
		{Organisation: "ZZ1", Name: "Ashcombe Community Trust", Kind: organisation.Community, Region: "Y58"},
		{Organisation: "ZZ2", Name: "Saltmarsh Hospitals Trust", Kind: organisation.Acute, Region: "Y60"},
		{Organisation: "ZZ3", Name: "Wolds Partnership Trust", Kind: organisation.Acute, Region: "Y60", OpenedBy: 2, OpenedAt: alertSent.Add(90 * time.Minute)},
		{Organisation: "ZZ4", Name: "Thornmere Care Trust", Kind: organisation.Ambulance, Region: "Y56", AcknowledgedAt: alertSent.Add(time.Hour), AcknowledgedBy: "Leila Brandt"},
	}
	for i := range list {
		list[i].AnswerDue = alertDue
	}
	return list
}

func fourDelivered() map[organisation.Code]notification.Delivery {
	return map[organisation.Code]notification.Delivery{"ZZ1": {Refused: 2, LastAt: alertSent.Add(time.Minute)}, "ZZ2": {HandedOver: 1, LastAt: alertSent.Add(2 * time.Minute)}, "ZZ3": {HandedOver: 1, LastAt: alertSent.Add(time.Minute)}}
}

func wallAt(after time.Duration, change func(*wallScene)) wallScene {
	s := wallScene{alert: issuedAlert(), reached: reachedFour(), messages: true, delivered: fourDelivered(), now: alertSent.Add(after)}
	if change != nil {
		change(&s)
	}
	return s
}

func everybody(s *wallScene) {
	for i := range s.reached {
		s.reached[i].AcknowledgedAt = alertSent.Add(time.Duration(i+1) * time.Hour)
	}
}

func stopped(s *wallScene) {
	s.alert.WithdrawnAt = alertSent.Add(time.Minute)
	for i := range s.reached {
		s.reached[i].StoppedAt = s.alert.WithdrawnAt
	}
}

func answered(s *wallScene) {
	everybody(s)
	for i := range s.reached {
		s.reached[i].AnsweredAt = s.reached[i].AcknowledgedAt
	}
}

func silent(s *wallScene) { s.messages, s.delivered = false, nil }

func TestWallSaysHowFarAnAlertHasCome(t *testing.T) {
	for name, test := range map[string]struct {
		after                      time.Duration
		change                     func(*wallScene)
		count, key, notice, who    string
		order, message, lateTrusts string
	}{
		"on the first day": {18 * time.Hour, nil, "1 of 4 trusts have acknowledged", "1 acknowledged, 2 not yet, 1 not delivered", "", "Who to chase: 3 trusts",
			"ZZ1 ZZ3 ZZ2", "Not delivered: Message refused at 3:42pm on 23 November 2026; Opened: Opened at 5:11pm on 23 November 2026, 2 people; Delivered: Message delivered at 3:43pm on 23 November 2026", ""},
		"in the first minutes nobody counts as not reached": {2 * time.Minute, func(s *wallScene) {
			s.delivered = map[organisation.Code]notification.Delivery{"ZZ2": {Waiting: 1}}
			s.reached = s.reached[:2]
		}, "0 of 2 trusts have acknowledged", "0 acknowledged, 2 not yet, 0 not delivered", "Messages are going out.", "Who to chase: 2 trusts", "ZZ1 ZZ2", "On its way: Nothing yet; On its way: Message on its way", ""},
		"without an address nobody was reached": {time.Hour, func(s *wallScene) { s.delivered, s.reached = nil, s.reached[:1] },
			"0 of 1 trust has acknowledged", "0 acknowledged, 0 not yet, 1 not delivered", "", "Who to chase: 1 trust", "ZZ1", "Not delivered: No address to write to", ""},
		"a call is the last event": {6 * time.Hour, func(s *wallScene) { s.reached[0].RungAt, s.reached = alertSent.Add(5*time.Hour), s.reached[:1] },
			"0 of 1 trust has acknowledged", "0 acknowledged, 0 not yet, 1 not delivered", "", "Who to chase: 1 trust", "ZZ1", "Not delivered: Rung at 8:41pm", ""},
		"all in": {5 * time.Hour, everybody, "All 4 trusts have acknowledged. The last was at 7:41pm on 23 November 2026.", "4 acknowledged, 0 not yet, 0 not delivered", "", "", "", "", ""},
		"past the deadline": {49 * time.Hour, func(s *wallScene) { s.reached[2].AnsweredAt = alertDue }, "1 of 4 trusts have acknowledged", "1 acknowledged, 2 not yet, 1 not delivered", "3 trusts are late.", "Who to chase: 3 trusts",
			"ZZ1 ZZ3 ZZ2", "Not delivered: Message refused at 3:42pm on 23 November 2026; Opened: Opened at 5:11pm on 23 November 2026, 2 people; Delivered: Message delivered at 3:43pm on 23 November 2026",
			"Ashcombe Community Trust: not acknowledged; Saltmarsh Hospitals Trust: not acknowledged; Thornmere Care Trust: acknowledged, but has not said if it applies"},
		"where no messages are sent": {18 * time.Hour, silent, "1 of 4 trusts have acknowledged", "1 acknowledged, 3 not yet, ", "", "Who to chase: 3 trusts",
			"ZZ3 ZZ1 ZZ2", "Opened: Opened at 5:11pm on 23 November 2026, 2 people; Not opened: Nothing yet; Not opened: Nothing yet", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := wallAt(test.after, test.change)
			page := s.view()
			var order, messages, late []string
			who := ""
			if section := s.toChase("/", false); section != nil {
				who = section.Heading
				for _, row := range section.Rows {
					order, messages = append(order, row.Code), append(messages, row.Message.Text+": "+row.Last)
				}
			}
			for _, row := range page.Late {
				late = append(late, row.Name+": "+row.Why)
			}
			got := []string{page.Count + " " + page.Rest, page.Done + ", " + page.Open + ", " + page.Lost, page.Notice, who, strings.Join(order, " "), strings.Join(messages, "; "), strings.Join(late, "; ")}
			want := []string{test.count, test.key, test.notice, test.who, test.order, test.message, test.lateTrusts}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("says\n%s, want\n%s", got[i], want[i])
				}
			}
		})
	}
}

func TestWallClockSaysWhatIsStillOwed(t *testing.T) {
	askedAgain := func(s *wallScene) {
		answered(s)
		s.reached[0].Renewal = &alert.Renewal{Due: alertDue.Add(24 * time.Hour)}
	}
	for name, test := range map[string]struct {
		after         time.Duration
		change        func(*wallScene)
		left, counted string // counted is what a script goes on counting to
	}{
		"some still to answer":              {time.Hour, nil, "47 hours left", "2026-11-25T15:41:00Z"},
		"all acknowledged, none answered":   {5 * time.Hour, everybody, "43 hours left", "2026-11-25T15:41:00Z"},
		"somebody late":                     {79 * time.Hour, nil, "31 hours late", "2026-11-25T15:41:00Z"},
		"all answered in time":              {5 * time.Hour, answered, "All answered", ""},
		"all answered, long after":          {79 * time.Hour, answered, "All answered", ""},
		"asked again and not late":          {49 * time.Hour, askedAgain, "Deadline passed", ""},
		"withdrawn":                         {time.Hour, stopped, "Withdrawn", ""},
		"withdrawn, long after":             {79 * time.Hour, stopped, "Withdrawn", ""},
		"withdrawn once everybody answered": {79 * time.Hour, func(s *wallScene) { answered(s); stopped(s) }, "Withdrawn", ""},
	} {
		page := wallAt(test.after, test.change).view()
		if page.Left != test.left || page.Due != test.counted {
			t.Errorf("%s: %q until %q, want %q until %q", name, page.Left, page.Due, test.left, test.counted)
		}
	}
}

func TestWallOfAWithdrawnAlertAsksNobody(t *testing.T) {
	s := wallAt(2*time.Minute, stopped)
	page := s.view()
	if page.Rest != "of 4 trusts acknowledged before the alert was withdrawn" || page.Notice != "" || page.Open != "2 not acknowledged" || page.DueBy != "Withdrawn 3:42pm on 23 November 2026." || s.toChase("/", false) != nil {
		t.Errorf("%q, notice %q, %q, %q", page.Rest, page.Notice, page.Open, page.DueBy)
	}
	if quiet := wallAt(2*time.Minute, func(s *wallScene) { silent(s); stopped(s) }).view(); quiet.NoMessages != "" {
		t.Errorf("says %q", quiet.NoMessages)
	}
}

func TestWallListsTheFirstOfMany(t *testing.T) {
	s := wallAt(time.Hour, func(s *wallScene) {
		s.reached = nil
		for i := range 40 {
			s.reached = append(s.reached, alert.Reached{Organisation: organisation.Code(fmt.Sprintf("ZZ%02d", 39-i)), Name: fmt.Sprintf("Trust %02d", 39-i), AnswerDue: alertDue})
		}
	})
	some, all := s.toChase("/alerts/al_1/wall", false), s.toChase("/alerts/al_1/wall", true)
	if len(some.Rows) != 25 || some.Rows[0].Name != "Trust 00" || some.All != "/alerts/al_1/wall?show=all#chase" || some.AllText != "Show all 40" || len(all.Rows) != 40 || all.All != "" {
		t.Errorf("%d rows and %q; %d rows", len(some.Rows), some.AllText, len(all.Rows))
	}
}

func TestCallTimesAreReadAsPeopleWriteThem(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"9:41am": "2026-11-24 09:41", "09:41": "2026-11-24 09:41", " 9.41 AM ": "2026-11-24 09:41", "4pm": "2026-11-23 16:00", "16:20": "2026-11-23 16:20", "midday": "2026-11-23 12:00",
		"midnight": "2026-11-24 00:00", "10am": "2026-11-24 10:00", "": "", "yesterday": "refused", "25:00": "refused", "9": "refused", "13pm": "refused",
	} {
		at, err := callTime(text, now)
		got := ""
		if err != nil {
			got = "refused"
		} else if !at.IsZero() {
			got = at.In(organisation.London).Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	spring := time.Date(2026, 3, 29, 8, 0, 0, 0, time.UTC) // the day the clocks go forward
	if at, err := callTime("11pm", spring); err != nil || !at.Equal(time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("11pm the evening before the clocks change is %v, %v", at, err)
	}
}

// wallPages are the states of every page of the wall.
func wallPages() map[string]templ.Component {
	pages := map[string]templ.Component{}
	for name, s := range map[string]wallScene{"first-day": wallAt(18*time.Hour, nil), "all-in": wallAt(5*time.Hour, everybody), "late": wallAt(49*time.Hour, nil), "going-out": wallAt(time.Minute, nil), "silent": wallAt(18*time.Hour, silent),
		"withdrawn": wallAt(time.Hour, stopped), "answered": wallAt(79*time.Hour, answered)} {
		page := s.view()
		page.Page, page.ToChase = frame(page.Heading), s.toChase("/alerts/al_1/wall", false)
		page.Stream, page.Refresh, page.OtherView, page.ResponseHref = "/alerts/al_1/wall/stream?since=v", "/alerts/al_1/wall", "/alerts/al_1/wall?view=wall", "/alerts/al_1"
		page.Figure = curveFigure(s.course(), usualOf([]alert.Earlier{earlier(30, 1, 2, 3, 4), earlier(20, 2, 3, 4, 5), earlier(10, 3, 4, 5, -1)}, s.now), len(s.reached), clockTime(s.now))
		pages[name] = wallview.WallPage(page)
		if page.Second = true; name == "first-day" {
			pages["second-screen"] = wallview.WallPage(page)
		}
	}
	s := wallAt(18*time.Hour, nil)
	numbers, _ := (&stubWall{}).Phones(context.Background(), ruth, "al_1")
	pages["phones"] = wallview.PhonesPage(wallview.Phones{Page: frame("Telephone list"), Caption: s.caption(), Heading: "Telephone list", Lead: "Ring them.", Regions: s.regions(numbers)})
	pages["chase"] = wallview.ChasePage(wallview.Chase{Page: frame("Chase trusts"), Caption: s.caption(), Action: "/alerts/al_1/chase", Phones: "/alerts/al_1/phones", How: "Each trust gets an e-mail.", Rows: s.rows(s.open()), Words: "Read it.", Longest: longestChase})
	pages["chase-check"] = wallview.ChasePage(wallview.Chase{Page: frame("Chase trusts"), Caption: s.caption(), Action: "/alerts/al_1/chase", Words: "Read it.", Preview: preview(s.open(), "Read it.")})
	return pages
}

func TestWallPagesAreSoundPlainAndAsReviewed(t *testing.T) {
	for name, page := range wallPages() {
		t.Run(name, func(t *testing.T) {
			markup := layouttest.Render(t, page)
			_, main, _ := strings.Cut(markup, "<main")
			main, _, _ = strings.Cut(main, "</main>")
			if found := bannedWords.FindString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(main, " ")); found != "" {
				t.Errorf("says %q", found)
			}
			golden(t, "wall/"+name, page)
		})
	}
}
