package identity_test

import (
	"testing"
	"time"

	"countersign/internal/identity"
)

// TestT14_Recognise: of what a provider says of a login, something it said
// before must be said again. Where nothing is, the login may name anybody.
func TestT14_Recognise(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	type said struct{ name, email string }
	for name, c := range map[string]struct {
		was, now, is said
		kind         string
	}{
		"the first time":                           {said{}, said{"Ann Lee", "ann@a.nhs.uk"}, said{"Ann Lee", "ann@a.nhs.uk"}, ""},
		"the same again":                           {said{"Ann Lee", "ann@a.nhs.uk"}, said{"ann  lee", "Ann@a.nhs.uk"}, said{"Ann Lee", "ann@a.nhs.uk"}, ""},
		"married":                                  {said{"Ann Lee", "ann@a.nhs.uk"}, said{"Ann Moss", "ann@a.nhs.uk"}, said{"Ann Moss", "ann@a.nhs.uk"}, identity.LoginRenamed},
		"another address":                          {said{"Ann Lee", "ann@a.nhs.uk"}, said{"Ann Lee", "ann@b.nhs.uk"}, said{"Ann Lee", "ann@b.nhs.uk"}, identity.LoginRenamed},
		"the address is told from now on":          {said{"Ann Lee", ""}, said{"Ann Lee", "ann@a.nhs.uk"}, said{"Ann Lee", "ann@a.nhs.uk"}, ""},
		"the address is told no more":              {said{"Ann Lee", "ann@a.nhs.uk"}, said{"Ann Lee", ""}, said{"Ann Lee", "ann@a.nhs.uk"}, ""},
		"nothing is told":                          {said{"Ann Lee", "ann@a.nhs.uk"}, said{}, said{"Ann Lee", "ann@a.nhs.uk"}, ""},
		"somebody else":                            {said{"Ann Lee", "ann@a.nhs.uk"}, said{"Bob Ray", "bob@a.nhs.uk"}, said{"Ann Lee", "ann@a.nhs.uk"}, identity.LoginChanged},
		"another name, and no address to vouch":    {said{"Ann Lee", "ann@a.nhs.uk"}, said{"Bob Ray", ""}, said{"Ann Lee", "ann@a.nhs.uk"}, identity.LoginChanged},
		"another name, where only names are told":  {said{"Ann Lee", ""}, said{"Bob Ray", ""}, said{"Ann Lee", ""}, identity.LoginChanged},
		"another address, where only those are":    {said{"", "ann@a.nhs.uk"}, said{"", "bob@a.nhs.uk"}, said{"", "ann@a.nhs.uk"}, identity.LoginChanged},
		"another name with the first address told": {said{"Ann Lee", ""}, said{"Bob Ray", "bob@a.nhs.uk"}, said{"Ann Lee", ""}, identity.LoginChanged},
		"an address in the place of a name":        {said{"Ann Lee", ""}, said{"", "bob@a.nhs.uk"}, said{"Ann Lee", ""}, identity.LoginChanged},
	} {
		is, kind := identity.Login{Name: c.was.name, Email: c.was.email}.Recognise(c.now.name, c.now.email, at)
		if kind != c.kind || is.Name != c.is.name || is.Email != c.is.email || is.ChangedAt.IsZero() == (kind == identity.LoginChanged) {
			t.Errorf("%s: %q, and the login is %+v", name, kind, is)
		}
	}
	held := identity.Login{Name: "Ann Lee", Email: "ann@a.nhs.uk", ChangedAt: at}
	if is, kind := held.Recognise("Ann Lee", "ann@a.nhs.uk", at.Add(time.Hour)); is != held || kind != "" {
		t.Errorf("a login that was held is %+v after a sign-in, %q", is, kind)
	}
	if is, kind := held.Confirmed().Recognise("Bob Ray", "bob@a.nhs.uk", at); !is.ChangedAt.IsZero() || is.Name != "Bob Ray" || kind != "" {
		t.Errorf("a login that was confirmed is %+v after a sign-in, %q", is, kind)
	}
}
