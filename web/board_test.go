//go:build demo

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/storage"
	"countersign/web/demo"
)

// asked asks a portal for a page of Calder Vale as somebody.
func asked(t *testing.T, p http.Handler, path string, who kind) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.AddCookie(&http.Cookie{Name: "countersign-session", Value: who.cookie})
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, request)
	return answer
}

// unread is an alert that nobody at Calder Vale has acknowledged.
func unread(t *testing.T, r running) string {
	t.Helper()
	db, err := openDatabase(t.Context(), r.config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	who := access.Actor{ID: "reader", At: time.Now(), Appointments: []access.Appointment{{Office: access.CyberLead, Organisation: demo.CalderVale}}}
	pass, err := access.Check(who, access.ReadResponses, demo.CalderVale)
	if err != nil {
		t.Fatal(err)
	}
	open, err := storage.Alerts{DB: db}.Open(t.Context(), pass, 50)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(open, func(r alert.Titled) bool { return r.Acknowledged == nil })
	if i < 0 {
		t.Fatal("every alert is acknowledged")
	}
	return string(open[i].Alert)
}

// TestBoardPaperIsTheSameBytes asks for one moment's paper before and after
// things happen, of this program and of another one on the same database.
func TestBoardPaperIsTheSameBytes(t *testing.T) {
	t.Parallel()
	var with extra
	var passed atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	r := startWith(t, now, func(x *extra) { with = *x })
	m := matrixFrom(t, r)
	lead := m.people[slices.IndexFunc(m.people, func(k kind) bool { return k.name == "cyber lead" })]
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Second).Format(time.RFC3339)
	paths := []string{"/organisations/" + string(demo.CalderVale) + "/board-paper.pdf?at=" + at, "/organisations/" + string(demo.CalderVale) + "/board-paper.txt?at=" + at}
	var was [][]byte
	for _, path := range paths {
		answer := asked(t, r.portal, path, lead)
		if answer.Code != http.StatusOK || answer.Body.Len() < 1000 {
			t.Fatalf("%s: %d, %d bytes", path, answer.Code, answer.Body.Len())
		}
		was = append(was, answer.Body.Bytes())
	}
	acknowledge := httptest.NewRequest(http.MethodPost, "/organisations/"+string(demo.CalderVale)+"/alerts/"+unread(t, r)+"/acknowledgement", strings.NewReader(""))
	acknowledge.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	acknowledge.Header.Set("Sec-Fetch-Site", "same-origin")
	acknowledge.AddCookie(&http.Cookie{Name: "countersign-session", Value: lead.cookie})
	done := httptest.NewRecorder()
	if r.portal.ServeHTTP(done, acknowledge); done.Code != http.StatusSeeOther {
		t.Fatalf("the alert was not acknowledged: %d", done.Code)
	}
	another, err := build(context.Background(), r.config, extra{banner: with.banner, providers: with.providers}, slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal("build another portal:", err)
	}
	defer func() {
		if err := another.close(); err != nil {
			t.Error(err)
		}
	}()
	for i, path := range paths {
		for name, p := range map[string]http.Handler{"this program": r.portal, "another": another} {
			if answer := asked(t, p, path, lead); !bytes.Equal(answer.Body.Bytes(), was[i]) {
				t.Errorf("%s gives other bytes for %s (%d)", name, path, answer.Code)
			}
		}
	}
	sum := sha256.Sum256(was[1])
	page := asked(t, r.portal, strings.Replace(paths[0], ".pdf", "", 1), lead).Body.String()
	if !strings.Contains(page, hex.EncodeToString(sum[:])) || !strings.Contains(page, `href="`+paths[0]+`"`) {
		t.Error("the page has another fingerprint, or leads to another moment")
	}
	passed.Store(int64(time.Minute))
	if later := asked(t, r.portal, strings.Replace(paths[1], at, now().UTC().Format(time.RFC3339), 1), lead); later.Code != http.StatusOK || strings.Count(later.Body.String(), "standing: Acknowledged\n") != 2 || bytes.Equal(later.Body.Bytes(), was[1]) {
		t.Error("a later moment gives the same paper")
	}
}

func TestBoardPaperIsReadForAnyMoment(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, v visitor) {
		v.signsIn("Amara Whitlock")
		v.presses("Board paper")
		v.sees("Board paper on cyber security")
		v.sees("Annex for the audit committee")
		v.sees("(UK time)")
		v.unfolds()
		v.writesDate("on", time.Now().AddDate(0, 0, 2))
		v.types("time", "25:99")
		v.presses("Show the paper")
		v.sees("Enter the time as 9am, 3:41pm or 15:41")
		v.misses("Annex for the audit committee")
		v.keeps("time", "25:99")
		v.types("time", "9am")
		v.presses("Show the paper")
		v.sees("The date and time must be in the past")
		v.keeps("time", "9am")
		v.writesDate("on", time.Now().AddDate(0, 0, -60))
		v.presses("Show the paper")
		v.sees("As it stood at 9:00:00am on ")
		link := evaluate[string](v, `document.querySelector('a[href*="board-paper.txt"]').getAttribute('href')`)
		text := v.fetches(link)
		if !strings.HasPrefix(text, "countersign board paper 1\n") || !strings.Contains(text, "\nmoment: "+strings.SplitAfter(link, "at=")[1]+"\n") || !strings.Contains(text, "\nlog: nothing yet\n") {
			t.Errorf("%s gives\n%s", link, text)
		}
		sum := sha256.Sum256([]byte(text))
		v.sees(hex.EncodeToString(sum[:]))
		v.sees("It had no entry yet at the moment of this paper")
		v.unfolds()
		v.writesDate("on", time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC))
		v.presses("Show the paper")
		v.sees("The trust did not exist yet")
	})
}

// TestRegulatorReadsABoardPaperWithoutWhatIsNotTheirs goes there from the page
// of the organisation.
func TestRegulatorReadsABoardPaperWithoutWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t), true)
	v.signsIn("Samir Devlin")
	v.opens("/organisations/" + string(demo.CalderVale))
	v.presses("Board paper")
	v.sees("What the trust has not submitted is on its own paper alone.")
	v.sees("The trust has not published an assessment")
	v.misses("outcomes are at the expected level")
	v.misses("Waits for the chief executive")
}
