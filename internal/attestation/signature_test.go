package attestation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
)

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

func problemsOf(err error) fault.Problems {
	problems, _ := errors.AsType[fault.Problems](err)
	return problems
}

func chiefPass(t *testing.T, id string, acting bool) access.Pass {
	t.Helper()
	pass, err := access.Check(access.Actor{ID: id, Name: "Amara Okafor", At: noon, Appointments: []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", From: noon.AddDate(-1, 0, 0), Acting: acting}}}, access.SignStatement, "RXH")
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func lockedStatement(t *testing.T) Statement {
	t.Helper()
	words, err := sample.Text()
	if err != nil {
		t.Fatal(err)
	}
	return Statement{ID: "st_7", Organisation: "RXH", Period: "July to September 2026", State: Locked, Words: words, Digest: DigestOf(words), Due: noon.AddDate(0, 0, 10)}
}

// ceremony is everything in order, up to the moment of signing.
func ceremony(t *testing.T, opinion Opinion) (Ceremony, Proof, access.Pass) {
	t.Helper()
	pass, s := chiefPass(t, "chief", false), lockedStatement(t)
	review, err := s.Choose(pass, Review{}, opinion, s.Digest, noon)
	if err != nil {
		t.Fatal(err)
	}
	if opinion == Qualified {
		review.Exceptions = []Exception{{Part: 1, What: "One was late", Doing: "A rota", Who: "The cyber lead", By: "2026-12-01"}}
	}
	up, err := s.Begin(pass, review, "up_1", "salt", noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	proof := Proof{Issuer: "https://p", Subject: "s", Person: "chief", AuthAt: noon.Add(time.Minute), Nonce: up.Nonce, IDToken: "t", KeySet: "k"}
	return Ceremony{Statement: s, StepUp: up, Review: review, Appointments: pass.Who().Appointments}, proof, pass
}

func TestSignRefuses(t *testing.T) {
	for claim, c := range map[string]struct {
		change func(*Ceremony, *Proof, *time.Time)
		want   error
	}{
		"a statement not locked":                   {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.State = Preparing }, ErrNotLocked},
		"a statement already signed":               {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.State = Signed }, ErrSigned},
		"a statement returned":                     {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.State = Returned }, ErrReturned},
		"T39 words that do not match their digest": {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.Words += "x" }, ErrWords},
		"T39 words changed with their digest": {func(c *Ceremony, _ *Proof, _ *time.Time) {
			c.Statement.Words = strings.Replace(c.Statement.Words, "11", "12", 1)
			c.Statement.Digest = DigestOf(c.Statement.Words)
		}, ErrChanged},
		"T39 an opinion changed after the button":     {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Review.Opinion = Qualified }, ErrChanged},
		"T39 a document changed in the store":         {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.Document += "x" }, ErrChanged},
		"T41 nobody the register knows":               {func(_ *Ceremony, p *Proof, _ *time.Time) { p.Person = "" }, ErrOther},
		"T41 somebody else's login":                   {func(_ *Ceremony, p *Proof, _ *time.Time) { p.Person = "siro" }, ErrOther},
		"T41 somebody else's attempt":                 {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.Person = "siro" }, ErrOther},
		"T41 another nonce in the proof":              {func(_ *Ceremony, p *Proof, _ *time.Time) { p.Nonce = "n" }, ErrProof},
		"T41 another nonce in both":                   {func(c *Ceremony, p *Proof, _ *time.Time) { c.StepUp.Nonce, p.Nonce = "n", "n" }, ErrProof},
		"T41 another salt":                            {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.Salt = "other" }, ErrProof},
		"T44 no token to keep":                        {func(_ *Ceremony, p *Proof, _ *time.Time) { p.IDToken = "" }, ErrProof},
		"T44 no keys to keep":                         {func(_ *Ceremony, p *Proof, _ *time.Time) { p.KeySet = "" }, ErrProof},
		"T42 a sign-in before the review":             {func(_ *Ceremony, p *Proof, _ *time.Time) { p.AuthAt = noon.Add(-time.Second) }, ErrLate},
		"T42 a sign-in too long ago":                  {func(_ *Ceremony, p *Proof, now *time.Time) { *now = p.AuthAt.Add(ProofLimit + 1) }, ErrLate},
		"T42 a sign-in in the future":                 {func(_ *Ceremony, p *Proof, now *time.Time) { p.AuthAt = now.Add(ProofSlack + 1) }, ErrLate},
		"T42 an attempt too long ago":                 {func(c *Ceremony, p *Proof, now *time.Time) { *now, p.AuthAt = c.StepUp.EndsAt, c.StepUp.EndsAt }, ErrLate},
		"T42 an attempt used":                         {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.UsedAt = noon }, ErrLate},
		"T79 a clock that ran back":                   {func(c *Ceremony, _ *Proof, now *time.Time) { *now = c.StepUp.ArrivedAt.Add(-1) }, ErrLate},
		"T29 an appointment that ended since":         {func(c *Ceremony, _ *Proof, now *time.Time) { c.Appointments = until(*now) }, ErrNotOffice},
		"T29 an appointment that begins later":        {func(c *Ceremony, _ *Proof, now *time.Time) { c.Appointments = since(*now) }, ErrNotOffice},
		"T29 no appointment":                          {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Appointments = nil }, ErrNotOffice},
		"T30 a capacity changed to acting since then": {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Appointments = acting() }, ErrChanged},
	} {
		t.Run(claim, func(t *testing.T) {
			ceremony, proof, pass := ceremony(t, Unqualified)
			now := noon.Add(2 * time.Minute)
			c.change(&ceremony, &proof, &now)
			signed, _, _, err := ceremony.Sign(pass, proof, "sig", "CODE", "e", now)
			if !errors.Is(err, c.want) || signed.ID != "" {
				t.Errorf("got %v, want: %v", err, c.want)
			}
		})
	}
}

func until(at time.Time) []access.Appointment {
	return []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", To: at}}
}

func since(at time.Time) []access.Appointment {
	return []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", From: at}}
}

func acting() []access.Appointment {
	return []access.Appointment{{Office: access.ChiefExecutive, Organisation: "RXH", Acting: true}}
}

func TestSignKeepsWhatWasShown(t *testing.T) {
	for _, opinion := range []Opinion{Unqualified, Qualified} {
		c, proof, pass := ceremony(t, opinion)
		signed, is, e, err := c.Sign(pass, proof, "sig", "CODE", "e", noon.Add(2*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if is.State != Signed || signed.Late || signed.Document != c.StepUp.Document || !strings.HasSuffix(signed.Document, c.Statement.Words) || e.Kind != "statement signed" {
			t.Errorf("%s: %+v", opinion, signed)
		}
		// T81: lateness is judged by when the button was pressed.
		c.Statement.Due = c.StepUp.ArrivedAt
		if signed, _, _, err := c.Sign(pass, proof, "sig", "CODE", "e", noon.Add(2*time.Minute)); err != nil || !signed.Late {
			t.Errorf("at the deadline itself: %+v, %v", signed.Late, err)
		}
	}
}

func TestChooseAndDeclineAndBeginRefuse(t *testing.T) {
	pass, s := chiefPass(t, "chief", false), lockedStatement(t)
	check := func(claim string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want: %v", claim, err, want)
		}
	}
	_, err := s.Choose(pass, Review{}, Unqualified, "other", noon)
	check("choosing other words", err, ErrChanged)
	_, err = s.Choose(pass, Review{}, NoOpinion, s.Digest, noon)
	check("choosing nothing", err, ErrNoChoice)
	seen := Review{Shown: s.Digest, Opinion: Declined}
	_, _, _, err = s.Decline(pass, Review{}, "why", "e", noon)
	check("declining unread", err, ErrChanged)
	_, _, _, err = s.Decline(pass, seen, " \n ", "e", noon)
	check("declining without a reason", err, ErrNoReason)
	if _, _, _, err = s.Decline(pass, seen, strings.Repeat("é", 2001), "e", noon); err == nil {
		t.Error("declining with a book")
	}
	_, err = s.Begin(pass, seen, "up", "salt", noon)
	check("beginning what was declined", err, ErrNoChoice)
	_, err = s.Begin(pass, Review{Shown: s.Digest, Opinion: Qualified}, "up", "salt", noon)
	check("qualified without qualifications", err, ErrNoException)
	_, err = s.Begin(pass, Review{Shown: "other", Opinion: Unqualified}, "up", "salt", noon)
	check("beginning other words", err, ErrChanged)
	_, err = s.Begin(pass, Review{Shown: s.Digest, Opinion: Unqualified}, "up", "salt", noon.AddDate(-2, 0, 0))
	check("beginning before the appointment", err, ErrNotOffice)
}
