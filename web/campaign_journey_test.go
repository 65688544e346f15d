//go:build demo

package main

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/job"
	"countersign/internal/mail/mailtest"
	"countersign/internal/organisation"
	"countersign/web/demo"
)

// campaign asks every trust for the quarter's statement, and comes to its page.
func (v visitor) campaign(quarter attestation.Period, by time.Time) {
	v.t.Helper()
	v.opens("/statements/request")
	v.chooses("Cyber statement")
	v.chooses(quarter.Name)
	v.types("name", "Winter statements")
	v.writesDate("due", by)
	v.chooses("All ")
	v.presses("Continue")
	v.presses("Ask 201 trusts for the statement") // Calder Vale has it
	v.sees("201 trusts have been asked for the " + quarter.Name + " cyber statement")
}

// finds turns the pages of a campaign until a trust is on one, and gives its name
// there.
func (v visitor) finds(trust organisation.Code) string {
	v.t.Helper()
	list, named := v.path(), "("+string(trust)+")"
	for page := 2; !strings.Contains(v.text(), named) && page < 20; page++ {
		v.opens(list + "?page=" + strconv.Itoa(page))
	}
	return named
}

// picks follows the link of a trust's deadline in the list of a campaign.
func (v visitor) picks(trust organisation.Code) {
	v.t.Helper()
	named := v.finds(trust)
	v.presses(evaluate[string](v, `[...document.querySelectorAll('main td a')].find(a => a.textContent.includes("`+named+`")).innerText.replace(/\s+/g, ' ').trim()`))
}

// reminds lets the portal that sends email look at the same records at another
// time, and gives what it sent.
func (r running) reminds(t *testing.T, at time.Time, want int64) []mailtest.Letter {
	t.Helper()
	server := mailtest.Start(t)
	settings, err := readConfig("", []string{prefix + "DATABASE=" + r.config.Database, prefix + "BLOBS=" + r.config.Blobs, prefix + "ACT_KEY=" + r.config.Log.Acts,
		prefix + "SMTP=smtp://" + server.Address + "?tls=none", prefix + "MAIL_FROM=Countersign <portal@countersign.example>"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), settings, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.db.Close() }() // the test is over
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	s.jobs.Pace.Idle = 10 * time.Millisecond
	s.jobs.Duties = slices.DeleteFunc(s.jobs.Duties, func(d job.Duty) bool { return d.Name == "digest" }) // whether the morning's has been sent depends on the hour
	if err := s.told.RemindStatements(ctx); err != nil {
		t.Fatal(err)
	}
	arrived := atomic.Int64{}
	server.After = func(mailtest.Letter) {
		if arrived.Add(1) == want {
			time.AfterFunc(300*time.Millisecond, stop) // long enough for one too many to show
		}
	}
	s.jobs.Run(ctx)
	letters := server.Letters()
	if int64(len(letters)) != want {
		t.Errorf("%d letters, want: %d", len(letters), want)
	}
	return letters
}

// TestCampaign: an edition is written and published by two regulators, a campaign
// asks for it, one trust gets more time by two, the others are reminded.
func TestCampaign(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) { campaigns(t, start(t), script) })
	}
}

func campaigns(t *testing.T, r running, script bool) {
	samir, nadia, imran := visit(t, r, script), visit(t, r, script), visit(t, r, script)
	quarter := attestation.Quarters(time.Now(), 1)[0]
	by := quarter.To.Start().AddDate(0, 0, 40)

	samir.signsIn("Samir Devlin")
	samir.opens("/statements")
	samir.presses("Wordings of statements")
	samir.presses("Cyber statement")
	samir.presses("Write a new edition")
	samir.presses("Save and check")
	samir.sees("Nothing is different from the edition there is")
	samir.unfolds()
	samir.types("part-4-text", "We have tested {backups} of our systems.")
	samir.presses("Save and check")
	samir.sees("Part 5 asks for {backups}, which the portal does not know")
	samir.clears("part-4-text")
	samir.types("part-4-text", "I have told my board about {outcomes} outcomes.")
	samir.presses("Save and check")
	samir.sees("I have told my board about 41 outcomes.")
	samir.sees("another regulator must publish it")
	samir.misses("Publish this edition")
	nadia.signsIn("Nadia Rahman")
	nadia.opens("/statements/templates/quarterly")
	nadia.presses("Read the draft")
	nadia.sees("What changed since edition 1")
	nadia.presses("Publish this edition")
	nadia.sees("Edition 2")
	nadia.sees("Samir Devlin wrote it. Nadia Rahman published it")

	samir.campaign(quarter, by)
	samir.sees("Winter statements")
	samir.sees("quarterly, edition 2")
	samir.sees("Not begun (201)")
	list := samir.path()
	samir.presses(samir.finds(demo.Neighbour)) // its name leads to the trust: nothing is signed yet
	if got := samir.path(); got != "/organisations/"+string(demo.Neighbour) {
		t.Errorf("the name of the trust leads to %s", got)
	}
	samir.opens(list)
	samir.picks(demo.Neighbour)
	samir.presses("Propose this deadline")
	samir.sees("Enter the new date they must sign by")
	samir.writesDate("due", by.AddDate(0, 0, 14))
	samir.types("reason", "Their records moved to another system.")
	samir.presses("Propose this deadline")
	samir.sees("another regulator must confirm it")
	samir.misses("Confirm the new deadline")
	deadline := samir.path()
	imran.signsIn("Dr Imran Sethi")
	imran.opens("/organisations/" + string(demo.Neighbour) + "/statements")
	imran.sees(by.Format("Monday 2 January 2006"))
	nadia.opens(deadline)
	nadia.presses("Confirm the new deadline")
	nadia.sees("Confirmed by Nadia Rahman")
	imran.opens("/organisations/" + string(demo.Neighbour) + "/statements")
	imran.presses(by.AddDate(0, 0, 14).Format("Monday 2 January 2006"))
	imran.sees("Their records moved to another system.")
	imran.sees("Confirmed by Nadia Rahman")
	imran.opens("/organisations/" + string(demo.Neighbour) + "/statements")
	imran.presses(quarter.Name + " cyber statement")
	imran.sees("I have told my board about")

	csv := samir.fetches(filepath.Dir(filepath.Dir(deadline)) + "/trusts.csv")
	if lines := strings.Count(csv, "\r\n"); lines != 202 || !strings.Contains(csv, "1 time") {
		t.Errorf("the CSV has %d lines:\n%.500s", lines, csv)
	}

	letters := r.reminds(t, attestation.Due(organisation.DayOf(by)).AddDate(0, 0, -14), 200) // every trust but the one with more time
	for _, l := range letters {
		if !strings.Contains(l.Header("Subject"), "cyber statement: sign by 5pm on") || strings.Contains(strings.Join(l.To, " "), "@"+strings.ToLower(string(demo.Neighbour))+".example") {
			t.Errorf("to %v: %s", l.To, l.Header("Subject"))
		}
	}

	samir.opens(filepath.Dir(filepath.Dir(deadline)))
	samir.presses("Withdraw this campaign")
	samir.presses("Withdraw the campaign")
	samir.sees("Enter why you withdraw it. The trusts read it")
	samir.types("why", "The wording names the wrong year.")
	samir.presses("Withdraw the campaign")
	samir.sees("Withdrawn (201)")
	imran.opens("/organisations/" + string(demo.Neighbour) + "/statements")
	imran.presses(quarter.Name + " cyber statement")
	imran.sees("Nothing more is expected of you. The wording names the wrong year.")
}
