package handler

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/alert"
)

// acknowledgedAfter gives acknowledgements so many hours after an alert; below
// 0 none.
func acknowledgedAfter(hours ...float64) []time.Time {
	var list []time.Time
	for _, h := range hours {
		at := time.Time{}
		if h >= 0 {
			at = alertSent.Add(time.Duration(h * float64(time.Hour)))
		}
		list = append(list, at)
	}
	return list
}

func TestCurveFollowsEverybodyToTheEnd(t *testing.T) {
	c := courseOf(acknowledgedAfter(1, 2, 3, -1), alertSent, alertSent.Add(10*time.Hour))
	if half, ok := c.half(); !ok || half != 2 {
		t.Errorf("half after %v hours", half)
	}
	if at := c.at(10); at.Share != 0.75 || at.Low >= at.Share || at.High <= at.Share {
		t.Errorf("at the end %+v: who has not acknowledged stays in the denominator", at)
	}
	if c.at(0.5).Share != 0 || c.at(2.5).Share != 0.5 {
		t.Errorf("%+v and %+v", c.at(0.5), c.at(2.5))
	}
	withdrawn := courseOf(acknowledgedAfter(1, 2, 3, -1), alertSent, alertSent.Add(150*time.Minute))
	if withdrawn.at(2.5).Share != 0.5 || len(withdrawn.steps) != 2 {
		t.Errorf("what came after the end counts: %+v", withdrawn.steps)
	}
}

// earlier is an alert before this one, sent so long before and acknowledged as
// this one would be.
func earlier(days int, hours ...float64) alert.Earlier {
	p := alert.Earlier{ID: alert.ID(fmt.Sprint("al_", days)), IssuedAt: alertSent.AddDate(0, 0, -days)}
	for _, at := range acknowledgedAfter(hours...) {
		if !at.IsZero() {
			at = at.AddDate(0, 0, -days)
		}
		p.Acknowledged = append(p.Acknowledged, at)
	}
	return p
}

func TestUsualIsTheMedianOfEarlierAlerts(t *testing.T) {
	now := alertSent.Add(10 * time.Hour)
	past := []alert.Earlier{earlier(30, 1, 1, 1, 1), earlier(20, 4, 4, 4, 4), earlier(10, 20, 20, 20, 20)}
	u := usualOf(past, now)
	if u.half != 4 || !u.hasHalf || u.alerts != 3 || len(u.points) != 97 {
		t.Fatalf("usual: half after %v, %d points", u.half, len(u.points))
	}
	for hour, want := range map[float64]float64{0: 0, 3.5: 0, 4: 1, 48: 1} {
		if got, ok := u.at(hour); !ok || got != want {
			t.Errorf("after %v hours %v, want %v", hour, got, want)
		}
	}
	if few := usualOf(past[:2], now); len(few.points) > 0 || few.hasHalf {
		t.Errorf("two alerts make a usual course: %+v", few)
	}
	recent := usualOf([]alert.Earlier{earlier(30, 1), earlier(20, 1), earlier(0, 1)}, alertSent.Add(6*time.Hour))
	if _, ok := recent.at(7); ok || len(recent.points) != 13 {
		t.Errorf("the course goes on where only two alerts were watched so long: %d points", len(recent.points))
	}
	never := usualOf([]alert.Earlier{earlier(30, 1, -1, -1), earlier(20, -1, -1, -1), earlier(10, 1, -1, -1)}, now)
	if never.hasHalf {
		t.Errorf("half usually after %v, though most never got there", never.half)
	}
}

func TestFindingLeavesChanceOut(t *testing.T) {
	many := func(hour float64) []time.Time {
		var hours []float64
		for range 60 {
			hours = append(hours, hour)
		}
		return acknowledgedAfter(hours...)
	}
	end := alertSent.Add(20 * time.Hour)
	usual := usual{half: 4, hasHalf: true}
	for want, c := range map[string]course{
		"Half acknowledged in 1 hour, faster than usual":          courseOf(append(acknowledgedAfter(-1), many(1)...), alertSent, end),
		"Half acknowledged in 9 hours, slower than usual":         courseOf(append(acknowledgedAfter(0.5), many(9)...), alertSent, end),
		"Half acknowledged in 3 hours 30 minutes, about as usual": courseOf(acknowledgedAfter(3.5, 3.5, 3.5, 5), alertSent, end),
		"Fewer than half have acknowledged":                       courseOf(acknowledgedAfter(1, -1, -1), alertSent, end),
		"Half acknowledged in 45 minutes":                         courseOf(acknowledgedAfter(0.75, 0.75), alertSent, alertSent.Add(2*time.Hour)), // usual is still ahead
		"Half acknowledged in less than 1 minute, about as usual": courseOf(acknowledgedAfter(0, -1), alertSent, end),
	} {
		if got := courseFinding(c, usual); got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
}
