package session

import (
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// Standing is whom a session belongs to, and when it ends if nothing is done.
type Standing struct {
	Who    access.Actor
	EndsAt time.Time
}

// Key tells sessions apart; it is empty when nobody is signed in.
func Key(c echo.Context) string {
	kept, _ := c.Get(sessionKey).(identity.Session)
	return kept.Key
}

// Again looks at the request's session as it stands now, for an answer that
// lasts. It gives the zero Actor once the session has ended, here or elsewhere;
// looking does not keep it.
func (s *Sessions) Again(c echo.Context) (Standing, error) {
	now := s.Now()
	nobody := Standing{Who: access.Actor{At: now}}
	pass, err := access.Check(nobody.Who, access.ReadSession, organisation.National)
	if err != nil {
		return nobody, err
	}
	kept, who, err := s.Store.Session(c.Request().Context(), pass, Key(c))
	if errors.Is(err, storage.ErrNoSession) {
		return nobody, nil
	} else if err != nil {
		return nobody, err
	}
	if !kept.Live(who, now) {
		return nobody, nil
	}
	who.At = now
	end, _ := kept.EndsAt(who, now)
	return Standing{Who: who, EndsAt: end}, nil
}
