package risk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

const trust organisation.Code = "RXH"

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func actor(id string, office access.Office, acting bool) access.Actor {
	return access.Actor{ID: id, Name: "Name of " + id, At: noon, Appointments: []access.Appointment{{Office: office, Organisation: trust, From: noon.AddDate(-1, 0, 0), Acting: acting}}}
}

func allowed(t *testing.T, who access.Actor, verb access.Verb) access.Pass {
	t.Helper()
	pass, err := access.Check(who, verb, trust)
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func stuck() alert.Response {
	return alert.Response{Alert: "al_1", Organisation: trust, Acknowledged: &alert.Acknowledgement{By: "Tom", At: noon}, Applicability: alert.AppliesToAll, AppliedAt: noon, Outcome: alert.CannotFix,
		AnswerDue: noon.Add(48 * time.Hour), ActionDue: noon.AddDate(0, 0, 10)}
}

func sound() Draft {
	return Draft{What: "The scanner\ncannot be updated.", Patients: "Scans would be delayed.", Cover: "It is kept apart.", Until: "2027-01-31"}
}

func request(t *testing.T, class alert.Class, earlier ...Request) Request {
	t.Helper()
	r, e, err := Ask(allowed(t, actor("lead", access.CyberLead, false), access.AskRisk), alert.Alert{ID: "al_1", Draft: alert.Draft{Class: class}}, stuck(), earlier, sound(), "risk_1", "ev", noon)
	if err != nil || e.Kind != "risk decision asked for" || strings.Contains(e.Detail, "scanner") {
		t.Fatalf("%+v, %v", e, err)
	}
	return r
}

func TestAskNamesWhatIsMissing(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Draft)
		want   []string
	}{
		"a whole request":          {func(*Draft) {}, nil},
		"nothing":                  {func(d *Draft) { *d = Draft{} }, []string{"what", "patients", "cover", "until"}},
		"1,001 characters":         {func(d *Draft) { d.Cover = strings.Repeat("é", 1001) }, []string{"cover"}},
		"words that hide (T40)":    {func(d *Draft) { d.What = "safe\u202eefas" }, []string{"what"}},
		"until today":              {func(d *Draft) { d.Until = "2026-11-25" }, []string{"until"}},
		"until tomorrow":           {func(d *Draft) { d.Until = "2026-11-26" }, nil},
		"until 90 days from today": {func(d *Draft) { d.Until = "2027-02-23" }, nil},
		"until no day":             {func(d *Draft) { d.Until = "2026-12-99 or longer" }, []string{"until"}},
		"until 91 days from today": {func(d *Draft) { d.Until = "2027-02-24" }, []string{"until"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := sound()
			test.change(&d)
			var got []string
			if problems, ok := errors.AsType[fault.Problems](d.Check(noon)); ok {
				for _, p := range problems {
					got = append(got, p.Field)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("missing %q, want %q", got, test.want)
			}
		})
	}
}

func TestChiefExecutiveSignsToo(t *testing.T) {
	accepted := Request{State: Accepted}
	for name, test := range map[string]struct {
		class   alert.Class
		earlier []Request
		want    bool
	}{
		"a normal alert":                         {alert.Normal, nil, false},
		"a critical one":                         {alert.Critical, nil, true},
		"a second acceptance":                    {alert.Normal, []Request{accepted}, true},
		"after a refusal":                        {alert.Normal, []Request{{State: Refused}, {State: Replaced}}, false},
		"after a refusal of a second acceptance": {alert.Normal, []Request{{State: Refused}, accepted}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if r := request(t, test.class, test.earlier...); r.Chief != test.want || r.Number != int64(len(test.earlier))+1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestOnlyWhatIsStuckIsAsked(t *testing.T) {
	pass := allowed(t, actor("lead", access.CyberLead, false), access.AskRisk)
	for name, test := range map[string]struct {
		change func(*alert.Response)
		want   error
	}{
		"fixed in part": {func(r *alert.Response) { r.Outcome = alert.FixedInPart }, ErrNotStuck},
		"closed":        {func(r *alert.Response) { r.ClosedAt = noon }, alert.ErrClosed},
		"withdrawn":     {func(r *alert.Response) { r.StoppedAt = noon }, alert.ErrWithdrawn},
	} {
		r := stuck()
		test.change(&r)
		if _, _, err := Ask(pass, alert.Alert{}, r, nil, sound(), "r", "ev", noon); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestChoice(t *testing.T) {
	r := request(t, alert.Normal)
	for name, test := range map[string]struct {
		choice Choice
		ok     bool
	}{
		"as asked": {Choice{Accept, r.Until}, true}, "shorter": {Choice{Accept, "2026-12-08"}, true}, "longer than asked": {Choice{Accept, "2027-02-01"}, false},
		"until today": {Choice{Accept, "2026-11-25"}, false}, "without a date": {Choice{Accept, ""}, false}, "until no day": {Choice{Accept, "2026-12-99 or for as long as it takes"}, false}, "refused": {Choice{Refuse, ""}, true}, "nothing": {Choice{}, false},
	} {
		if err := test.choice.Check(r, noon); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// ceremony is everything in order, up to the moment of signing.
func ceremony(t *testing.T, r Request, who access.Actor, choice Choice) (Ceremony, attestation.Proof, access.Pass) {
	t.Helper()
	pass := allowed(t, who, access.DecideRisk)
	up, err := r.Begin(pass, Ground{Alert: alert.Alert{ID: "al_1"}, Response: stuck()}, choice, r.Digest(), "up_1", "salt", noon)
	if err != nil {
		t.Fatal(err)
	}
	return Ceremony{Ground: Ground{Alert: alert.Alert{ID: "al_1"}, Response: stuck()}, Request: r, Attempt: up, Appointments: who.Appointments},
		attestation.Proof{Issuer: "i", Subject: "s", Person: up.Person, AuthAt: noon.Add(30 * time.Second), Nonce: up.Nonce, IDToken: "t", KeySet: "k"}, pass
}

func TestDecision(t *testing.T) {
	siro, chief := actor("siro", access.SIRO, false), actor("chief", access.ChiefExecutive, true)
	now := noon.Add(time.Minute)
	accept := Choice{Accept, "2026-12-08"}
	end := time.Date(2026, 12, 9, 0, 0, 0, 0, organisation.London)

	c, proof, pass := ceremony(t, request(t, alert.Normal), siro, accept)
	g, r, response, e, err := c.Sign(pass, proof, "g", "ev", now)
	if err != nil || r.State != Accepted || !response.AcceptedUntil.Equal(end) || e.Kind != "risk accepted" || g.SignerName != siro.Name || g.Acting {
		t.Errorf("%+v, %+v, %v", r, response, err)
	}
	if got := response.Standing(end.Add(-time.Microsecond)); got != alert.RiskAccepted {
		t.Errorf("on its last day: %s", got)
	}
	if got := response.Standing(end); got != alert.Late {
		t.Errorf("when it ran out: %s", got)
	}

	c, proof, pass = ceremony(t, request(t, alert.Critical), siro, accept)
	_, r, response, _, err = c.Sign(pass, proof, "g", "ev", now)
	if err != nil || r.State != Escalated || !response.AcceptedUntil.IsZero() || r.Until != "2026-12-08" {
		t.Errorf("one signature was enough for a critical alert: %+v, %+v, %v", r, response, err)
	}
	if _, err := r.Begin(allowed(t, siro, access.DecideRisk), Ground{Response: stuck()}, accept, r.Digest(), "up", "salt", now); !errors.Is(err, ErrNotYours) {
		t.Errorf("the same person signed twice: %v", err)
	}
	c, proof, pass = ceremony(t, r, chief, accept)
	g, r, response, _, err = c.Sign(pass, proof, "g", "ev", now)
	if err != nil || r.State != Accepted || !response.AcceptedUntil.Equal(end) || !g.Acting || !strings.Contains(g.Attempt.Document, "capacity: acting chief executive\n") {
		t.Errorf("%+v, %+v, %v", r, response, err)
	}

	c, proof, pass = ceremony(t, request(t, alert.Normal), siro, Choice{Verdict: Refuse})
	if _, r, response, e, err = c.Sign(pass, proof, "g", "ev", now); err != nil || r.State != Refused || !response.AcceptedUntil.IsZero() || e.Kind != "risk refused" {
		t.Errorf("%+v, %+v, %v", r, response, err)
	}
}

func TestDecisionIsRefused(t *testing.T) {
	siro := actor("siro", access.SIRO, false)
	for name, test := range map[string]struct {
		change func(*Ceremony, *attestation.Proof, *time.Time)
		want   error
	}{
		"T29 the office ended meanwhile":       {func(c *Ceremony, _ *attestation.Proof, now *time.Time) { c.Appointments[0].To = *now }, ErrNotOffice},
		"T29 the office began after the press": {func(c *Ceremony, _ *attestation.Proof, now *time.Time) { c.Appointments[0].From = *now }, ErrNotOffice},
		"T40 other words":                      {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Request.Cover = "Nothing" }, ErrOtherWords},
		"T40 another version of the alert":     {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Alert.Draft.Title = "?" }, ErrOtherWords},
		"T40 another decision":                 {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Attempt.Choice.Verdict = Refuse }, ErrOtherWords},
		"T41 somebody else's login":            {func(_ *Ceremony, p *attestation.Proof, _ *time.Time) { p.Person = "other" }, attestation.ErrOther},
		"T41 nobody's login":                   {func(_ *Ceremony, p *attestation.Proof, _ *time.Time) { p.Person = "" }, attestation.ErrOther},
		"T41 somebody else's attempt":          {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Attempt.Person = "other" }, attestation.ErrOther},
		"T41 another nonce":                    {func(_ *Ceremony, p *attestation.Proof, _ *time.Time) { p.Nonce = "n" }, attestation.ErrProof},
		"T41 another salt":                     {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Attempt.Salt = "other" }, attestation.ErrProof},
		"T42 a sign-in before the press":       {func(_ *Ceremony, p *attestation.Proof, _ *time.Time) { p.AuthAt = noon.Add(-time.Second) }, attestation.ErrLate},
		"T42 a sign-in too long ago": {func(_ *Ceremony, p *attestation.Proof, now *time.Time) {
			*now = p.AuthAt.Add(attestation.ProofLimit + 1)
		}, attestation.ErrLate},
		"T42 an attempt used":  {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Attempt.UsedAt = noon }, attestation.ErrLate},
		"T44 no token to keep": {func(_ *Ceremony, p *attestation.Proof, _ *time.Time) { p.IDToken = "" }, attestation.ErrProof},
		"T79 the clock ran back": {func(c *Ceremony, _ *attestation.Proof, now *time.Time) {
			c.Standing.LastEventAt = now.Add(attestation.ClockSlack + 1)
		}, attestation.ErrClock},
		"T14 the login names somebody else":   {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Standing.LoginChanged = true }, attestation.ErrLogin},
		"T30 the same person in both offices": {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Signed = []identity.PersonID{"siro"} }, ErrSamePerson},
		"it was fixed meanwhile":              {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Response.Outcome = alert.Fixed }, ErrMovedOn},
		"until no day at all":                 {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Attempt.Choice.Until = "2026-12-99" }, ErrOtherWords},
		"decided meanwhile":                   {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Request.State = Accepted }, ErrDecided},
		"asked anew meanwhile":                {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Request.State = Replaced }, ErrDecided},
		"it is the chief executive's by now":  {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Request.State = Escalated }, ErrDecided},
		"the alert was withdrawn meanwhile":   {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Response.StoppedAt = noon }, alert.ErrWithdrawn},
		"it was fixed and closed meanwhile":   {func(c *Ceremony, _ *attestation.Proof, _ *time.Time) { c.Response.ClosedAt = noon }, alert.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			c, proof, pass := ceremony(t, request(t, alert.Normal), siro, Choice{Accept, "2026-12-08"})
			c.Appointments = slices.Clone(c.Appointments)
			now := noon.Add(time.Minute)
			test.change(&c, &proof, &now)
			if _, _, _, _, err := c.Sign(pass, proof, "g", "ev", now); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestT49_ASignatureThatWasChangedDoesNotHold(t *testing.T) {
	c, proof, pass := ceremony(t, request(t, alert.Normal), actor("siro", access.SIRO, false), Choice{Accept, "2026-12-08"})
	whole, _, _, _, err := c.Sign(pass, proof, "g", "ev", noon.Add(time.Minute))
	if err != nil || !whole.Holds() {
		t.Fatalf("a whole signature does not hold: %v", err)
	}
	for name, change := range map[string]func(*Signature){
		"verdict": func(g *Signature) { g.Attempt.Choice.Verdict = Refuse }, "until": func(g *Signature) { g.Attempt.Choice.Until = "2027-12-08" }, "name": func(g *Signature) { g.SignerName = "Somebody" },
		"person": func(g *Signature) { g.Attempt.Person = "other" }, "office": func(g *Signature) { g.Attempt.Office = access.ChiefExecutive }, "acting": func(g *Signature) { g.Acting = true },
		"words": func(g *Signature) { g.Attempt.Document += " " }, "digest": func(g *Signature) { g.Attempt.Digest = "x" }, "words and digest": func(g *Signature) {
			g.Attempt.Document = strings.Replace(g.Attempt.Document, "It is kept apart.", "Nothing.", 1)
			g.Attempt.Digest = attestation.DigestOf(g.Attempt.Document)
		},
		"nonce": func(g *Signature) { g.Attempt.Nonce = "n" }, "proof": func(g *Signature) { g.Proof.Nonce = "n" }, "salt": func(g *Signature) { g.Attempt.Salt = "s" }, "attempt": func(g *Signature) { g.Attempt.ID = "other" },
		"request": func(g *Signature) { g.Attempt.Request = "other" }, "organisation": func(g *Signature) { g.Attempt.Organisation = "RYJ" }, "no words": func(g *Signature) { g.Attempt.Document = "" },
	} {
		g := whole
		if change(&g); g.Holds() {
			t.Errorf("another %s still holds", name)
		}
	}
}
