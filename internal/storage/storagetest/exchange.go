package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// importer is the actor of the commands.
var importer = access.PortalActor("import")

// catalogue reads the published list of exploited vulnerabilities. Without it
// the promise is left out, and where CI=true its absence fails.
func catalogue(t *testing.T) []alert.Draft {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "kev", "known_exploited_vulnerabilities.json"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("../shared/data/kev is missing, and CI must not leave this test out")
		}
		t.Skip("left out: ../shared/data/kev is not here")
	}
	read, err := exchange.Read(bytes.NewReader(text))
	must(t, err)
	return read.Drafts
}

func found(reference, why string) alert.Draft {
	d := wording(why)
	d.Origin = alert.Origin{Kind: "kev", Reference: reference}
	return d
}

const pastHeader = "alert,title,severity,class,issued_at,answer_due,action_due,ods_code,acknowledged_at,acknowledged_by,applicability,applied_at,how_known,checked_on,outcome,fixed,assets,closed_at\n"

// pastLines are two alerts of a spring before, of which one was answered late.
const pastLines = pastHeader +
	"CC-0041,Old flaw,high,normal,2026-03-01T09:00:00Z,2026-03-03T09:00:00Z,2026-03-15T09:00:00Z,RXH,2026-03-01T10:00:00Z,Ada Lovelace,all,2026-03-02T09:00:00Z,,,fixed,,,2026-03-10T09:00:00Z\n" +
	"CC-0041,Old flaw,high,normal,2026-03-01T09:00:00Z,2026-03-03T09:00:00Z,2026-03-15T09:00:00Z,RYJ,2026-03-04T10:00:00Z,Grace Hopper,none,2026-03-04T11:00:00Z,Scan; Asset register,2026-03-04,,,,2026-03-04T11:00:00Z\n" +
	"CC-0042,Older flaw,low,critical,2026-02-01T09:00:00+00:00,2026-02-03T09:00:00Z,2026-02-03T09:00:00Z,RXH,,,,,,,,,,\n"

func past(t *testing.T, file string) []alert.PastAnswer {
	t.Helper()
	lines, err := alert.ReadPast(strings.NewReader(file))
	must(t, err)
	return lines
}

// exchanges is what holds of alerts and answers that came from elsewhere.
var exchanges = []promise{
	{"the whole catalogue is imported in five seconds, and again changes nothing", func(t *testing.T, h *House) {
		drafts := catalogue(t)
		began := time.Now()
		did, err := h.Alerts.Import(t.Context(), h.at(importer), drafts, false)
		must(t, err)
		if took := time.Since(began); took > slowdown*5*time.Second {
			t.Errorf("it took %s", took)
		}
		if did.Count(alert.Added) != 1404 || h.count(t, "select count(*) from alert where state = 'draft'") != 1404 || h.count(t, "select count(*) from event where kind = 'alert imported'") != 1404 {
			t.Errorf("%s", did.Text(false))
		}
		before := h.contents(t)
		h.Pass(time.Hour)
		did, err = h.Alerts.Import(t.Context(), h.at(author), drafts, false)
		must(t, err)
		if did.Count(alert.Unchanged) != 1404 {
			t.Errorf("%s", did.Text(false))
		}
		if after := h.contents(t); after != before {
			t.Errorf("the second import changed something:\n%s", difference(before, after))
		}
	}},
	{"a draft comes back from an import as it was read", func(t *testing.T, h *House) {
		d := found("CVE-2026-0001", "It *is* used")
		d.Categories, d.Vectors, d.Indicators, d.Sources, d.Public = []string{"Worm"}, []string{"Email"}, "`x`", []string{"https://maker.example/"}, true
		d.Platforms = []alert.Platform{{Name: "Thing", Versions: []string{"1"}}}
		d.CVEs = []alert.CVE{{ID: "CVE-2026-0001", Text: "First"}}
		_, err := h.Alerts.Import(t.Context(), h.at(importer), []alert.Draft{d}, false)
		must(t, err)
		drafts := h.desk(t, "")
		if len(drafts) != 1 || !reflect.DeepEqual(drafts[0].Draft, d) || drafts[0].State != alert.Drafting || drafts[0].Author != importer.ID || drafts[0].Number != 0 {
			t.Errorf("%+v", drafts)
		}
	}},
	{"an import renews what nobody touched and leaves alone what somebody did", func(t *testing.T, h *House) {
		first := []alert.Draft{found("CVE-2026-0001", "One"), found("CVE-2026-0002", "One"), found("CVE-2026-0003", "One")}
		_, err := h.Alerts.Import(t.Context(), h.at(author), first, false)
		must(t, err)
		drafts := h.desk(t, "")
		of := map[string]alert.ID{}
		for _, a := range drafts {
			of[a.Draft.Origin.Reference] = a.ID
		}
		amended := found("CVE-2026-0002", "What we say of it")
		must(t, h.Alerts.Amend(t.Context(), h.at(author), of["CVE-2026-0002"], amended))
		must(t, h.Alerts.Submit(t.Context(), h.at(author), of["CVE-2026-0003"]))
		second := []alert.Draft{found("CVE-2026-0001", "Two"), found("CVE-2026-0002", "Two"), found("CVE-2026-0003", "Two"), found("CVE-2026-0004", "Two")}
		before := h.contents(t)
		dry, err := h.Alerts.Import(t.Context(), h.at(importer), second, true)
		must(t, err)
		if after := h.contents(t); after != before {
			t.Errorf("a dry run changed something:\n%s", difference(before, after))
		}
		for round, want := range []string{"1 added as drafts, 1 renewed, 0 unchanged, 2 left alone", "0 added as drafts, 0 renewed, 2 unchanged, 2 left alone"} {
			did, err := h.Alerts.Import(t.Context(), h.at(importer), second, false)
			must(t, err)
			if !strings.HasPrefix(did.Text(false), want) || round == 0 && did.Text(false) != strings.TrimPrefix(dry.Text(true), "Nothing was changed. An import would do this:\n") {
				t.Errorf("round %d: %s", round, did.Text(false))
			}
		}
		for reference, why := range map[string]string{"CVE-2026-0001": "Two", "CVE-2026-0002": "What we say of it", "CVE-2026-0003": "One"} {
			a, err := h.Alerts.ReadDraft(t.Context(), h.at(author), of[reference])
			must(t, err)
			if a.Draft.Why != why {
				t.Errorf("%s says %q", reference, a.Draft.Why)
			}
		}
		if n := h.count(t, "select count(*) from event where kind = 'alert renewed'"); n != 1 {
			t.Errorf("%d events of a renewal", n)
		}
	}},
	{"of two imports at once, each draft is kept once", func(t *testing.T, h *House) {
		drafts := []alert.Draft{found("CVE-2026-0001", "One"), found("CVE-2026-0002", "One")}
		errs := make([]error, 6)
		together(len(errs), func(i int) { _, errs[i] = h.Alerts.Import(t.Context(), h.at(importer), drafts, false) })
		must(t, errors.Join(errs...))
		if alerts, events := h.count(t, "select count(*) from alert"), h.count(t, "select count(*) from event where kind = 'alert imported'"); alerts != 2 || events != 2 {
			t.Errorf("%d alerts, %d events", alerts, events)
		}
	}},
	{"an import with one bad draft keeps none, and is not for everybody", func(t *testing.T, h *House) {
		bad := found("CVE-2026-0002", "One")
		bad.Title = strings.Repeat("x", 81)
		before := h.contents(t)
		if _, err := h.Alerts.Import(t.Context(), h.at(importer), []alert.Draft{found("CVE-2026-0001", "One"), bad}, false); fault.KindOf(err) != fault.Invalid {
			t.Errorf("got %v", err)
		}
		if after := h.contents(t); after != before {
			t.Error("something was kept")
		}
		for _, who := range []access.Actor{lead, regulator, {}} {
			if _, err := h.Alerts.Import(t.Context(), h.at(who), []alert.Draft{found("CVE-2026-0001", "One")}, false); err == nil {
				t.Errorf("%q imported", who.Name)
			}
			if _, err := h.Alerts.ImportPast(t.Context(), h.at(who), past(t, pastLines), false); err == nil {
				t.Errorf("%q imported past answers", who.Name)
			}
		}
	}},
	{"only issued alerts that are meant for it stand in the public feed", func(t *testing.T, h *House) {
		open, closed, exercise := wording("Open"), wording("Closed \"public\":true"), wording("Exercise")
		open.Public, exercise.Public, exercise.Rehearsal = true, true, true
		_, err := h.Alerts.Draft(t.Context(), h.at(author), open) // never sent
		must(t, err)
		shown := h.send(t, open)
		h.send(t, closed)
		h.send(t, exercise)
		withdrawn := h.send(t, open)
		must(t, h.Alerts.Revise(t.Context(), h.at(author), withdrawn, alert.Revision{Kind: alert.Withdrawal, Reason: "It was wrong"}))
		versions, err := h.Alerts.Versions(t.Context(), h.at(approver), organisation.National, withdrawn)
		must(t, err)
		must(t, h.Alerts.Reissue(t.Context(), h.at(approver), withdrawn, versions[0].Digest()))
		list, err := h.Alerts.Public(t.Context(), access.Actor{}, 10)
		must(t, err)
		if len(list) != 1 || list[0].ID != shown {
			t.Errorf("%+v", list)
		}
		h.refused(t, access.ErrNotFound, func() error {
			_, err := h.AlertStore.Public(t.Context(), h.pass(t, lead, access.ReadResponses, Here), 10)
			return err
		})
	}},
	{"past answers are kept with their own times, once, and numbers go on above them", func(t *testing.T, h *House) {
		dry, err := h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, pastLines), true)
		must(t, err)
		if n := h.count(t, "select count(*) from alert"); n != 0 {
			t.Errorf("a dry run kept %d alerts", n)
		}
		did, err := h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, pastLines), false)
		must(t, err)
		if did != (alert.PastImported{Alerts: 2, Responses: 3}) || did != dry {
			t.Errorf("%+v, dry %+v", did, dry)
		}
		before := h.contents(t)
		did, err = h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, pastLines), false)
		must(t, err)
		if after := h.contents(t); did != (alert.PastImported{Unchanged: 3}) || after != before {
			t.Errorf("the second import: %+v\n%s", did, difference(before, after))
		}
		all, err := h.Alerts.Responses(t.Context(), h.at(lead), Here, h.Now(), 10)
		must(t, err)
		if len(all) != 2 || all[0].Name() != "CC-0041" || all[0].Standing(h.Now()) != alert.IsFixed || !all[0].InTime() || all[0].Acknowledged.By != "Ada Lovelace" ||
			!all[0].IssuedAt.Equal(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)) || all[1].Standing(h.Now()) != alert.Late || all[1].Class != alert.Critical {
			t.Errorf("%+v", all)
		}
		theirs, err := h.Alerts.Responses(t.Context(), h.at(otherLead), There, h.Now(), 10)
		must(t, err)
		if len(theirs) != 1 || theirs[0].InTime() || theirs[0].Standing(h.Now()) != alert.NotForUs || len(theirs[0].HowKnown) != 2 {
			t.Errorf("%+v", theirs)
		}
		timeline := h.timeline(t)
		if len(timeline) != 6 || timeline[0].ActorID != importer.ID || !timeline[0].At.Equal(h.Now()) {
			t.Errorf("the timeline: %+v", timeline)
		}
		a, _, err := h.Alerts.ResponsesTo(t.Context(), h.at(regulator), h.issue(t))
		must(t, err)
		if a.Name() != "CC-0043" {
			t.Errorf("the next alert is %s", a.Name())
		}
	}},
	{"past answers that contradict the records are refused by line and column, and nothing of them is kept", func(t *testing.T, h *House) {
		_, err := h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, pastLines), false)
		must(t, err)
		for _, c := range []struct{ old, new, says string }{
			{"RYJ", "RZZ", "Line 3, column 8: there is no organisation RZZ."},
			{"Older flaw", "Another flaw", "Line 4, column 2: CC-0042 has another value elsewhere: the number belongs to “Older flaw”."},
			{"2026-03-10T09:00:00Z\n", "2026-03-11T09:00:00Z\n", "Line 2, column 8: another answer of RXH to CC-0041 is on record already."},
			{"2026-03-10T09:00:00Z\n", "2036-03-11T09:00:00Z\n", "Line 2, column 18: this is in the future."},
		} {
			file := strings.Replace(pastLines, c.old, c.new, 1) + strings.ReplaceAll(strings.Split(pastLines, "\n")[3]+"\n", "CC-0042", "CC-0050")
			before := h.contents(t)
			_, err := h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, file), false)
			problems, _ := errors.AsType[fault.Problems](err)
			if len(problems) != 1 || !strings.HasPrefix(problems[0].Sentence, c.says) {
				t.Errorf("%s said %v, want %q", c.new, err, c.says)
			}
			if after := h.contents(t); after != before {
				t.Errorf("%s was refused and yet something changed", c.new)
			}
		}
		if n := h.count(t, "select count(*) from alert_version where state = 'issued'"); n != 2 {
			t.Errorf("%d versions for two alerts", n)
		}
	}},
	{"T55 no past answer is added to an alert that was sent from this portal", func(t *testing.T, h *House) {
		draft := wording("It is used now")
		draft.Audience = alert.Audience{Organisations: []organisation.Code{Here}} // so that the other has no answer yet
		a, _, err := h.Alerts.ResponsesTo(t.Context(), h.at(regulator), h.send(t, draft))
		must(t, err)
		h.Pass(60 * 24 * time.Hour) // so that no moment of the line is in the future
		at := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
		file := pastHeader + strings.Join([]string{a.Name(), a.Draft.Title, string(a.Draft.Severity), string(a.Draft.Class), at(a.Approval.At), at(a.AnswerDue), at(a.ActionDue), "RYJ",
			at(a.Approval.At), "Ada Lovelace", "all", at(a.Approval.At), "", "", "fixed", "", "", at(a.Approval.At)}, ",") + "\n"
		before := h.contents(t)
		_, err = h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, file), false)
		problems, _ := errors.AsType[fault.Problems](err)
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Sentence, "Line 2, column 1: "+a.Name()+" was not imported as a past alert") {
			t.Errorf("it said %v", err)
		}
		if after := h.contents(t); after != before {
			t.Errorf("it was refused and yet something changed:\n%s", difference(before, after))
		}
	}},
	{"of two imports of past answers at once, each is kept once, whether their alert was known or not", func(t *testing.T, h *House) {
		known := strings.Join(strings.Split(pastLines, "\n")[:2], "\n") + "\n"
		_, err := h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, known), false)
		must(t, err)
		theirs := pastHeader + strings.Split(pastLines, "\n")[2] + "\n"
		errs := make([]error, 6)
		together(len(errs), func(i int) {
			_, errs[i] = h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, theirs), false)
		})
		must(t, errors.Join(errs...))
		together(len(errs), func(i int) {
			_, errs[i] = h.Alerts.ImportPast(t.Context(), h.at(importer), past(t, pastLines), false)
		})
		must(t, errors.Join(errs...))
		if alerts, answers := h.count(t, "select count(*) from alert"), h.count(t, "select count(*) from alert_response"); alerts != 2 || answers != 3 {
			t.Error(fmt.Sprint(alerts, " alerts, ", answers, " answers"))
		}
	}},
}
