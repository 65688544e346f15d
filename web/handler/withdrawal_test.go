package handler

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/views/attestationview"
	"countersign/views/layout/layouttest"
)

// TestWithdrawingSaysWhatFollows: whether the campaign runs is the portal's to
// know, and the day with it.
func TestWithdrawingSaysWhatFollows(t *testing.T) {
	now := calderNoon
	for want, change := range map[string]func(*attestation.Ground){
		"The campaign that asked for this statement still runs. As soon as you withdraw it, your trust owes a new statement by 5pm on Sunday 29 November 2026 (6 days left).":                          func(*attestation.Ground) {},
		"The campaign that asked for this statement still runs. As soon as you withdraw it, your trust owes a new statement. Its deadline was 5pm on Monday 26 October 2026, so it will show as late.": func(g *attestation.Ground) { g.Statement.Due = time.Date(2026, 10, 26, 17, 0, 0, 0, time.UTC) },
		"As soon as you withdraw it, your trust owes a new statement by 5pm on Sunday 29 November 2026 (6 days left).":                                                                                 func(g *attestation.Ground) { g.Statement.Campaign = "" },
		"The campaign that asked for this statement was withdrawn. Your trust owes nothing in its place.":                                                                                              func(g *attestation.Ground) { g.Ended = true },
		"A new statement is being prepared in place of this one already. As soon as you withdraw this one, your trust owes it by 5pm on Sunday 29 November 2026 (6 days left).": func(g *attestation.Ground) {
			g.After.Open, g.After.Due, g.Ended = "st_2", g.Statement.Due, true
		},
		"A new statement is being prepared in place of this one already. As soon as you withdraw this one, your trust owes it by 5pm on Friday 11 December 2026 (18 days left).": func(g *attestation.Ground) {
			g.After.Open, g.After.Due = "st_2", time.Date(2026, 12, 11, 17, 0, 0, 0, time.UTC) // it has more time than the signed one had
		},
	} {
		on := attestation.Ground{Statement: attestation.Statement{State: attestation.Signed, Campaign: "c1", Due: time.Date(2026, 11, 29, 17, 0, 0, 0, time.UTC)}}
		change(&on)
		got := followsWord(on, now)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if body := layouttest.Render(t, attestationview.WithdrawPage(attestationview.Withdrawing{Page: frame("Withdraw"), Action: "/w", Follows: got})); !strings.Contains(body, got) {
			t.Errorf("the page does not say it: %s", body)
		}
	}
}
