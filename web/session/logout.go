package session

import (
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/web/provider"
)

// ErrLogout says that a logout token was not believed, or was obeyed before.
// Why is in the log, and not for whoever sent it.
var ErrLogout = errors.New("logout not obeyed")

// Logout ends sessions because their provider says so, from server to server:
// no browser and no cookie take part, so the token alone decides. A session
// ended here is gone from its person's next request.
func (s *Sessions) Logout(c echo.Context, name, token string) error {
	p := s.provider(name)
	if p == nil {
		return access.ErrNotFound
	}
	ctx := c.Request().Context()
	sid, subject, id, err := p.ValidateLogout(ctx, token)
	if err != nil {
		s.Log.Warn("logout refused", "provider", p.Name, "cause", err)
		return ErrLogout
	}
	who := access.PortalActor("back-channel logout")
	now := s.Now()
	who.At = now
	pass, err := access.Check(who, access.KeepSession, organisation.National)
	if err != nil {
		return err
	}
	out := identity.Logout{Issuer: p.Issuer, SessionID: sid, Subject: subject, Token: id, EndsAt: now.Add(provider.LogoutKept)}
	ended, err := s.Store.EndAtProvider(ctx, pass, out, now, func(person identity.PersonID) event.Event {
		return event.New(s.NewID(), pass, now, "signed out by provider", "person/"+string(person), "Signed out by the identity provider "+p.Name)
	})
	if errors.Is(err, identity.ErrReplayed) {
		s.Log.Warn("logout refused", "provider", p.Name, "cause", err)
		return ErrLogout
	} else if err != nil {
		return fmt.Errorf("end sessions for identity provider %s: %w", p.Name, err)
	}
	s.Log.Info("sessions ended by their provider", "provider", p.Name, "sessions", ended)
	return nil
}
