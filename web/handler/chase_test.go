package handler

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/web/session"
)

// stubWall answers for the services behind a wall.
type stubWall struct {
	scene  wallScene
	past   []alert.Earlier
	lines  []alert.Contact
	call   alert.Call
	fails  error
	chased []organisation.Code
	wrote  string
	looks  int
	mute   bool
	unsent bool         // no mail server: messages wait
	who    access.Actor // of the session when it is looked at again
	ends   time.Time
}

func (s *stubWall) Read(_ context.Context, _ access.Actor, id alert.ID) (alert.Alert, error) {
	if id != "al_1" {
		return alert.Alert{}, alert.ErrUnknown
	}
	return s.scene.alert, nil
}

func (s *stubWall) Progress(context.Context, access.Actor, alert.ID) ([]alert.Reached, error) {
	s.looks++
	return s.scene.reached, s.fails
}

func (s *stubWall) Before(context.Context, access.Actor, alert.ID) ([]alert.Earlier, error) {
	return s.past, nil
}

func (s *stubWall) Contacts(context.Context, access.Actor, alert.ID) ([]alert.Contact, error) {
	return s.lines, nil
}

func (s *stubWall) Phones(context.Context, access.Actor, alert.ID) ([]alert.Phone, error) {
	return []alert.Phone{{Organisation: "ZZ2", Office: access.CyberLead, Name: "Tobias Egerton", Number: "01632 960 591"}, {Organisation: "ZZ2", Office: access.ChiefExecutive, Acting: true, Name: "Ada Lovell"}}, nil
}

func (s *stubWall) Log(_ context.Context, _ access.Actor, _ alert.ID, call alert.Call) error {
	s.call = call
	return call.Check(alertSent, s.scene.now)
}

func (s *stubWall) Deliveries(context.Context, access.Actor, alert.ID) (map[organisation.Code]notification.Delivery, error) {
	return s.scene.delivered, nil
}

func (s *stubWall) Chase(_ context.Context, _ access.Actor, _ alert.ID, to []organisation.Code, words string) (notification.Chased, error) {
	s.chased, s.wrote = to, words
	return notification.Chased{Letters: len(to)}, nil
}

func (s *stubWall) Again(echo.Context) (session.Standing, error) {
	return session.Standing{Who: s.who, EndsAt: s.ends}, nil
}

var (
	ruth  = holder("ruth", "Ruth Okonjo", access.AlertPublisher, organisation.National)
	samir = holder("samir", "Samir Devlin", access.Regulator, organisation.National)
)

// serves puts the wall's addresses behind an echo, as somebody.
func (s *stubWall) serves(t *testing.T, who access.Actor, streams *Streams) *echo.Echo {
	t.Helper()
	base, _ := url.Parse("https://portal.example")
	h := Walls{Site: Site{Name: "Countersign", BaseURL: base, Now: func() time.Time { return s.scene.now }}, Wall: s, Messages: s, Streams: streams, Sessions: s, Unsent: s.unsent}
	if s.mute {
		h.Messages = nil
	}
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		_ = c.NoContent(statuses[fault.KindOf(err)] + 100*b2i(fault.KindOf(err) == ""))
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set("countersign actor", who) // as web/session leaves it
			return next(c)
		}
	})
	if err := Install(e, h.Routes(), NewLimits(time.Now)); err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *stubWall) asks(t *testing.T, who access.Actor, method, address string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	s.serves(t, who, NewStreams(time.Now)).ServeHTTP(answer, request)
	return answer
}

func TestChasingOverHTTP(t *testing.T) {
	const path = "/alerts/al_1/chase"
	stub := &stubWall{scene: wallAt(18*time.Hour, nil)}
	ticked := regexp.MustCompile(`value="(ZZ\d)" checked`)
	chosen := func(body string) string {
		var list []string
		for _, m := range ticked.FindAllStringSubmatch(body, -1) {
			list = append(list, m[1])
		}
		return strings.Join(list, " ")
	}
	if got := chosen(stub.asks(t, ruth, http.MethodGet, path, nil).Body.String()); got != "ZZ1 ZZ3 ZZ2" {
		t.Errorf("without a choice, %s are ticked", got)
	}
	form := stub.asks(t, ruth, http.MethodGet, path+"?to=ZZ2&to=ZZ4", nil).Body.String()
	if got := chosen(form); got != "ZZ2" || !strings.Contains(form, "has not acknowledged CC-4712") {
		t.Errorf("%s are ticked", got)
	}
	for name, sent := range map[string]struct {
		form url.Values
		says string
	}{
		"nobody chosen":          {url.Values{"step": {"check"}, "words": {"Read it"}}, "Select at least 1 trust that has not acknowledged"},
		"who acknowledged since": {url.Values{"step": {"send"}, "words": {"Read it"}, "to": {"ZZ4"}}, "Select at least 1 trust that has not acknowledged"},
		"a trust it is not for":  {url.Values{"step": {"send"}, "words": {"Read it"}, "to": {"ZZ9"}}, "Select at least 1 trust that has not acknowledged"},
		"no words":               {url.Values{"step": {"check"}, "words": {" "}, "to": {"ZZ1"}}, "Enter what to write"},
		"too many words":         {url.Values{"step": {"send"}, "words": {strings.Repeat("a", 1001)}, "to": {"ZZ1"}}, "1,000 characters or fewer"},
	} {
		answer := stub.asks(t, ruth, http.MethodPost, path, sent.form)
		if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), sent.says) || stub.chased != nil {
			t.Errorf("%s: %d, and %v were written to", name, answer.Code, stub.chased)
		}
		if kept := strings.TrimSpace(sent.form.Get("words")); !strings.Contains(answer.Body.String(), kept) {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	check := stub.asks(t, ruth, http.MethodPost, path, url.Values{"step": {"check"}, "words": {"Read it.\r\n\r\nNow."}, "to": {"ZZ2", "ZZ1", "ZZ4"}})
	if body := check.Body.String(); check.Code != http.StatusOK || stub.chased != nil || !strings.Contains(body, "You are about to write to 2 trusts") || !strings.Contains(body, "<p>Now.</p>") {
		t.Errorf("the check answered %d, and %v were written to", check.Code, stub.chased)
	}
	if again := stub.asks(t, ruth, http.MethodPost, path, url.Values{"step": {"again"}, "words": {"Read it."}, "to": {"ZZ2"}}); again.Code != http.StatusOK || chosen(again.Body.String()) != "ZZ2" || stub.chased != nil {
		t.Errorf("changing it answered %d", again.Code)
	}
	send := stub.asks(t, ruth, http.MethodPost, path, url.Values{"step": {"send"}, "words": {"Read it."}, "to": {"ZZ2", "ZZ1", "ZZ4"}})
	if send.Code != http.StatusSeeOther || !slices.Equal(stub.chased, []organisation.Code{"ZZ1", "ZZ2"}) || stub.wrote != "Read it." {
		t.Errorf("sending answered %d: %v, %q", send.Code, stub.chased, stub.wrote)
	}
	for _, answer := range []*httptest.ResponseRecorder{stub.asks(t, samir, http.MethodGet, path, nil), stub.asks(t, samir, http.MethodPost, path, url.Values{})} {
		if answer.Code != http.StatusForbidden {
			t.Errorf("a regulator was answered with %d", answer.Code)
		}
	}
}

func TestNobodyIsChasedAboutAWithdrawnAlert(t *testing.T) {
	stub := &stubWall{scene: wallAt(18*time.Hour, stopped)}
	send := url.Values{"step": {"send"}, "words": {"Read it."}, "to": {"ZZ1"}}
	for _, answer := range []*httptest.ResponseRecorder{stub.asks(t, ruth, http.MethodGet, "/alerts/al_1/chase", nil), stub.asks(t, ruth, http.MethodGet, "/alerts/al_1/phones", nil), stub.asks(t, ruth, http.MethodPost, "/alerts/al_1/chase", send)} {
		if answer.Code != http.StatusConflict || stub.chased != nil {
			t.Errorf("answered %d, and %v were written to", answer.Code, stub.chased)
		}
	}
}

func TestPortalThatSendsNothingSaysSo(t *testing.T) {
	stub := &stubWall{scene: wallAt(18*time.Hour, silent), mute: true}
	wall := stub.asks(t, ruth, http.MethodGet, "/alerts/al_1/wall", nil).Body.String()
	if !strings.Contains(wall, "No email is sent. No mail server is set for this service.") || strings.Contains(wall, "Chase") || strings.Contains(wall, "Not delivered") || !strings.Contains(wall, "/alerts/al_1/phones") {
		t.Error("the wall offers what the portal cannot do")
	}
	form := stub.asks(t, ruth, http.MethodGet, "/alerts/al_1/chase", nil).Body.String()
	if !strings.Contains(form, "No email is sent. No mail server is set for this service.") || strings.Contains(form, "<textarea") {
		t.Error("the form offers what the portal cannot do")
	}
	if sent := stub.asks(t, ruth, http.MethodPost, "/alerts/al_1/chase", url.Values{"step": {"send"}, "words": {"Read it"}, "to": {"ZZ1"}}); sent.Code != http.StatusConflict || stub.chased != nil {
		t.Errorf("sending answered %d", sent.Code)
	}
}

func TestNothingIsOnItsWayWithoutAMailServer(t *testing.T) {
	stub := &stubWall{unsent: true, scene: wallAt(time.Minute, func(s *wallScene) {
		s.delivered = map[organisation.Code]notification.Delivery{"ZZ1": {Waiting: 1}}
	})}
	for _, path := range []string{"/alerts/al_1/wall", "/alerts/al_1/chase", "/alerts/al_1/phones"} {
		body := stub.asks(t, ruth, http.MethodGet, path, nil).Body.String()
		for _, untrue := range []string{"Messages are going out", "On its way", "on its way", "gets an e-mail"} {
			if strings.Contains(body, untrue) {
				t.Errorf("%s says %q", path, untrue)
			}
		}
		if path != "/alerts/al_1/phones" && !strings.Contains(body, "No email is sent. No mail server is set for this service.") {
			t.Errorf("%s does not say that no email is sent", path)
		}
	}
	later := stub.scene
	if later.now, later.unsent = alertSent.Add(time.Hour), true; later.message(later.reached[0]) != messageUnsent {
		t.Errorf("an hour later a message that waits is %v", later.message(later.reached[0]))
	}
}

func TestLoggingACallOverHTTP(t *testing.T) {
	stub := &stubWall{scene: wallAt(18*time.Hour, nil)}
	whole := url.Values{"trust": {"ZZ1"}, "rung": {"The cyber lead"}, "at": {"9:30am"}, "outcome": {"Will look at once"}}
	answer := stub.asks(t, ruth, http.MethodPost, "/alerts/al_1/contacts", whole)
	if want := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC); answer.Code != http.StatusSeeOther || stub.call.Organisation != "ZZ1" || !stub.call.At.Equal(want) {
		t.Errorf("%d, and the call is %+v", answer.Code, stub.call)
	}
	for field, wrong := range map[string]string{"trust": "", "rung": "", "at": "9:99", "outcome": "Ring 020 7946 0000 instead"} {
		form := url.Values{}
		for name, values := range whole {
			form[name] = values
		}
		form.Set(field, wrong)
		answer := stub.asks(t, ruth, http.MethodPost, "/alerts/al_1/contacts", form)
		body := answer.Body.String()
		if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#`+field+`"`) || !strings.Contains(body, `id="`+field+`"`) || !strings.Contains(body, wrong) {
			t.Errorf("%s %q: %d", field, wrong, answer.Code)
		}
	}
	if answer := stub.asks(t, samir, http.MethodPost, "/alerts/al_1/contacts", whole); answer.Code != http.StatusForbidden {
		t.Errorf("a regulator was answered with %d", answer.Code)
	}
}

func TestRegulatorReadsTheWallAndChasesNobody(t *testing.T) {
	stub := &stubWall{scene: wallAt(18*time.Hour, nil), lines: []alert.Contact{{Name: "Ashcombe Community Trust", Rung: "The cyber lead", By: "Ruth Okonjo", At: alertSent, Outcome: "No answer"}}}
	body := stub.asks(t, samir, http.MethodGet, "/alerts/al_1/wall", nil).Body.String()
	if !strings.Contains(body, "No answer") || strings.Contains(body, "<form action=\"/alerts") || strings.Contains(body, "/phones") || strings.Contains(body, "/versions/new") {
		t.Error("a regulator is offered what is not theirs to do, or misses the log")
	}
	if ours := stub.asks(t, ruth, http.MethodGet, "/alerts/al_1/wall", nil).Body.String(); !strings.Contains(ours, "/alerts/al_1/versions/new?kind=update") || !strings.Contains(ours, "Send an update to all 4") || !strings.Contains(ours, "Chase 3 trusts") {
		t.Error("a publisher misses what is theirs to do")
	}
}
