//go:build demo

package devprovider

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const cookieName = "development_provider"

// request is an authorisation request that was found in order.
type request struct {
	client    string
	redirect  string
	state     string
	nonce     string
	challenge string
	scopes    []string
	acr       []string
	prompt    string
	maxAge    int // seconds; -1 when not asked for
}

var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client, known := p.client(q.Get("client_id"))
	if !known || !slices.Contains(client.RedirectURIs, q.Get("redirect_uri")) {
		// Nothing is sent to an address that nobody registered.
		p.refuse(w, "The program that sent you is not known here, or asks to return to another address than it registered.")
		return
	}
	ask, fault := readRequest(q)
	if fault != "" {
		p.sendBack(w, r, ask, url.Values{"error": {fault}})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	if s, ok := p.standing(r, ask); ok {
		p.grantCode(w, r, ask, s)
		return
	}
	if ask.prompt == "none" {
		p.sendBack(w, r, ask, url.Values{"error": {"login_required"}})
		return
	}
	id, err := p.secret()
	if err != nil {
		http.Error(w, "The sign-in could not be started.", http.StatusInternalServerError)
		return
	}
	p.journeys[id] = journey{ask: ask, until: p.Now().Add(journeyLife)}
	p.showPeople(w, id, client)
}

// readRequest gives the request, and what is wrong with it in the words of
// RFC 6749.
func readRequest(q url.Values) (ask request, fault string) {
	ask = request{
		client: q.Get("client_id"), redirect: q.Get("redirect_uri"), state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), scopes: strings.Fields(q.Get("scope")), acr: strings.Fields(q.Get("acr_values")),
		prompt: q.Get("prompt"), maxAge: -1,
	}
	for _, values := range q {
		if len(values) > 1 {
			return ask, "invalid_request"
		}
	}
	switch {
	case q.Has("request"):
		return ask, "request_not_supported"
	case q.Has("request_uri"):
		return ask, "request_uri_not_supported"
	case q.Get("response_type") != "code":
		return ask, "unsupported_response_type"
	case q.Has("response_mode") && q.Get("response_mode") != "query":
		return ask, "invalid_request"
	case !slices.Contains(ask.scopes, "openid"):
		return ask, "invalid_scope"
	case q.Get("code_challenge_method") != "S256" || !challengeForm.MatchString(ask.challenge):
		return ask, "invalid_request"
	case !slices.Contains([]string{"", "none", "login", "select_account"}, ask.prompt):
		return ask, "invalid_request"
	}
	if q.Has("max_age") {
		age, err := strconv.Atoi(q.Get("max_age"))
		if err != nil || age < 0 {
			return ask, "invalid_request"
		}
		ask.maxAge = age
	}
	return ask, ""
}

// standing finds the session that may answer without showing the page: not
// when a fresh sign-in or another level was asked for. The caller holds mu.
func (p *Provider) standing(r *http.Request, ask request) (session, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil || ask.prompt == "login" || ask.prompt == "select_account" {
		return session{}, false
	}
	s, ok := p.sessions[cookie.Value]
	old := ask.maxAge >= 0 && (ask.maxAge == 0 || p.Now().Sub(s.authAt) > time.Duration(ask.maxAge)*time.Second)
	if !ok || old || s.acr != p.level(s.who, ask.acr, s.acr) {
		return session{}, false
	}
	return s, true
}

// level is how well a person proved themselves: the first level asked for that
// can be given. Being asked for nothing known, it stays at the usual one.
func (p *Provider) level(who Person, asked []string, usual string) string {
	if who.ACR != "" {
		return who.ACR
	}
	if slices.Contains(asked, usual) {
		return usual
	}
	for _, acr := range asked {
		if slices.Contains(p.ACR, acr) {
			return acr
		}
	}
	return usual
}

// signIn is the press of a button. The journey is used up by it.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	id := r.PostFormValue("journey")
	j, ok := p.journeys[id]
	if !ok {
		p.refuse(w, "This sign-in has run out or was used already. Go back to the portal and start again.")
		return
	}
	if r.PostFormValue("person") == "" {
		delete(p.journeys, id)
		p.sendBack(w, r, j.ask, url.Values{"error": {"access_denied"}})
		return
	}
	i := slices.IndexFunc(p.People, func(who Person) bool { return who.Subject == r.PostFormValue("person") })
	if i < 0 {
		p.refuse(w, "There is no such person here.")
		return
	}
	delete(p.journeys, id)
	cookie, err := p.secret()
	sid, err2 := p.secret()
	if err != nil || err2 != nil {
		http.Error(w, "The sign-in could not be finished.", http.StatusInternalServerError)
		return
	}
	if old, err := r.Cookie(cookieName); err == nil {
		if was, ok := p.sessions[old.Value]; ok && was.who.Subject == p.People[i].Subject {
			sid = was.id // the same person again, as in a step-up: one session goes on
		}
		delete(p.sessions, old.Value)
	}
	now := p.Now()
	s := session{id: sid, who: p.People[i], authAt: now, until: now.Add(sessionLife)}
	s.acr = p.level(s.who, firstKnown(j.ask.acr, p.ACR), p.ACR[0])
	p.sessions[cookie] = s
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: cookie, Path: p.prefix + "/", HttpOnly: true,
		Secure: p.secure, SameSite: http.SameSiteLaxMode})
	p.grantCode(w, r, j.ask, s)
}

// firstKnown narrows what was asked for to the most wanted level we have.
func firstKnown(asked, known []string) []string {
	for _, acr := range asked {
		if slices.Contains(known, acr) {
			return []string{acr}
		}
	}
	return nil
}

// grantCode sends the person back with a code. The caller holds mu.
func (p *Provider) grantCode(w http.ResponseWriter, r *http.Request, ask request, s session) {
	code, err := p.secret()
	if err != nil {
		http.Error(w, "The sign-in could not be finished.", http.StatusInternalServerError)
		return
	}
	p.codes[code] = grant{ask: ask, as: s, until: p.Now().Add(codeLife)}
	p.sendBack(w, r, ask, url.Values{"code": {code}})
}

// sendBack returns the person to an address that was checked before, with iss
// so that no other provider can pass its answer off as ours (RFC 9207).
func (p *Provider) sendBack(w http.ResponseWriter, r *http.Request, ask request, with url.Values) {
	with.Set("iss", p.Issuer)
	if ask.state != "" {
		with.Set("state", ask.state)
	}
	redirect(w, r, ask.redirect, with)
}

func redirect(w http.ResponseWriter, r *http.Request, to string, with url.Values) {
	u, err := url.Parse(to)
	if err != nil {
		http.Error(w, "The address to return to is no address.", http.StatusInternalServerError)
		return
	}
	q := u.Query()
	for name, values := range with {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// endSession forgets the person. It goes back only to where a client said it may.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cookie, err := r.Cookie(cookieName); err == nil {
		delete(p.sessions, cookie.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: p.prefix + "/", MaxAge: -1, HttpOnly: true,
		Secure: p.secure, SameSite: http.SameSiteLaxMode})
	q := r.URL.Query()
	to := q.Get("post_logout_redirect_uri")
	client, known := p.client(q.Get("client_id"))
	if !known || !slices.Contains(client.AfterSignOut, to) {
		p.say(w, http.StatusOK, "You are signed out", "You are signed out of the development provider.")
		return
	}
	with := url.Values{}
	if q.Has("state") {
		with.Set("state", q.Get("state"))
	}
	redirect(w, r, to, with)
}
