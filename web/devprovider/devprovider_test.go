//go:build demo

package devprovider

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/web/provider"
	"countersign/web/provider/providertest"
)

const returnTo = "http://127.0.0.1:9/sign-in/demo/return"

var (
	verifier  = strings.Repeat("v", 43)
	challenge = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM" // of the verifier
)

// running is a provider being listened to, and the clock it goes by.
type running struct {
	*Provider
	skip time.Duration
}

func start(t *testing.T) *running {
	t.Helper()
	r := &running{}
	server := httptest.NewUnstartedServer(nil)
	p, err := New(Settings{
		Issuer: "http://" + server.Listener.Addr().String() + "/dev-provider",
		Clients: []Client{
			{ID: "portal", Secret: "demo-secret", RedirectURIs: []string{returnTo}, AfterSignOut: []string{"http://127.0.0.1:9/"}},
			{ID: "other", Secret: "other-secret", RedirectURIs: []string{returnTo}},
		},
		People: []Person{
			{Subject: "chief", Name: "Ada <Okafor>", Email: "ada@trust.example", Note: "Chief executive"},
			{Subject: "lead", Name: "Tom Adeyemi"},
			{Subject: "weak", Name: "Una Weaver", ACR: "AAL1_USERPASS"},
		},
		ACR: []string{"AAL2_ANY", "AAL3_ANY"}, Stylesheets: []string{"/static/portal.css"},
		Now: func() time.Time { return time.Now().Add(r.skip) }, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Provider = p
	server.Config.Handler = p
	server.Start()
	t.Cleanup(server.Close)
	return r
}

func (r *running) portal(t *testing.T) *provider.Provider {
	t.Helper()
	p, err := provider.New(provider.Settings{Name: "demo", Issuer: r.Issuer, ClientID: "portal", ClientSecret: "demo-secret",
		StepUpACR: []string{"AAL3_ANY"}, UserInfo: true, AllowLoopbackHTTP: true, Now: r.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// enter goes there and back as the portal would.
func (r *running) enter(t *testing.T, b *providertest.Browser, person string, purpose provider.Purpose) (provider.Identity, error) {
	t.Helper()
	p := r.portal(t)
	ask := provider.Request{State: strings.Repeat("s", 43), Nonce: strings.Repeat("n", 43), Verifier: verifier, RedirectURI: returnTo}
	expect := provider.Expect{Nonce: ask.Nonce, Purpose: purpose}
	if purpose == provider.StepUp {
		age := 0
		ask.MaxAge, ask.ACR, expect.AuthAfter = &age, []string{"AAL3_ANY"}, r.Now()
	}
	address, err := p.Begin(context.Background(), ask)
	if err != nil {
		t.Fatal(err)
	}
	back := b.SignIn(t, address, returnTo, url.Values{"person": {person}})
	return p.Finish(context.Background(), provider.Return{Code: back.Get("code"), Verifier: verifier,
		RedirectURI: returnTo, Issuer: back.Get("iss")}, expect)
}

func TestPortalSignsInAndStepsUp(t *testing.T) {
	r, b := start(t), providertest.NewBrowser(t)
	who, err := r.enter(t, b, "chief", provider.SignIn)
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != "chief" || who.Name != "Ada <Okafor>" || who.Email != "ada@trust.example" || who.ACR != "AAL2_ANY" || who.SessionID == "" {
		t.Errorf("entry: %+v", who)
	}
	again, err := r.enter(t, b, "nobody is asked", provider.SignIn)
	if err != nil || again.Subject != "chief" || b.Pages != 1 {
		t.Errorf("second entry: %+v %v after %d pages", again, err, b.Pages)
	}
	fresh, err := r.enter(t, b, "chief", provider.StepUp)
	if err != nil || fresh.ACR != "AAL3_ANY" || fresh.SessionID != who.SessionID || b.Pages != 2 {
		t.Errorf("step-up: %+v %v after %d pages", fresh, err, b.Pages)
	}
	if _, err := r.enter(t, b, "weak", provider.StepUp); provider.ReasonOf(err) != provider.ErrACR.Reason {
		t.Errorf("someone who cannot step up: %v", err)
	}
	r.skip = sessionLife + time.Hour
	before := b.Pages
	if _, err := r.enter(t, b, "lead", provider.SignIn); err != nil || b.Pages != before+1 {
		t.Errorf("after the session: %v, %d pages", err, b.Pages-before)
	}
}

func TestForeignClientSignsIn(t *testing.T) {
	r := start(t)
	out := providertest.Run(t, filepath.Join("testdata", "client.mjs"), "ISSUER="+r.Issuer, "RETURN_TO="+returnTo, "PERSON=chief")
	if !strings.Contains(out, "signed in four times") {
		t.Errorf("the client said %s", out)
	}
}

// ask is a request in order, for cases to spoil.
func ask(change url.Values) url.Values {
	q := url.Values{"client_id": {"portal"}, "redirect_uri": {returnTo}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {"st"}, "nonce": {"no"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	for name, values := range change {
		q[name] = values
	}
	return q
}

func (r *running) do(method, path string, form url.Values, cookie string) *httptest.ResponseRecorder {
	body := ""
	if method == http.MethodPost {
		body = form.Encode()
	} else {
		path += "?" + form.Encode()
	}
	req := httptest.NewRequest(method, "/dev-provider"+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

var journeyForm = regexp.MustCompile(`name="journey" value="([^"]+)"`)

// code presses a button and gives the code and the cookie that come of it.
func (r *running) code(t *testing.T, change url.Values) (code, cookie string) {
	t.Helper()
	page := r.do("GET", "/authorize", ask(change), "").Body.String()
	found := journeyForm.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no page: %s", page)
	}
	w := r.do("POST", "/sign-in", url.Values{"journey": {found[1]}, "person": {"chief"}}, "")
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != "st" || back.Query().Get("iss") != r.Issuer {
		t.Fatalf("sent back to %v, %v", back, err)
	}
	if twice := r.do("POST", "/sign-in", url.Values{"journey": {found[1]}, "person": {"chief"}}, ""); twice.Code != http.StatusBadRequest {
		t.Errorf("a journey was used twice: %d", twice.Code)
	}
	return back.Query().Get("code"), strings.Split(w.Header().Get("Set-Cookie"), ";")[0]
}

func TestRequestsNotInOrder(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct {
		change url.Values
		want   string // error sent back; empty: refused here
	}{
		"unknown client":               {url.Values{"client_id": {"nobody"}}, ""},
		"T06 another return":           {url.Values{"redirect_uri": {"https://evil.example/"}}, ""},
		"T06 return with more behind":  {url.Values{"redirect_uri": {returnTo + "/../x"}}, ""},
		"T06 return with a query":      {url.Values{"redirect_uri": {returnTo + "?a=b"}}, ""},
		"implicit":                     {url.Values{"response_type": {"id_token"}}, "unsupported_response_type"},
		"T06 no PKCE":                  {url.Values{"code_challenge": nil}, "invalid_request"},
		"T06 plain PKCE":               {url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		"form_post":                    {url.Values{"response_mode": {"form_post"}}, "invalid_request"},
		"no openid":                    {url.Values{"scope": {"profile"}}, "invalid_scope"},
		"max_age a word":               {url.Values{"max_age": {"soon"}}, "invalid_request"},
		"max_age negative":             {url.Values{"max_age": {"-1"}}, "invalid_request"},
		"prompt unknown":               {url.Values{"prompt": {"dance"}}, "invalid_request"},
		"nobody signed in, not to ask": {url.Values{"prompt": {"none"}}, "login_required"},
		"request object":               {url.Values{"request": {"e30"}}, "request_not_supported"},
		"request by address":           {url.Values{"request_uri": {"https://evil.example"}}, "request_uri_not_supported"},
		"nonce twice":                  {url.Values{"nonce": {"a", "b"}}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := r.do("GET", "/authorize", ask(c.change), "")
			to, err := url.Parse(w.Header().Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if w.Code != http.StatusBadRequest || to.String() != "" {
					t.Errorf("answered %d to %v", w.Code, to)
				}
				return
			}
			if q := to.Query(); q.Get("error") != c.want || q.Get("state") != "st" || q.Get("iss") != r.Issuer || q.Has("code") {
				t.Errorf("sent back with %v", q)
			}
		})
	}
}

func TestCodesAreForOneClientOnceForAMinute(t *testing.T) {
	exchange := func(change url.Values) url.Values {
		form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {returnTo}, "code_verifier": {verifier},
			"client_id": {"portal"}, "client_secret": {"demo-secret"}}
		for name, values := range change {
			form[name] = values
		}
		return form
	}
	for name, c := range map[string]struct {
		change url.Values
		after  time.Duration
		want   string
	}{
		"good":                  {nil, 59 * time.Second, ""},
		"a minute later":        {nil, time.Minute, "invalid_grant"},
		"another verifier":      {url.Values{"code_verifier": {strings.Repeat("w", 43)}}, 0, "invalid_grant"},
		"no verifier":           {url.Values{"code_verifier": nil}, 0, "invalid_grant"},
		"another return":        {url.Values{"redirect_uri": {"http://127.0.0.1:9/"}}, 0, "invalid_grant"},
		"another client's code": {url.Values{"client_id": {"other"}, "client_secret": {"other-secret"}}, 0, "invalid_grant"},
		"wrong secret":          {url.Values{"client_secret": {"x"}}, 0, "invalid_client"},
		"no secret":             {url.Values{"client_secret": nil}, 0, "invalid_client"},
		"another grant":         {url.Values{"grant_type": {"password"}}, 0, "unsupported_grant_type"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			r.skip = 0
			frozen := time.Now()
			r.Now = func() time.Time { return frozen.Add(r.skip) }
			code, _ := r.code(t, nil)
			r.skip = c.after
			form := exchange(c.change)
			form.Set("code", code)
			var answer map[string]any
			if err := json.Unmarshal(r.do("POST", "/token", form, "").Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			if got, _ := answer["error"].(string); got != c.want || (c.want == "") != (answer["id_token"] != nil) {
				t.Errorf("answered %q", got)
			}
			// Once shown with the client's own secret, a code is gone, good or bad.
			if c.want == "invalid_client" || c.want == "unsupported_grant_type" {
				return
			}
			form = exchange(nil)
			form.Set("code", code)
			if w := r.do("POST", "/token", form, ""); w.Code != http.StatusBadRequest {
				t.Errorf("the code was good for a second time: %d", w.Code)
			}
		})
	}
}

func TestPageSaysWhatItIs(t *testing.T) {
	r := start(t)
	w := r.do("GET", "/authorize", ask(nil), "")
	body := w.Body.String()
	for _, want := range []string{"These people are invented", "Sign in as Ada &lt;Okafor&gt;", "Sign in as Tom Adeyemi", "Chief executive",
		`href="/static/portal.css"`, `action="/dev-provider/sign-in"`, "Go back without signing in"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "style=", "onclick", "http:"} {
		if strings.Contains(body, not) {
			t.Errorf("the page has %q", not)
		}
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "form-action 'self'") ||
		!strings.Contains(policy, "frame-ancestors 'none'") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers are %v", w.Header())
	}
	found := journeyForm.FindStringSubmatch(body)
	back := r.do("POST", "/sign-in", url.Values{"journey": {found[1]}}, "").Header().Get("Location")
	if !strings.Contains(back, "error=access_denied") {
		t.Errorf("going back went to %q", back)
	}
}

func TestEndOfSession(t *testing.T) {
	r := start(t)
	_, cookie := r.code(t, nil)
	silent := url.Values{"prompt": {"none"}}
	if to := r.do("GET", "/authorize", ask(silent), cookie).Header().Get("Location"); !strings.Contains(to, "code=") {
		t.Fatalf("the session does not stand: %q", to)
	}
	w := r.do("GET", "/end-session", url.Values{"client_id": {"portal"}, "post_logout_redirect_uri": {"https://evil.example/"}}, "")
	if to := w.Header().Get("Location"); to != "" || w.Code != http.StatusOK {
		t.Errorf("T19 sent on to %q", to)
	}
	w = r.do("GET", "/end-session", url.Values{"client_id": {"portal"}, "post_logout_redirect_uri": {"http://127.0.0.1:9/"}, "state": {"x"}}, cookie)
	if to := w.Header().Get("Location"); to != "http://127.0.0.1:9/?state=x" {
		t.Errorf("sent on to %q", to)
	}
	if to := r.do("GET", "/authorize", ask(silent), cookie).Header().Get("Location"); !strings.Contains(to, "login_required") {
		t.Errorf("the session outlived its end: %q", to)
	}
}

func TestUserInfoNeedsItsToken(t *testing.T) {
	r := start(t)
	for _, bearer := range []string{"", "Bearer ", "Bearer x", "Basic x"} {
		req := httptest.NewRequest("GET", "/dev-provider/userinfo", nil)
		req.Header.Set("Authorization", bearer)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%q was answered %d", bearer, w.Code)
		}
	}
}

func TestNewRefusesBadSettings(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"http elsewhere":     func(s *Settings) { s.Issuer = "http://portal.example/dev-provider" },
		"slash at the end":   func(s *Settings) { s.Issuer += "/" },
		"no people":          func(s *Settings) { s.People = nil },
		"same subject twice": func(s *Settings) { s.People = append(s.People, s.People[0]) },
		"no secret":          func(s *Settings) { s.Clients = []Client{{ID: "x", RedirectURIs: []string{"y"}}} },
		"no clock":           func(s *Settings) { s.Now = nil },
		"no levels":          func(s *Settings) { s.ACR = nil },
	} {
		s := start(t).Settings
		change(&s)
		if _, err := New(s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
