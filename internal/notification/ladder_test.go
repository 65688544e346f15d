package notification

import (
	"testing"
	"time"

	"countersign/internal/alert"
)

var issued = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func open(at time.Time) alert.Response {
	return alert.Response{Alert: "a", Organisation: "RXH", IssuedAt: at, AnswerDue: at.Add(alert.AnswerWindow)}
}

// TestTheLadderBeforeAnAnswer looks a millisecond before, at and after each
// rung, in an ordinary week and over both changes of the clocks: 24 hours are
// 24 hours, whatever the clock on the wall does.
func TestTheLadderBeforeAnAnswer(t *testing.T) {
	for when, at := range map[string]time.Time{
		"an ordinary week":     issued,
		"the clocks go back":   time.Date(2026, 10, 24, 9, 0, 0, 0, time.UTC),
		"the clocks go ahead":  time.Date(2027, 3, 27, 9, 0, 0, 0, time.UTC),
		"in the middle of it":  time.Date(2026, 10, 23, 1, 30, 0, 0, time.UTC),
		"due as it is doubled": time.Date(2026, 10, 23, 0, 30, 0, 0, time.UTC),
	} {
		r := open(at)
		before := ""
		for _, c := range []struct {
			after    time.Duration
			name     string
			offices  int
			national bool
		}{{24 * time.Hour, "24 hours", 1, false}, {36 * time.Hour, "12 hours", 2, false}, {44 * time.Hour, "4 hours", 3, false}, {47 * time.Hour, "1 hour", 3, false}, {48 * time.Hour, "late", 3, true}} {
			for _, shift := range []time.Duration{-time.Millisecond, 0, time.Millisecond} {
				want := c.name
				if shift < 0 {
					want = before
				}
				got, ok := AnswerRung(r, at.Add(c.after+shift))
				if got.Name != want || ok != (want != "") {
					t.Errorf("%s, %v%+v: %q, want %q", when, c.after, shift, got.Name, want)
				}
				if shift >= 0 && (len(got.Offices) != c.offices || got.National != c.national || !got.At.Equal(at.Add(c.after)) || !got.Due.Equal(r.AnswerDue)) {
					t.Errorf("%s, %s: %+v", when, c.name, got)
				}
			}
			before = c.name
		}
	}
}

func TestWhoOwesNothingIsNotReminded(t *testing.T) {
	acknowledged := open(issued)
	acknowledged.Acknowledged = &alert.Acknowledgement{At: issued}
	checking := acknowledged
	checking.Applicability = alert.StillChecking
	answered := acknowledged
	answered.Applicability, answered.AppliedAt = alert.AppliesToAll, issued
	closed := open(issued)
	closed.ClosedAt = issued
	short := open(issued)
	short.AnswerDue = issued.Add(6 * time.Hour)
	for _, c := range []struct {
		claim string
		r     alert.Response
		after time.Duration
		want  string
	}{
		{"nobody is reminded in the first day", open(issued), 23 * time.Hour, ""},
		{"acknowledging alone is no answer", acknowledged, 25 * time.Hour, "24 hours"},
		{"still checking is no answer", checking, 49 * time.Hour, "late"},
		{"who answered is left alone", answered, 47 * time.Hour, ""},
		{"who answered is not late", answered, 49 * time.Hour, ""},
		{"what is closed is left alone", closed, 47 * time.Hour, ""},
		{"a short deadline begins where it is", short, 0, ""},
		{"and goes on from there", short, 2 * time.Hour, "4 hours"},
		{"late is told within a week", open(issued), 9*24*time.Hour - time.Millisecond, "late"},
		{"and not of old", open(issued), 9 * 24 * time.Hour, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			if got, ok := AnswerRung(c.r, issued.Add(c.after)); got.Name != c.want && ok || ok != (c.want != "") {
				t.Errorf("%q, %v; want %q", got.Name, ok, c.want)
			}
		})
	}
}

func TestTheLadderAfterAPromise(t *testing.T) {
	r := open(issued)
	r.NextUpdateDue, r.Acknowledged = issued.Add(alert.UpdateWindow), &alert.Acknowledgement{At: issued}
	stopped, accepted := r, r
	stopped.StoppedAt, accepted.AcceptedUntil = issued, issued.AddDate(0, 1, 0)
	done := r
	done.ClosedAt = issued
	silent := open(issued)
	for _, c := range []struct {
		claim   string
		r       alert.Response
		after   time.Duration
		want    string
		offices int
	}{
		{"a promise not yet due", r, -time.Millisecond, "", 0},
		{"due now", r, 0, "lapsed", 1},
		{"just before the next day", r, 24*time.Hour - time.Millisecond, "lapsed", 1},
		{"the next day", r, 24 * time.Hour, "lapsed a day", 2},
		{"the day after", r, 48 * time.Hour, "lapsed two days", 3},
		{"a week after that", r, 9 * 24 * time.Hour, "", 0},
		{"closed", done, time.Hour, "", 0},
		{"withdrawn", stopped, time.Hour, "", 0},
		{"its risk was accepted", accepted, time.Hour, "", 0},
		{"nothing was promised", silent, 0, "", 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got, ok := UpdateRung(c.r, issued.Add(alert.UpdateWindow+c.after))
			if ok != (c.want != "") || ok && (got.Name != c.want || len(got.Offices) != c.offices || got.Purpose != Lapsed) {
				t.Errorf("%+v, %v; want %q", got, ok, c.want)
			}
		})
	}
}

// TestTheLadderOfANewAnswer: a newer version asks again, and is reminded of as
// the first was.
func TestTheLadderOfANewAnswer(t *testing.T) {
	asked := issued.Add(100 * time.Hour)
	r := open(issued)
	r.Acknowledged, r.Applicability, r.AppliedAt = &alert.Acknowledgement{At: issued}, alert.AppliesToAll, issued
	r.Renewal = &alert.Renewal{Edition: 2, Due: asked.Add(alert.AnswerWindow)}
	for after, want := range map[time.Duration]string{24*time.Hour - time.Millisecond: "", 24 * time.Hour: "24 hours", 48*time.Hour - time.Millisecond: "1 hour", 48 * time.Hour: "late"} {
		if got, ok := AnswerRung(r, asked.Add(after)); got.Name != want || ok != (want != "") {
			t.Errorf("after %s: %q, want %q", after, got.Name, want)
		}
	}
	again := r
	again.Renewal = &alert.Renewal{Edition: 2, Due: r.Renewal.Due, AnsweredAt: asked}
	withdrawn := open(issued)
	withdrawn.StoppedAt = issued.Add(time.Hour)
	for claim, r := range map[string]alert.Response{"answered again": again, "withdrawn": withdrawn} {
		if got, ok := AnswerRung(r, asked.Add(48*time.Hour)); ok {
			t.Errorf("%s: reminded of %q", claim, got.Name)
		}
	}
}

func TestTheLadderOfAnAcceptedRisk(t *testing.T) {
	until := issued.AddDate(0, 1, 0)
	r := open(issued)
	r.Acknowledged, r.Applicability, r.AppliedAt, r.Outcome, r.AcceptedUntil = &alert.Acknowledgement{At: issued}, alert.AppliesToAll, issued, alert.CannotFix, until
	for before, want := range map[time.Duration]string{7*24*time.Hour + time.Millisecond: "", 7 * 24 * time.Hour: "accepted a week more", 24*time.Hour + time.Millisecond: "accepted a week more", 24 * time.Hour: "accepted a day more",
		time.Millisecond: "accepted a day more", 0: "accepted no more", -7*24*time.Hour + time.Millisecond: "accepted no more", -7 * 24 * time.Hour: ""} {
		if got, ok := AcceptanceRung(r, until.Add(-before)); ok != (want != "") || (ok && got.Name != want) {
			t.Errorf("%s before: %q, %t, want %q", before, got.Name, ok, want)
		}
	}
	fixed := r
	fixed.ClosedAt = issued
	if got, ok := AcceptanceRung(fixed, until); ok {
		t.Errorf("what is closed is reminded of %q", got.Name)
	}
}

// TestAMovedDeadlineIsAnotherTurn: an extended alert is reminded of anew.
func TestAMovedDeadlineIsAnotherTurn(t *testing.T) {
	r := open(issued)
	one, _ := AnswerRung(r, r.AnswerDue.Add(-time.Hour))
	r.AnswerDue = r.AnswerDue.Add(24 * time.Hour)
	two, _ := AnswerRung(r, r.AnswerDue.Add(-time.Hour))
	if one.Name != two.Name || one.Turn() == two.Turn() {
		t.Errorf("%q and %q", one.Turn(), two.Turn())
	}
}

func TestContactsAreChecked(t *testing.T) {
	for address, good := range map[string]bool{
		"tom@trust.example": true, "tom.reilly+alerts@mail.trust.example": true,
		"": false, "tom": false, "tom@": false, "@trust.example": false, "tom@localhost": false, "tom@trust.": false, "a@b.example, c@d.example": false, "Tom <tom@trust.example>": false,
		"<tom@trust.example>": false, "tom@trust.example\r\nBcc: x@y.example": false, "tom@trust.example\n": false, "\"a b\"@trust.example": false, "tom@[127.0.0.1]": false, "tom@[10.0.0.1.x]": false, "töm@trust.example": false,
	} {
		if err := CheckContact(Recipient{Name: "Tom", Address: address}); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, name := range []string{"", "Tom\nReilly", string(make([]byte, 101))} {
		if CheckContact(Recipient{Name: name, Address: "tom@trust.example"}) == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
}

func TestEverybodyIsToldOnce(t *testing.T) {
	p := Place{Holders: []Holder{{Office: Told[0], Recipient: Recipient{"Tom", "tom@trust.example"}}, {Office: Told[1], Recipient: Recipient{"Tom", "Tom@Trust.example"}}, {Office: Told[2], Recipient: Recipient{"Amara", ""}}, {Office: "board_member", Recipient: Recipient{"B", "b@trust.example"}}},
		Contacts: []Recipient{{"Desk", "desk@supplier.example"}, {"Desk", " TOM@trust.example "}}}
	if got := p.Everyone(); len(got) != 2 || got[0].Address != "tom@trust.example" || got[1].Name != "Desk" {
		t.Errorf("told: %+v", got)
	}
}

// TestTheDigestGoesAtSevenInTheMorning of the clock on the wall, also on the
// days it changes.
func TestTheDigestGoesAtSevenInTheMorning(t *testing.T) {
	for now, want := range map[string]string{
		"2026-11-25T06:59:59.999Z": "2026-11-24T07:00:00Z",
		"2026-11-25T07:00:00Z":     "2026-11-25T07:00:00Z",
		"2026-11-25T23:59:59Z":     "2026-11-25T07:00:00Z",
		"2026-07-01T05:59:59.999Z": "2026-06-30T06:00:00Z",
		"2026-07-01T06:00:00Z":     "2026-07-01T06:00:00Z",
		"2026-10-25T06:59:59.999Z": "2026-10-24T06:00:00Z", // 25 hours
		"2026-10-25T07:00:00Z":     "2026-10-25T07:00:00Z",
		"2027-03-28T05:59:59.999Z": "2027-03-27T07:00:00Z",
		"2027-03-28T06:00:00Z":     "2027-03-28T06:00:00Z", // 23 hours
	} {
		at, err := time.Parse(time.RFC3339Nano, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := DigestAt(at).Format(time.RFC3339Nano); got != want {
			t.Errorf("at %s it is %s, want %s", now, got, want)
		}
	}
}
