package main

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// logout is a good logout token for the session "s-1" of ada, until a case
// breaks one thing about it.
type logout struct {
	header, claims map[string]any
	key            *rsa.PrivateKey
}

var tokens int

func (s *scripted) logout(change ...func(*logout)) string {
	tokens++
	at := s.now().Unix()
	l := &logout{header: map[string]any{"alg": "RS256", "kid": "k1", "typ": "logout+jwt"}, key: testKeys()[0],
		claims: map[string]any{"iss": s.issuer, "aud": "portal", "iat": at, "exp": at + 120, "jti": fmt.Sprint("token-", tokens), "sub": "ada", "sid": "s-1",
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}}
	for _, each := range change {
		each(l)
	}
	return jwt(l.key, l.header, l.claims)
}

func claim(name string, value any) func(*logout) {
	return func(l *logout) {
		if value == nil {
			delete(l.claims, name)
			return
		}
		l.claims[name] = value
	}
}

const logoutAddress = "/sign-in/test/logout"

// TestT18_LogoutNotGenuineIsIgnored: whatever is wrong with it, the session
// lives, and whoever sent it is told no more than that.
func TestT18_LogoutNotGenuineIsIgnored(t *testing.T) {
	s := script(t)
	ada := s.opens("ada", "s-1")
	old := s.now().Unix() - 121
	for name, token := range map[string]string{
		"forged":                s.logout(func(l *logout) { l.key = testKeys()[1] }),
		"signed by nobody":      s.logout(func(l *logout) { l.header["alg"] = "none" }),
		"stale":                 s.logout(claim("iat", old)),
		"with a nonce":          s.logout(claim("nonce", "n")),
		"without events":        s.logout(claim("events", nil)),
		"of another event":      s.logout(claim("events", map[string]any{"http://schemas.example/other": map[string]any{}})),
		"of another type":       s.logout(func(l *logout) { l.header["typ"] = "JWT" }),
		"for another client":    s.logout(claim("aud", "other")),
		"of another issuer":     s.logout(claim("iss", "https://other.example")),
		"without an id":         s.logout(claim("jti", nil)),
		"for nobody":            s.logout(claim("sid", nil), claim("sub", nil)),
		"no token":              "nonsense",
		"nothing":               "",
		"larger than any token": strings.Repeat("a", 20<<10),
	} {
		answer := s.asks(http.MethodPost, logoutAddress, "", url.Values{"logout_token": {token}})
		if answer.Code != http.StatusBadRequest || answer.Header().Get("Cache-Control") != "no-store" || strings.TrimSpace(answer.Body.String()) != `{"error":"invalid_request"}` {
			t.Errorf("%s: answered %d %q:\n%s", name, answer.Code, answer.Header().Get("Cache-Control"), answer.Body)
		}
		if !s.knows(ada) {
			t.Fatalf("%s: it ended the session", name)
		}
	}
	good := url.Values{"logout_token": {s.logout()}}
	for name, answer := range map[string]int{
		"in the address":              s.asks(http.MethodPost, logoutAddress+"?"+good.Encode(), "", url.Values{"x": {"y"}}).Code,
		"twice in one form":           s.asks(http.MethodPost, logoutAddress, "", url.Values{"logout_token": {s.logout(), s.logout()}}).Code,
		"as plain text":               s.asks(http.MethodPost, logoutAddress, "", good, "Content-Type", "text/plain").Code,
		"from a page of another site": s.asks(http.MethodPost, logoutAddress, "", good, "Sec-Fetch-Site", "cross-site").Code,
		"read":                        s.asks(http.MethodGet, logoutAddress+"?"+good.Encode(), "", nil).Code,
		"at a provider there is not":  s.asks(http.MethodPost, "/sign-in/other/logout", "", good).Code,
	} {
		if answer < 400 || answer >= 500 || !s.knows(ada) {
			t.Errorf("%s: answered %d", name, answer)
		}
	}
}

// TestT18_GenuineLogoutEndsSessionsAtOnce: by the provider's session, by
// subject, and by both; the very next request is asked to sign in.
func TestT18_GenuineLogoutEndsSessionsAtOnce(t *testing.T) {
	s := script(t)
	s.registers("ravi", "Ravi Shah")
	for name, c := range map[string]struct {
		token func() string
		ends  string
	}{
		"by session": {func() string { return s.logout(claim("sub", nil)) }, "s-1"},
		"by subject": {func() string { return s.logout(claim("sid", nil)) }, "s-1 s-2"},
		"by both":    {func() string { return s.logout() }, "s-1"},
		"of nobody":  {func() string { return s.logout(claim("sid", "s-9"), claim("sub", nil)) }, ""},
	} {
		for _, sid := range []string{"s-1", "s-2", "s-3"} {
			_ = s.asks(http.MethodPost, "/sign-out", "token of ada at "+sid, url.Values{})
		}
		_ = s.asks(http.MethodPost, "/sign-out", "token of ravi at s-3", url.Values{})
		sessions := map[string]string{"s-1": s.opens("ada", "s-1"), "s-2": s.opens("ada", "s-2"), "s-3": s.opens("ravi", "s-3")}
		answer := s.asks(http.MethodPost, logoutAddress, "", url.Values{"logout_token": {c.token()}})
		if answer.Code != http.StatusOK || answer.Header().Get("Cache-Control") != "no-store" || len(answer.Result().Cookies()) != 0 {
			t.Errorf("%s: answered %d, %v", name, answer.Code, answer.Header())
		}
		for sid, session := range sessions {
			if ended := strings.Contains(c.ends, sid); s.knows(session) == ended {
				t.Errorf("%s: session %s ended is %v", name, sid, !ended)
			}
		}
	}
}

// TestT18_ReplayedLogoutIsIgnored: a token that was obeyed once ends nothing
// that began since.
func TestT18_ReplayedLogoutIsIgnored(t *testing.T) {
	s := script(t)
	s.opens("ada", "s-1")
	token := url.Values{"logout_token": {s.logout(claim("sid", nil))}}
	if answer := s.asks(http.MethodPost, logoutAddress, "", token); answer.Code != http.StatusOK {
		t.Fatal("answered", answer.Code)
	}
	again := s.opens("ada", "s-1")
	for _, later := range []time.Duration{0, time.Minute, 2 * time.Minute, 5 * time.Minute} {
		s.passes(later)
		if answer := s.asks(http.MethodPost, logoutAddress, "", token); answer.Code != http.StatusBadRequest || !s.knows(again) {
			t.Errorf("%s later: answered %d", later, answer.Code)
		}
	}
	if s.says("level=WARN", "logout refused") < 4 {
		t.Errorf("the log does not say so:\n%s", s.log)
	}
}

// TestT14_LoginOfSomebodyElseIsSeen: whoever it names now still reads; that it
// changed is recorded and logged. Where it stops a signature is the stores'
// promise.
func TestT14_LoginOfSomebodyElseIsSeen(t *testing.T) {
	s := script(t)
	for _, c := range []struct {
		name, email string
		renamed     int
		changed     int
	}{
		{"Ada Okafor", "ada@trust.example", 0, 0}, {"", "", 0, 0}, {"ADA OKAFOR", "Ada@Trust.example", 0, 0},
		{"Ada Whitlock", "ada@trust.example", 1, 0}, {"Ada Whitlock", "whitlock@trust.example", 2, 0}, {"Ravi Shah", "ravi@trust.example", 2, 1}, {"Ravi Shah", "ravi@trust.example", 2, 1},
	} {
		back, session := s.signsIn("ada", c.name, c.email)
		if back.Code != http.StatusSeeOther || !s.knows(session) {
			t.Errorf("%s %s: answered %d", c.name, c.email, back.Code)
		}
		if renamed, changed := s.says("level=WARN", "login renamed", "person=ada"), s.says("level=WARN", "login changed", "person=ada"); renamed != c.renamed || changed != c.changed {
			t.Errorf("%s %s: the log tells of %d and %d changes, want %d and %d", c.name, c.email, renamed, changed, c.renamed, c.changed)
		}
	}
	for _, private := range []string{"Ravi", "ravi@", "Okafor", "trust.example"} {
		if s.says(private) != 0 {
			t.Errorf("the log has %q", private)
		}
	}
}

// TestT79_ReadinessTellsOfTheClock: a clock behind the record is said to the
// operator; pages go on.
func TestT79_ReadinessTellsOfTheClock(t *testing.T) {
	s := script(t)
	s.opens("ada", "s-1")
	if answer := s.asks(http.MethodGet, "/readyz", "", nil); answer.Code != http.StatusOK || answer.Body.String() != "ok\n" {
		t.Errorf("on time: %d %s", answer.Code, answer.Body)
	}
	s.passes(-time.Hour)
	if answer := s.asks(http.MethodGet, "/readyz", "", nil); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "nothing can be signed") {
		t.Errorf("an hour behind: %d %s", answer.Code, answer.Body)
	}
	if s.says("level=ERROR", "nothing can be signed") != 1 {
		t.Errorf("no alarm:\n%s", s.log)
	}
	if answer := s.asks(http.MethodGet, "/help", "", nil); answer.Code != http.StatusOK {
		t.Error("a page answered", answer.Code)
	}
}

// TestT78_StrangersAreCounted: one address is told to wait, in words; others,
// and people who are signed in, are not.
func TestT78_StrangersAreCounted(t *testing.T) {
	s := script(t, prefix+"TRUSTED_PROXIES=192.0.2.0/24")
	ada := s.opens("ada", "s-1")
	for i, path := range []string{"/sign-in/test", "/sign-in/test/return", logoutAddress, "/check"} {
		refused, method := 0, http.MethodGet
		if path == logoutAddress {
			method = http.MethodPost
		}
		from := fmt.Sprint("203.0.113.", i+1)
		for range 70 {
			answer := s.asks(method, path, "", url.Values{}, "X-Forwarded-For", from)
			if answer.Code != http.StatusTooManyRequests {
				continue
			}
			refused++
			if answer.Header().Get("Retry-After") != "1" || !strings.Contains(answer.Body.String(), "Wait a moment, then try again") || answer.Header().Get("Content-Security-Policy") == "" {
				t.Fatalf("%s: said %v\n%s", path, answer.Header(), answer.Body)
			}
		}
		if refused != 10 {
			t.Errorf("%s: %d of 70 were refused", path, refused)
		}
		for name, answer := range map[string]int{
			"another address": s.asks(method, path, "", url.Values{}, "X-Forwarded-For", "198.51.100.7").Code, "somebody signed in": s.asks(method, path, ada, url.Values{}, "X-Forwarded-For", from).Code,
		} {
			if answer == http.StatusTooManyRequests {
				t.Errorf("%s: %s waits as well", path, name)
			}
		}
		s.passes(time.Second)
		if answer := s.asks(method, path, "", url.Values{}, "X-Forwarded-For", from); answer.Code == http.StatusTooManyRequests {
			t.Errorf("%s: after the wait it is refused again", path)
		}
	}
}

// TestT74_ForwardedAddressesAreBelievedFromOurProxiesAlone: a header a client
// writes gives it no second address to be counted by.
func TestT74_ForwardedAddressesAreBelievedFromOurProxiesAlone(t *testing.T) {
	for name, c := range map[string]struct {
		setting string
		refused bool
	}{
		"no proxy is named":      {"", true},
		"another one is named":   {"10.1.2.0/28", true},
		"private ones are named": {"10.0.0.0/8,192.168.0.0/16", true},
		"this one is named":      {"10.1.2.0/28, 192.0.2.1/32", false},
	} {
		s := script(t, prefix+"TRUSTED_PROXIES="+c.setting)
		refused := false
		for i := range 70 {
			answer := s.asks(http.MethodGet, "/check", "", nil, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i), "X-Real-IP", fmt.Sprintf("203.0.113.%d", i), "Forwarded", fmt.Sprintf("for=203.0.113.%d", i))
			refused = refused || answer.Code == http.StatusTooManyRequests
		}
		if refused != c.refused {
			t.Errorf("%s: refused is %v", name, refused)
		}
	}
	// What a client writes before our proxy's own entry counts for nothing.
	s := script(t, prefix+"TRUSTED_PROXIES=192.0.2.1/32")
	refused := false
	for i := range 70 {
		answer := s.asks(http.MethodGet, "/check", "", nil, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d, 127.0.0.1, 198.51.100.9", i))
		refused = refused || answer.Code == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("an invented entry was believed")
	}
	// Nor is somebody believed because they are on this machine or next to it.
	for _, neighbour := range []string{"127.0.0.1:9", "10.9.9.9:9", "169.254.1.1:9", "[::1]:9", "[fd00::1]:9"} {
		refused := false
		for i := range 70 {
			r := httptest.NewRequest(http.MethodGet, "/check", nil)
			r.RemoteAddr = neighbour
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
			answer := httptest.NewRecorder()
			s.ServeHTTP(answer, r)
			refused = refused || answer.Code == http.StatusTooManyRequests
		}
		if !refused {
			t.Errorf("%s was believed", neighbour)
		}
	}
	for _, bad := range []string{"10.0.0.1", "everybody", "0.0.0.0/0", "::/0"} {
		if _, err := readConfig("", []string{prefix + "TRUSTED_PROXIES=" + bad}); err == nil || !strings.Contains(err.Error(), "TRUSTED_PROXIES") {
			t.Errorf("%s was taken: %v", bad, err)
		}
	}
}

// TestSessionQuestionDoesNotKeepIt: reading when the session ends is not being
// there; pressing the button is.
func TestSessionQuestionDoesNotKeepIt(t *testing.T) {
	s := script(t)
	ada := s.opens("ada", "s-1")
	s.passes(28 * time.Minute)
	for range 3 {
		answer := s.asks(http.MethodGet, "/session?to=/help", ada, nil)
		if page := answer.Body.String(); answer.Code != http.StatusOK || !strings.Contains(page, "You will be signed out at 9:30am") || !strings.Contains(page, `data-ends="2100-11-23T09:30:00Z"`) {
			t.Fatalf("answered %d:\n%s", answer.Code, page)
		}
	}
	s.passes(2 * time.Minute)
	if s.knows(ada) {
		t.Error("asking kept it alive")
	}
	ada = s.opens("ada", "s-2")
	s.passes(29 * time.Minute)
	for to, want := range map[string]string{"/help": "/help", "https://evil.example": "/", "/session": "/session"} {
		answer := s.asks(http.MethodPost, "/session", ada, url.Values{"to": {to}}, "Sec-Fetch-Site", "same-origin")
		if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != want {
			t.Errorf("staying led to %d %q", answer.Code, answer.Header().Get("Location"))
		}
	}
	s.passes(29 * time.Minute)
	if !s.knows(ada) {
		t.Error("the button did not keep it")
	}
	for range 23 { // busy to the last hour
		s.passes(28 * time.Minute)
		_ = s.knows(ada)
	}
	if page := s.asks(http.MethodGet, "/session", ada, nil).Body.String(); strings.Contains(page, "Stay signed in") || !strings.Contains(page, "12 hours at most") {
		t.Errorf("near its last end it offers to stay:\n%s", page)
	}
	if answer := s.asks(http.MethodGet, "/session", "", nil); answer.Code != http.StatusSeeOther {
		t.Error("nobody was answered", answer.Code)
	}
}

// TestHeadersStandOnEveryAnswer: pages, refusals and what is not there alike
// tell the browser what it must not do.
func TestHeadersStandOnEveryAnswer(t *testing.T) {
	s := script(t, prefix+"BASE_URL=https://localhost")
	for _, path := range []string{"/help", "/sign-in", "/nothing/here", "/organisations/RXH", "/sign-in/other"} {
		h := s.asks(http.MethodGet, path, "", nil, "Origin", "https://evil.example").Header()
		for name, want := range map[string]string{
			"Strict-Transport-Security": "max-age=63072000; includeSubDomains", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, h.Get("Content-Security-Policy"))
			}
		}
	}
}
