// Package session signs people in: it sends them to an identity provider,
// takes them back, keeps the cookie, and puts an access.Actor into each
// request. What a provider's token says is checked in web/provider; who holds
// which office is in the register.
package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/web/provider"
)

// Store is the register as sign-in needs it.
type Store interface {
	Session(ctx context.Context, pass access.Pass, key string) (identity.Session, access.Actor, error)
	See(ctx context.Context, pass access.Pass, key string, at time.Time) error
	Start(ctx context.Context, pass access.Pass, s identity.Session, replaces string, e event.Event) error
	End(ctx context.Context, pass access.Pass, key string, e event.Event) error
	Depart(ctx context.Context, pass access.Pass, j storage.SignIn) error
	Arrive(ctx context.Context, pass access.Pass, state, cookie string) (storage.SignIn, error)
	PersonOf(ctx context.Context, pass access.Pass, issuer, subject string) (identity.PersonID, error)
	Recognise(ctx context.Context, pass access.Pass, issuer, subject string, decide func(was identity.Login) (identity.Login, []event.Event)) (identity.Login, error)
	EndAtProvider(ctx context.Context, pass access.Pass, out identity.Logout, at time.Time, said func(identity.PersonID) event.Event) (int, error)
}

// Sessions signs people in and knows them again.
type Sessions struct {
	Store     Store
	Providers []*provider.Provider
	BaseURL   *url.URL // how browsers reach the portal, from configuration: never from a request
	Now       func() time.Time
	NewID     func() string
	Random    io.Reader
	Log       *slog.Logger
}

// How long a journey to a provider may take.
const journeyLimit = 10 * time.Minute

// seenEvery bounds how often "still here" is written.
const seenEvery = time.Minute

const (
	actorKey   = "countersign actor"
	sessionKey = "countersign session"
)

// Who gives the actor of a request; the zero Actor when nobody is signed in.
func Who(c echo.Context) access.Actor {
	who, _ := c.Get(actorKey).(access.Actor)
	return who
}

// Know finds out who asks, on every request, from the register as it stands:
// an appointment that ended, or a session that was ended elsewhere, counts at
// once.
func (s *Sessions) Know(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		now := s.Now()
		c.Set(actorKey, access.Actor{At: now})
		cookie, err := c.Cookie(s.cookieName("session"))
		if err != nil || cookie.Value == "" {
			return next(c)
		}
		pass, err := access.Check(access.Actor{At: now}, access.ReadSession, organisation.National)
		if err != nil {
			return err
		}
		ctx := c.Request().Context()
		kept, who, err := s.Store.Session(ctx, pass, hash(cookie.Value))
		if errors.Is(err, storage.ErrNoSession) {
			return next(c)
		} else if err != nil {
			return err
		}
		if !kept.Live(who, now) {
			return next(c)
		}
		who.At = now
		// Asking how long the session lasts is not using it, and neither is
		// listening to what changes on an open page.
		asks := (c.Path() == EndPath || c.Path() == WallPath) && c.Request().Method == http.MethodGet
		if now.Sub(kept.SeenAt) >= seenEvery && !asks {
			if err := s.Store.See(ctx, pass, kept.Key, now); err != nil {
				return fmt.Errorf("note that a session is in use: %w", err)
			}
			kept.SeenAt = now
		}
		c.Set(actorKey, who)
		c.Set(sessionKey, kept)
		return next(c)
	}
}

// EndPath is where a person reads when their session ends, and stays signed in.
const EndPath = "/session"

// WallPath is where an open broadcast wall listens.
const WallPath = "/alerts/:id/wall/stream"

// EndsAt tells when the request's session ends if nothing more is done, and
// whether that is for good. It is zero when nobody is signed in.
func EndsAt(c echo.Context) (end time.Time, last bool) {
	kept, ok := c.Get(sessionKey).(identity.Session)
	if !ok {
		return time.Time{}, false
	}
	who := Who(c)
	return kept.EndsAt(who, who.At)
}

// Begin sends the browser to a provider. To is where it returns afterwards, a
// path of ours; anything else becomes the home page.
func (s *Sessions) Begin(c echo.Context, name, to string) error {
	p := s.provider(name)
	if p == nil {
		return access.ErrNotFound
	}
	return s.depart(c, p, storage.SignIn{ReturnTo: Local(to)}, provider.Request{})
}

// Ceremony is what a fresh proof of identity is for.
type Ceremony string

// The ceremonies.
const (
	SignStatement Ceremony = "statement"
	CoSign        Ceremony = "co-signature"
	DecideRisk    Ceremony = "risk"

	WithdrawSigned Ceremony = "withdrawal"
)

// Attempt is one attempt to sign: its ceremony, whose it is, and the nonce that
// commits to the bytes.
type Attempt struct {
	Ceremony     Ceremony
	Organisation organisation.Code
	ID           string
	Nonce        string
}

// StepUp sends the browser for a fresh proof of identity whose nonce commits
// to what is about to be signed. The provider is the one the session was
// signed in with.
func (s *Sessions) StepUp(c echo.Context, up Attempt, to string) error {
	kept, ok := c.Get(sessionKey).(identity.Session)
	if !ok {
		return access.ErrSignIn
	}
	for _, p := range s.Providers {
		if p.Issuer == kept.Issuer {
			fresh := 0
			return s.depart(c, p, storage.SignIn{ReturnTo: Local(to), StepUp: string(up.Organisation) + "/" + string(up.Ceremony) + "/" + up.ID, Nonce: up.Nonce},
				provider.Request{MaxAge: &fresh, ACR: p.StepUpACR, Prompt: "login"})
		}
	}
	return fmt.Errorf("step up: no provider is configured for issuer %q", kept.Issuer)
}

func (s *Sessions) depart(c echo.Context, p *provider.Provider, j storage.SignIn, r provider.Request) error {
	pass, err := access.Check(Who(c), access.KeepSession, organisation.National)
	if err != nil {
		return err
	}
	state, cookie := s.token(), s.token()
	if j.Nonce == "" {
		j.Nonce = s.token()
	}
	j.State, j.Cookie, j.Provider, j.Verifier = hash(state), hash(cookie), p.Name, s.token()
	j.StartedAt = s.Now()
	j.EndsAt = j.StartedAt.Add(journeyLimit)
	r.State, r.Nonce, r.Verifier, r.RedirectURI = state, j.Nonce, j.Verifier, s.callback(p)
	ctx := c.Request().Context()
	address, err := p.Begin(ctx, r)
	if err != nil {
		return fmt.Errorf("reach identity provider %s: %w", p.Name, err)
	}
	if err := s.Store.Depart(ctx, pass, j); err != nil {
		return err
	}
	c.SetCookie(s.cookie("journey", cookie, journeyLimit))
	return c.Redirect(http.StatusSeeOther, address)
}

// Arrival is what came back from a provider: a sign-in, or a proof for a
// signature.
type Arrival struct {
	To      string  // where to go next
	Attempt Attempt // to sign; without an id for a sign-in
	Proof   attestation.Proof
}

// ErrNotChecked says that the provider's answer could not be believed, or that
// the journey is not one of ours. Which of the two is in the log.
var ErrNotChecked = attestation.ErrProof

// Finish takes the browser back. A journey counts once: its state and its
// cookie are taken out of the store before anything else is looked at.
func (s *Sessions) Finish(c echo.Context, name string) (Arrival, error) {
	ctx := c.Request().Context()
	pass, err := access.Check(Who(c), access.KeepSession, organisation.National)
	if err != nil {
		return Arrival{}, err
	}
	cookie, err := c.Cookie(s.cookieName("journey"))
	if err != nil {
		return Arrival{}, ErrNotChecked
	}
	c.SetCookie(s.cookie("journey", "", -time.Second))
	j, err := s.Store.Arrive(ctx, pass, hash(c.QueryParam("state")), hash(cookie.Value))
	if errors.Is(err, storage.ErrNoSignIn) {
		return Arrival{}, ErrNotChecked
	} else if err != nil {
		return Arrival{}, err
	}
	p := s.provider(name)
	if p == nil || j.Provider != p.Name || !s.Now().Before(j.EndsAt) {
		return Arrival{}, ErrNotChecked
	}
	arrival := Arrival{To: j.ReturnTo}
	expect := provider.Expect{Nonce: j.Nonce, Purpose: provider.SignIn}
	if j.StepUp != "" {
		arrival.Attempt = readAttempt(j)
		expect.Purpose, expect.AuthAfter = provider.StepUp, j.StartedAt
	}
	if c.QueryParam("error") != "" || c.QueryParam("code") == "" {
		return arrival, ErrNotChecked
	}
	who, err := p.Finish(ctx, provider.Return{Code: c.QueryParam("code"), Verifier: j.Verifier, RedirectURI: s.callback(p), Issuer: c.QueryParam("iss")}, expect)
	if err != nil {
		s.Log.Warn("sign-in refused", "provider", p.Name, "step_up", j.StepUp != "", "cause", err)
		return arrival, ErrNotChecked
	}
	if j.StepUp != "" {
		arrival.Proof = attestation.Proof{Issuer: who.Issuer, Subject: who.Subject, AuthAt: who.AuthAt, ACR: who.ACR, Nonce: j.Nonce,
			IDToken: who.RawIDToken, KeySet: string(who.KeySet)}
		return arrival, s.rotate(c, pass, who)
	}
	return arrival, s.start(c, pass, who)
}

// readAttempt reads what a journey was for, as StepUp wrote it. A journey that
// began before there were several ceremonies names none: it signs a statement.
func readAttempt(j storage.SignIn) Attempt {
	parts := strings.Split(j.StepUp, "/")
	a := Attempt{Ceremony: SignStatement, Organisation: organisation.Code(parts[0]), ID: parts[len(parts)-1], Nonce: j.Nonce}
	if len(parts) == 3 {
		a.Ceremony = Ceremony(parts[1])
	}
	return a
}

// start opens a session for whoever signed in, under a new id.
func (s *Sessions) start(c echo.Context, pass access.Pass, who provider.Identity) error {
	person, err := s.recognise(c, pass, who)
	if err != nil {
		return err
	}
	return s.open(c, pass, who, person, event.New(s.NewID(), pass, s.Now(), "signed in", "person/"+string(person), "Signed in"))
}

// rotate gives the session a new id after a step-up, if it was the same person
// who proved themselves; otherwise the session stays as it is, and the
// signature is refused where it is decided.
func (s *Sessions) rotate(c echo.Context, pass access.Pass, who provider.Identity) error {
	person, err := s.recognise(c, pass, who)
	if errors.Is(err, identity.ErrUnknown) || string(person) != Who(c).ID {
		return nil
	} else if err != nil {
		return err
	}
	return s.open(c, pass, who, person, event.New(s.NewID(), pass, s.Now(), "proved identity", "person/"+string(person), "Signed in again to sign"))
}

// recognise finds whom a login belongs to, and compares how the provider
// describes it with how it did before. A login that names somebody else still
// reads: it is held back where a signature is decided.
func (s *Sessions) recognise(c echo.Context, pass access.Pass, who provider.Identity) (identity.PersonID, error) {
	now, kind := s.Now(), ""
	login, err := s.Store.Recognise(c.Request().Context(), pass, who.Issuer, who.Subject, func(was identity.Login) (identity.Login, []event.Event) {
		var is identity.Login
		if is, kind = was.Recognise(who.Name, who.Email, now); kind == "" {
			return is, nil
		}
		says := "The login’s name or e-mail is another than before"
		if kind == identity.LoginChanged {
			says = "Nothing the provider says of the login is as it was before: it does not sign until somebody confirms it"
		}
		e := event.New(s.NewID(), pass, now, kind, "person/"+string(was.Person), says)
		e.ActorID, e.ActorName = string(was.Person), "Login of "+string(was.Person) // who it is now is what is in doubt
		return is, []event.Event{e}
	})
	if err == nil && kind != "" {
		s.Log.Warn(kind, "person", login.Person, "issuer", who.Issuer)
	}
	return login.Person, err
}

func (s *Sessions) open(c echo.Context, pass access.Pass, who provider.Identity, person identity.PersonID, e event.Event) error {
	now, token := s.Now(), s.token()
	fresh := identity.Session{Key: hash(token), Person: person, Issuer: who.Issuer, ProviderID: who.SessionID, AuthAt: who.AuthAt, StartedAt: now, SeenAt: now, ACR: who.ACR}
	if fresh.AuthAt.IsZero() {
		fresh.AuthAt = now
	}
	was, had := c.Get(sessionKey).(identity.Session)
	if had && was.Person == person {
		fresh.StartedAt = was.StartedAt // a step-up does not stretch the 12 hours
		if e.Kind == "signed in" {
			fresh.StartedAt = now
		}
	}
	if err := s.Store.Start(c.Request().Context(), pass, fresh, was.Key, e); err != nil {
		return err
	}
	c.Set(sessionKey, fresh)
	c.SetCookie(s.cookie("session", token, identity.AbsoluteLimit))
	return nil
}

// End signs out: the session is gone from the store, and the browser is told
// to forget what it has.
func (s *Sessions) End(c echo.Context) error {
	c.SetCookie(s.cookie("session", "", -time.Second))
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	kept, ok := c.Get(sessionKey).(identity.Session)
	if !ok {
		return nil
	}
	pass, err := access.Check(Who(c), access.KeepSession, organisation.National)
	if err != nil {
		return err
	}
	return s.Store.End(c.Request().Context(), pass, kept.Key, event.New(s.NewID(), pass, s.Now(), "signed out", "person/"+string(kept.Person), "Signed out"))
}

// longestReturn bounds what a stranger can make the portal keep.
const longestReturn = 2000

// Local keeps a return address only when it is a path of this portal
// (abuse case T19), and short enough to keep.
func Local(to string) string {
	address, err := url.Parse(to)
	if err != nil || len(to) > longestReturn || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") ||
		address.Host != "" || address.Scheme != "" || strings.HasPrefix(address.Path, "//") || strings.HasPrefix(address.Path, "/sign-") || address.Path == EndPath {
		return "/"
	}
	return to
}

// ProviderName is what people here call the provider with an issuer: what its
// button names. The address itself is for those who verify.
func (s *Sessions) ProviderName(issuer string) string {
	for _, p := range s.Providers {
		if p.Issuer == issuer {
			if name, named := strings.CutPrefix(p.Label, "Sign in with "); named || !strings.HasPrefix(p.Label, "Sign in") {
				return name
			}
			return p.Name
		}
	}
	return "a provider that is not used here any more"
}

func (s *Sessions) provider(name string) *provider.Provider {
	for _, p := range s.Providers {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// callback has the provider's name in its path, so that an answer of one is
// never taken for another's (abuse case T07).
func (s *Sessions) callback(p *provider.Provider) string {
	return s.BaseURL.JoinPath("sign-in", p.Name, "return").String()
}

// token gives 256 unpredictable bits.
func (s *Sessions) token() string {
	bits := make([]byte, 32)
	if _, err := io.ReadFull(s.Random, bits); err != nil {
		panic("the source of randomness failed: " + err.Error()) // nothing safe can be done without it
	}
	return base64.RawURLEncoding.EncodeToString(bits)
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// cookieName carries the prefix that browsers guard, wherever the portal is
// reached over TLS.
func (s *Sessions) cookieName(what string) string {
	if s.BaseURL.Scheme == "https" {
		return "__Host-countersign-" + what
	}
	return "countersign-" + what
}

func (s *Sessions) cookie(what, value string, life time.Duration) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(what), Value: value, Path: "/", MaxAge: int(life.Seconds()), HttpOnly: true,
		Secure: s.BaseURL.Scheme == "https", SameSite: http.SameSiteLaxMode}
}
