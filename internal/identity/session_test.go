package identity_test

import (
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
)

func TestT17_SessionLives(t *testing.T) {
	began := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	reader := access.Actor{ID: "p"}
	signer := access.Actor{ID: "p", Appointments: []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", From: began}}}
	former := access.Actor{ID: "p", Appointments: []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", To: began}}}
	for claim, c := range map[string]struct {
		who         access.Actor
		seen, after time.Duration
		want        bool
	}{
		"at once":                              {reader, 0, 0, true},
		"a reader, idle just short of limit":   {reader, 0, identity.IdleLimit - 1, true},
		"a reader, idle to the limit":          {reader, 0, identity.IdleLimit, false},
		"a signer, idle just short of limit":   {signer, 0, identity.IdleLimitSigner - 1, true},
		"a signer, idle to the limit":          {signer, 0, identity.IdleLimitSigner, false},
		"a former signer idles as a reader":    {former, 0, identity.IdleLimitSigner, true},
		"busy to the absolute limit":           {reader, identity.AbsoluteLimit - 1, identity.AbsoluteLimit, false},
		"busy just short of the limit":         {reader, identity.AbsoluteLimit - 1, identity.AbsoluteLimit - 1, true},
		"T79 a clock before the session":       {reader, 0, -1, false},
		"T79 a clock that ran back revives no": {reader, identity.AbsoluteLimit, -time.Hour, false},
	} {
		s := identity.Session{StartedAt: began, SeenAt: began.Add(c.seen)}
		if s.Live(c.who, began.Add(c.after)) != c.want {
			t.Errorf("%s: %v", claim, !c.want)
		}
	}
}
