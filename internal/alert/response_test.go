package alert

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

const trust = organisation.Code("XAA01")

var (
	answerDue = issuedAt.Add(AnswerWindow)
	actionDue = issuedAt.Add(ActionWindow)
)

func lead(t *testing.T) access.Pass {
	return allowed(t, actor("tom", "Tom Adeyemi", access.CyberLead, trust), access.AnswerAlert, trust)
}

func waiting() Response {
	return Response{Alert: "al_1", Organisation: trust, IssuedAt: issuedAt, AnswerDue: answerDue, ActionDue: actionDue}
}

// acknowledged was read by Tom at an instant.
func acknowledged(at time.Time) Response {
	r := waiting()
	r.Acknowledged = &Acknowledgement{By: "Tom Adeyemi", At: at}
	return r
}

// answered was acknowledged an hour after issue, and said to apply at an instant.
func answered(at time.Time) Response {
	r := acknowledged(issuedAt.Add(time.Hour))
	r.Applicability, r.AppliedAt = AppliesToAll, at
	return r
}

// first is the version every answer of these tests is to.
var first = Edition{Number: 1, Digest: "d1"}

func with(r Response, change func(*Response)) Response {
	change(&r)
	return r
}

func TestStandingAtBothDeadlines(t *testing.T) {
	const ms = time.Millisecond
	inTime := answered(issuedAt.Add(2 * time.Hour))
	fixed := with(inTime, func(r *Response) { r.Outcome, r.ClosedAt = Fixed, issuedAt.Add(3*time.Hour) })
	cannot := with(inTime, func(r *Response) { r.Outcome = CannotFix })
	notOurs := with(inTime, func(r *Response) { r.Applicability, r.ClosedAt = DoesNotApply, r.AppliedAt })
	unclosed := with(inTime, func(r *Response) { r.Outcome = Fixed })
	until := actionDue.Add(30 * 24 * time.Hour)
	accepted := with(cannot, func(r *Response) { r.AcceptedUntil = until })
	promise := issuedAt.Add(5 * time.Hour)
	promised := with(inTime, func(r *Response) { r.NextUpdateDue = promise })
	renewDue := issuedAt.Add(80 * time.Hour)
	renewal := with(inTime, func(r *Response) { r.Renewal = &Renewal{Edition: 2, Due: renewDue} })
	stopped := with(waiting(), func(r *Response) { r.StoppedAt = answerDue.Add(-time.Hour) })
	checking := with(acknowledged(issuedAt), func(r *Response) { r.Applicability, r.AppliedAt = StillChecking, issuedAt })
	for name, test := range map[string]struct {
		response Response
		at       time.Time
		want     Standing
	}{
		"nobody has read it":                              {waiting(), issuedAt, NotAcknowledged},
		"not acknowledged 1ms before the answer is due":   {waiting(), answerDue.Add(-ms), NotAcknowledged},
		"late when the answer is due":                     {waiting(), answerDue, Late},
		"late 1ms after":                                  {waiting(), answerDue.Add(ms), Late},
		"acknowledged is not answered":                    {acknowledged(issuedAt), answerDue.Add(-ms), Acknowledged},
		"acknowledged alone is late when due":             {acknowledged(issuedAt), answerDue, Late},
		"still checking is not answered":                  {checking, answerDue.Add(-ms), Acknowledged},
		"still checking is late when due":                 {checking, answerDue, Late},
		"answered in time is in progress":                 {inTime, answerDue.Add(ms), InProgress},
		"in progress 1ms before the action is due":        {inTime, actionDue.Add(-ms), InProgress},
		"late when the action is due":                     {inTime, actionDue, Late},
		"late 1ms after the action is due":                {inTime, actionDue.Add(ms), Late},
		"answered 1ms before the deadline":                {answered(answerDue.Add(-ms)), answerDue, InProgress},
		"answered at the deadline is late":                {answered(answerDue), answerDue, AnsweredLate},
		"answered 1ms after the deadline":                 {answered(answerDue.Add(ms)), answerDue.Add(time.Hour), AnsweredLate},
		"fixed stays fixed past both deadlines":           {fixed, actionDue.Add(ms), IsFixed},
		"does not apply stays so past both deadlines":     {notOurs, actionDue.Add(ms), NotForUs},
		"cannot fix needs a decision":                     {cannot, actionDue.Add(-ms), NeedsDecision},
		"cannot fix is late too when the action is due":   {cannot, actionDue, Late},
		"answered late and past the action is late again": {answered(answerDue.Add(ms)), actionDue, Late},
		"fixed and not closed is in progress":             {unclosed, actionDue.Add(-ms), InProgress},
		"fixed and not closed is late when due":           {unclosed, actionDue, Late},
		"accepted past the action is not late":            {accepted, until.Add(-ms), RiskAccepted},
		"an acceptance that runs out is late by itself":   {accepted, until, Late},
		"late 1ms after it ran out":                       {accepted, until.Add(ms), Late},
		"an update is not late 1ms before":                {promised, promise.Add(-ms), InProgress},
		"an update is late when promised":                 {promised, promise, UpdateLate},
		"acknowledged alone lapses too":                   {with(acknowledged(issuedAt), func(r *Response) { r.NextUpdateDue = promise }), promise, UpdateLate},
		"what was accepted promises nothing":              {with(accepted, func(r *Response) { r.NextUpdateDue = promise }), promise.Add(ms), RiskAccepted},
		"a newer version asks again":                      {renewal, renewDue.Add(-ms), AnswerAgain},
		"not answered again is late when due":             {renewal, renewDue, Late},
		"withdrawn before it was due is never late":       {stopped, answerDue.Add(ms), IsWithdrawn},
		"withdrawn after the action was late stops it":    {with(inTime, func(r *Response) { r.StoppedAt = actionDue.Add(ms) }), actionDue.Add(2 * ms), IsWithdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.response.Standing(test.at); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestInTimeEndsBeforeTheDeadline(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		response Response
		want     bool
	}{
		"1ms before":                             {answered(answerDue.Add(-ms)), true},
		"at the deadline":                        {answered(answerDue), false},
		"1ms after":                              {answered(answerDue.Add(ms)), false},
		"never":                                  {waiting(), false},
		"acknowledged alone":                     {acknowledged(issuedAt), false},
		"still checking":                         {with(answered(issuedAt), func(r *Response) { r.Applicability = StillChecking }), false},
		"applicability first, acknowledged late": {with(answered(issuedAt), func(r *Response) { r.Acknowledged.At = answerDue }), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.response.InTime(); got != test.want {
				t.Errorf("in time: %t", got)
			}
		})
	}
}

func TestInTimeThroughClockChanges(t *testing.T) {
	const ms = time.Millisecond
	for name, sent := range map[string]time.Time{
		"the clocks go back":    time.Date(2026, 10, 24, 12, 0, 0, 0, organisation.London),
		"the clocks go forward": time.Date(2027, 3, 27, 12, 0, 0, 0, organisation.London),
	} {
		t.Run(name, func(t *testing.T) {
			due := sent.Add(AnswerWindow)
			onTheWall := time.Date(sent.Year(), sent.Month(), sent.Day()+2, 12, 0, 0, 0, organisation.London)
			if onTheWall.Equal(due) {
				t.Fatal("the clocks do not change on this weekend, so it proves nothing")
			}
			at := func(applied time.Time) Response {
				r := Response{IssuedAt: sent, AnswerDue: due, ActionDue: sent.Add(ActionWindow), Applicability: AppliesToAll, AppliedAt: applied}
				r.Acknowledged = &Acknowledgement{At: sent}
				return r
			}
			if !at(due.Add(-ms)).InTime() || at(due).InTime() || at(due.Add(ms)).InTime() {
				t.Error("48 elapsed hours do not decide")
			}
			if got := at(onTheWall).InTime(); got != onTheWall.Before(due) {
				t.Errorf("midday 2 days later is in time: %t", got)
			}
		})
	}
}

func TestAcknowledge(t *testing.T) {
	r, e, err := waiting().Acknowledge(lead(t), "ev_1", issuedAt.Add(time.Minute))
	if err != nil || r.Acknowledged.By != "Tom Adeyemi" || !r.NextUpdateDue.Equal(issuedAt.Add(time.Minute+UpdateWindow)) {
		t.Fatalf("%+v, %v", r, err)
	}
	if e.Kind != "alert acknowledged" || e.Organisation != trust || e.ActorID != "tom" || e.Thing != "alert/al_1" {
		t.Errorf("event %+v", e)
	}
	if again, _, err := r.Acknowledge(lead(t), "ev_2", issuedAt.Add(time.Hour)); !errors.Is(err, ErrAcknowledged) || !again.Acknowledged.At.Equal(r.Acknowledged.At) {
		t.Errorf("acknowledged twice: %+v, %v", again.Acknowledged, err)
	}
}

func TestAppliesNamesWhatIsMissing(t *testing.T) {
	none := func(change func(*Applies)) Applies {
		a := Applies{Answer: DoesNotApply, HowKnown: []string{"Scan"}, CheckedOn: "2026-11-23"}
		change(&a)
		return a
	}
	for name, test := range map[string]struct {
		answer Applies
		want   []string
	}{
		"all":                   {Applies{Answer: AppliesToAll}, nil},
		"some":                  {Applies{Answer: AppliesToSome}, nil},
		"still checking":        {Applies{Answer: StillChecking}, nil},
		"nothing":               {Applies{}, []string{"applies"}},
		"no such answer":        {Applies{Answer: "perhaps"}, []string{"applies"}},
		"none, checked today":   {none(func(*Applies) {}), nil},
		"none, nobody knows":    {none(func(a *Applies) { a.HowKnown = nil }), []string{"how"}},
		"none, an invented way": {none(func(a *Applies) { a.HowKnown = []string{"Guess"} }), []string{"how"}},
		"none, no date":         {none(func(a *Applies) { a.CheckedOn = "" }), []string{"checked"}},
		"none, tomorrow":        {none(func(a *Applies) { a.CheckedOn = "2026-11-24" }), []string{"checked"}},
		"none, neither":         {none(func(a *Applies) { a.HowKnown, a.CheckedOn = nil, "" }), []string{"how", "checked"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fields(test.answer.Check(issuedAt)); !slices.Equal(got, test.want) {
				t.Errorf("missing %q, want %q", got, test.want)
			}
		})
	}
}

func TestApply(t *testing.T) {
	now := issuedAt.Add(5 * time.Hour)
	pass := lead(t)
	if _, _, err := waiting().Apply(pass, Applies{Answer: AppliesToAll}, first, "ev_1", now); !errors.Is(err, ErrNotAcknowledged) {
		t.Errorf("answered before anyone acknowledged: %v", err)
	}
	r, e, err := acknowledged(issuedAt).Apply(pass, Applies{Answer: AppliesToSome}, first, "ev_1", now)
	if err != nil || r.Closed() || !r.AppliedAt.Equal(now) || e.Detail != "Said the alert applies to some systems" {
		t.Fatalf("%+v, %+v, %v", r, e, err)
	}
	changed, _, err := r.Apply(pass, Applies{Answer: AppliesToAll}, first, "ev_2", answerDue.Add(time.Hour))
	if err != nil || !changed.InTime() {
		t.Errorf("a change of mind made a timely answer late: %+v, %v", changed, err)
	}
	checking, _, _ := acknowledged(issuedAt).Apply(pass, Applies{Answer: StillChecking}, first, "ev_3", now)
	late, _, err := checking.Apply(pass, Applies{Answer: AppliesToAll}, first, "ev_4", answerDue)
	if err != nil || late.InTime() {
		t.Errorf("still checking stopped the clock: %+v, %v", late, err)
	}
	none, e, err := r.Apply(pass, Applies{Answer: DoesNotApply, HowKnown: []string{"Asset register", "Scan"}, CheckedOn: "2026-11-22"}, first, "ev_5", now)
	if err != nil || none.Closed() || none.CheckedOn != "2026-11-22" || none.Answered != first || e.Detail != "Said the alert does not apply: asset register, scan" {
		t.Fatalf("%+v, %+v, %v", none, e, err)
	}
	closed, _, err := none.Close(pass, 1, "ev_6", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := closed.Apply(pass, Applies{Answer: AppliesToAll}, first, "ev_7", now); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed answer changed: %v", err)
	}
}

func TestActionNamesWhatIsMissing(t *testing.T) {
	part := func(change func(*Action)) Action {
		a := Action{Outcome: FixedInPart, FixedCount: 3, AssetCount: 12, PlanOn: "2026-11-23"}
		change(&a)
		return a
	}
	for name, test := range map[string]struct {
		action Action
		want   []string
	}{
		"fixed":                    {Action{Outcome: Fixed}, nil},
		"nothing chosen":           {Action{}, []string{"outcome"}},
		"part, plan today":         {part(func(*Action) {}), nil},
		"part, none fixed yet":     {part(func(a *Action) { a.FixedCount = 0 }), nil},
		"part, of nothing":         {part(func(a *Action) { a.AssetCount = 0 }), []string{"assets"}},
		"part, all of them":        {part(func(a *Action) { a.FixedCount = 12 }), []string{"fixed"}},
		"part, fewer than none":    {part(func(a *Action) { a.FixedCount = -1 }), []string{"fixed"}},
		"part, plan yesterday":     {part(func(a *Action) { a.PlanOn = "2026-11-22" }), []string{"plan"}},
		"part, no plan":            {part(func(a *Action) { a.PlanOn = "" }), []string{"plan"}},
		"part, neither":            {part(func(a *Action) { a.AssetCount, a.PlanOn = 0, "" }), []string{"assets", "plan"}},
		"cannot, and why":          {Action{Outcome: CannotFix, Reason: "The supplier has no fix."}, nil},
		"cannot, without a reason": {Action{Outcome: CannotFix, Reason: " "}, []string{"reason"}},
		"cannot, 1,000 characters": {Action{Outcome: CannotFix, Reason: strings.Repeat("é", 1000)}, nil},
		"made safe, and how":       {Action{Outcome: Covered, Cover: "Kept apart from the network."}, nil},
		"made safe by nothing":     {Action{Outcome: Covered}, []string{"cover"}},
		"waits for no supplier":    {Action{Outcome: WaitingSupplier}, []string{"reason"}},
		"waits for no fix":         {Action{Outcome: WaitingNational}, []string{"reason"}},
		"waits, update yesterday":  {Action{Outcome: WaitingSupplier, Reason: "Halvard", UpdateOn: "2026-11-22"}, []string{"update"}},
		"waits, update in 30 days": {Action{Outcome: WaitingSupplier, Reason: "Halvard", UpdateOn: "2026-12-23"}, nil},
		"waits, update in 31 days": {Action{Outcome: WaitingSupplier, Reason: "Halvard", UpdateOn: "2026-12-24"}, []string{"update"}},
		"cannot, 1,001 characters": {Action{Outcome: CannotFix, Reason: strings.Repeat("é", 1001)}, []string{"reason"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fields(test.action.Check(issuedAt)); !slices.Equal(got, test.want) {
				t.Errorf("missing %q, want %q", got, test.want)
			}
		})
	}
}

func TestAct(t *testing.T) {
	now := issuedAt.Add(6 * time.Hour)
	pass := lead(t)
	for name, r := range map[string]Response{
		"nobody said whether it applies": acknowledged(issuedAt),
		"still checking":                 with(acknowledged(issuedAt), func(r *Response) { r.Applicability = StillChecking }),
	} {
		if _, _, err := r.Act(pass, Action{Outcome: Fixed}, "ev_1", now); !errors.Is(err, ErrNotApplicable) {
			t.Errorf("acted while %s: %v", name, err)
		}
	}
	part, e, err := answered(issuedAt).Act(pass, Action{Outcome: FixedInPart, FixedCount: 3, AssetCount: 12, PlanOn: "2026-12-01"}, "ev_2", now)
	if err != nil || part.Closed() || !part.NextUpdateDue.Equal(now.Add(UpdateWindow)) || e.Detail != "Fixed on 3 of 12" {
		t.Fatalf("%+v, %+v, %v", part, e, err)
	}
	cannot, e, err := part.Act(pass, Action{Outcome: CannotFix, Reason: "No fix yet"}, "ev_3", now)
	if err != nil || cannot.Closed() || cannot.FixedCount != 0 || strings.Contains(e.Detail, "No fix yet") {
		t.Errorf("a person's own words are not for the record, nor old counts for a new answer: %+v, %+v, %v", cannot, e, err)
	}
	fixed, e, err := cannot.Act(pass, Action{Outcome: Fixed}, "ev_4", now)
	if err != nil || fixed.Closed() || fixed.Reason != "" || e.Kind != "action recorded" {
		t.Fatalf("%+v, %+v, %v", fixed, e, err)
	}
	closed, e, err := fixed.Close(pass, 2, "ev_4", now)
	if err != nil || !closed.ClosedAt.Equal(now) || !closed.NextUpdateDue.IsZero() || e.Detail != "Closed the alert: fixed everywhere" {
		t.Fatalf("%+v, %+v, %v", closed, e, err)
	}
	if _, _, err := closed.Act(pass, Action{Outcome: CannotFix, Reason: "again"}, "ev_5", now); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed answer changed: %v", err)
	}
}

func TestT81_AnAnswerCountsFromItsArrival(t *testing.T) {
	now := answerDue.Add(30 * time.Second)
	r := acknowledged(issuedAt.Add(time.Hour))
	for name, test := range map[string]struct{ asked, want time.Time }{
		"arrived 1ms before the deadline, written after": {answerDue.Add(-time.Millisecond), answerDue.Add(-time.Millisecond)},
		"arrived at the deadline":                        {answerDue, answerDue},
		"nobody says when it arrived":                    {time.Time{}, now},
		"says it waited longer than a request can":       {now.Add(-longestWait - 1), now},
		"says it arrives in the future":                  {now.Add(time.Second), now},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.arrival(test.asked, now); !got.Equal(test.want) {
				t.Errorf("counts from %s, want %s", got, test.want)
			}
		})
	}
}

func TestT79_AClockThatRunsBackMakesNothingTimely(t *testing.T) {
	late := acknowledged(answerDue.Add(time.Hour))
	back := issuedAt.Add(time.Minute)
	answered, _, err := late.Apply(lead(t), Applies{Answer: AppliesToAll}, first, "ev", late.arrival(back, back))
	if err != nil || answered.InTime() || answered.AppliedAt.Before(late.Acknowledged.At) {
		t.Errorf("%+v, %v", answered, err)
	}
	if got := waiting().arrival(issuedAt.Add(-time.Hour), issuedAt.Add(-time.Hour)); got.Before(issuedAt) {
		t.Errorf("an alert was answered before it was issued: %s", got)
	}
}
