package attestation

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
)

func besidePass(t *testing.T, id string, acting bool) access.Pass {
	t.Helper()
	pass, err := access.Check(access.Actor{ID: id, Name: "Helen Frost", At: noon, Appointments: []access.Appointment{{Office: access.SIRO, Organisation: "RXH", From: noon.AddDate(-1, 0, 0), Acting: acting}}}, access.CoSignStatement, "RXH")
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

// askedBeside is a locked statement whose words ask for a co-signature.
func askedBeside(t *testing.T) Statement {
	t.Helper()
	words := sample
	words.CoSigns = []access.Office{access.SIRO}
	text, err := words.Text()
	if err != nil {
		t.Fatal(err)
	}
	s := lockedStatement(t)
	s.Words, s.Digest = text, DigestOf(text)
	return s
}

// besideCeremony is everything in order, up to the moment of co-signing.
func besideCeremony(t *testing.T) (Ceremony, Proof, access.Pass) {
	t.Helper()
	pass, s := besidePass(t, "siro", false), askedBeside(t)
	review, err := s.ChooseBeside(pass, Review{}, Unqualified, s.Digest, noon)
	if err != nil {
		t.Fatal(err)
	}
	up, err := s.BeginBeside(pass, review, "up_1", "salt", noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	proof := Proof{Issuer: "https://p", Subject: "s", Person: "siro", AuthAt: noon.Add(time.Minute), Nonce: up.Nonce, IDToken: "t", KeySet: "k"}
	return Ceremony{Statement: s, StepUp: up, Review: review, Appointments: pass.Who().Appointments}, proof, pass
}

// coSignedStatement is one whose SIRO has signed.
func coSignedStatement(t *testing.T) Statement {
	t.Helper()
	c, proof, pass := besideCeremony(t)
	g, _, err := c.CoSign(pass, proof, "co", "e", noon.Add(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	c.Statement.Beside = []CoSignature{g}
	return c.Statement
}

func TestCoSignRefuses(t *testing.T) {
	office := func(o access.Office) []access.Appointment {
		return []access.Appointment{{Office: o, Organisation: "RXH"}}
	}
	for claim, c := range map[string]struct {
		change func(*Ceremony, *Proof, *time.Time)
		want   error
	}{
		"words that ask for nobody beside the chief executive": {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement = lockedStatement(t) }, ErrNotAsked},
		"a statement already signed":                           {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.State = Signed }, ErrSigned},
		"a statement returned":                                 {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.State = Returned }, ErrReturned},
		"a statement asked for no longer":                      {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.State = Withdrawn }, ErrWithdrawn},
		"T43 a statement co-signed already":                    {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement = coSignedStatement(t) }, ErrCoSigned},
		"T39 words that do not match their digest":             {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Statement.Words += "x" }, ErrWords},
		"T39 words changed with their digest": {func(c *Ceremony, _ *Proof, _ *time.Time) {
			c.Statement.Words = strings.Replace(c.Statement.Words, "11", "12", 1)
			c.Statement.Digest = DigestOf(c.Statement.Words)
		}, ErrChanged},
		"T39 a document changed in the store":       {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.Document += "x" }, ErrChanged},
		"T39 a mind changed after the button":       {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Review.Opinion = Declined }, ErrChanged},
		"T41 an attempt to sign as chief executive": {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.Document = documentMark + "\n" }, ErrChanged},
		"T41 somebody else's login":                 {func(_ *Ceremony, p *Proof, _ *time.Time) { p.Person = "chief" }, ErrOther},
		"T41 nobody the register knows":             {func(_ *Ceremony, p *Proof, _ *time.Time) { p.Person = "" }, ErrOther},
		"T41 another nonce in both":                 {func(c *Ceremony, p *Proof, _ *time.Time) { c.StepUp.Nonce, p.Nonce = "n", "n" }, ErrProof},
		"T44 no token to keep":                      {func(_ *Ceremony, p *Proof, _ *time.Time) { p.IDToken = "" }, ErrProof},
		"T42 a sign-in before the review":           {func(_ *Ceremony, p *Proof, _ *time.Time) { p.AuthAt = noon.Add(-time.Second) }, ErrLate},
		"T42 a sign-in too long ago":                {func(_ *Ceremony, p *Proof, now *time.Time) { *now = p.AuthAt.Add(ProofLimit + 1) }, ErrLate},
		"T42 an attempt used":                       {func(c *Ceremony, _ *Proof, _ *time.Time) { c.StepUp.UsedAt = noon }, ErrLate},
		"T29 the chief executive":                   {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Appointments = office(access.ChiefExecutive) }, ErrNotBeside},
		"T29 an appointment that ended since":       {func(c *Ceremony, _ *Proof, now *time.Time) { c.Appointments[0].To = *now }, ErrNotBeside},
		"T30 a capacity changed to acting":          {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Appointments[0].Acting = true }, ErrChanged},
		"T79 a clock behind the record":             {func(c *Ceremony, _ *Proof, now *time.Time) { c.Standing.LastEventAt = now.Add(ClockSlack + 1) }, ErrClock},
		"T14 a login that names somebody else":      {func(c *Ceremony, _ *Proof, _ *time.Time) { c.Standing.LoginChanged = true }, ErrLogin},
	} {
		t.Run(claim, func(t *testing.T) {
			ceremony, proof, pass := besideCeremony(t)
			now := noon.Add(2 * time.Minute)
			c.change(&ceremony, &proof, &now)
			if signed, _, err := ceremony.CoSign(pass, proof, "co", "e", now); !errors.Is(err, c.want) || signed.ID != "" {
				t.Errorf("got %v, want: %v", err, c.want)
			}
		})
	}
}

func TestCoSignKeepsWhatWasShown(t *testing.T) {
	c, proof, pass := besideCeremony(t)
	g, e, err := c.CoSign(pass, proof, "co", "e", noon.Add(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	record, err := g.Record()
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind != "statement co-signed" || e.Digest != string(DigestOf(record)) || !g.Holds(c.Statement.Words) || !strings.HasSuffix(g.Document, "\n\n"+c.Statement.Words) {
		t.Errorf("made %+v with %+v", g, e)
	}
	for claim, change := range map[string]func(*CoSignature){
		"another name":   func(g *CoSignature) { g.SignerName = "Somebody Else" },
		"another person": func(g *CoSignature) { g.Person = "lead" },
		"as acting":      func(g *CoSignature) { g.Acting = true },
		"as chief":       func(g *CoSignature) { g.Office = access.ChiefExecutive },
		"other words":    func(g *CoSignature) { g.WordsDigest = DigestOf("x") },
		"another nonce":  func(g *CoSignature) { g.Proof.Nonce = "n" },
	} {
		changed := g
		if change(&changed); changed.Holds(c.Statement.Words) {
			t.Errorf("%s holds", claim)
		}
	}
}

// TestChiefExecutiveWaits is the order of both: nobody proves who they are for a
// signature that cannot be made yet.
func TestChiefExecutiveWaits(t *testing.T) {
	chief, s := chiefPass(t, "chief", false), askedBeside(t)
	if awaited := s.Awaits(); !slices.Equal(awaited, []access.Office{access.SIRO}) {
		t.Errorf("it awaits %v", awaited)
	}
	check := func(claim string, s Statement, who access.Pass, want error) {
		t.Helper()
		if _, err := s.Choose(who, Review{}, Unqualified, s.Digest, noon); !errors.Is(err, want) {
			t.Errorf("choosing %s: got %v, want: %v", claim, err, want)
		}
		review := Review{Shown: s.Digest, Opinion: Unqualified, BeganAt: noon}
		if _, err := s.Begin(who, review, "up", "salt", noon); !errors.Is(err, want) {
			t.Errorf("beginning %s: got %v, want: %v", claim, err, want)
		}
		if _, _, _, err := (Ceremony{Statement: s, Review: review}).Sign(who, Proof{}, "sig", "CODE", "e", noon); want != nil && !errors.Is(err, want) {
			t.Errorf("signing %s: got %v, want: %v", claim, err, want)
		}
	}
	check("before the SIRO", s, chief, ErrFirst)
	if _, err := s.Choose(chief, Review{}, Declined, s.Digest, noon); err != nil {
		t.Errorf("returning before the SIRO: %v", err)
	}
	signed := coSignedStatement(t)
	check("after the SIRO", signed, chief, nil)
	check("as both", signed, chiefPass(t, "siro", false), ErrTwice)
	other := signed
	other.Beside = slices.Clone(signed.Beside)
	other.Beside[0].WordsDigest = DigestOf("an earlier version")
	check("a co-signature on other words", other, chief, ErrBeside)
	if awaited := lockedStatement(t).Awaits(); len(awaited) > 0 {
		t.Errorf("words that ask for nobody await %v", awaited)
	}
}

func TestReturningAndCoSigningRefuse(t *testing.T) {
	pass, s := besidePass(t, "siro", false), askedBeside(t)
	check := func(claim string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want: %v", claim, err, want)
		}
	}
	_, err := s.ChooseBeside(pass, Review{}, Qualified, s.Digest, noon)
	check("a qualification", err, ErrNoCoChoice)
	_, err = s.ChooseBeside(pass, Review{}, Unqualified, "other", noon)
	check("other words", err, ErrChanged)
	_, err = s.BeginBeside(pass, Review{Shown: s.Digest, Opinion: Declined}, "up", "salt", noon)
	check("beginning what was returned", err, ErrNoChoice)
	_, err = s.BeginBeside(pass, Review{Shown: "other", Opinion: Unqualified}, "up", "salt", noon)
	check("beginning other words", err, ErrChanged)
	_, err = s.BeginBeside(pass, Review{Shown: s.Digest, Opinion: Unqualified}, "up", "salt", noon.AddDate(-2, 0, 0))
	check("beginning before the appointment", err, ErrNotBeside)
}

// TestSignedTextsAreReadBack holds the readers to the writers: what a verifier
// reads in years to come is exactly what was written, or nothing.
func TestSignedTextsAreReadBack(t *testing.T) {
	s := coSignedStatement(t)
	review := Review{Shown: s.Digest, Opinion: Qualified, BeganAt: noon, Exceptions: []Exception{{Part: 1, What: "One was late", Doing: "A rota", Who: "The cyber lead", By: "2026-12-01"}}}
	chief := chiefPass(t, "chief", true)
	up, err := s.Begin(chief, review, "up_2", "salt", noon.Add(3*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	proof := Proof{Issuer: "https://p", Subject: "s", Person: "chief", AuthAt: noon.Add(3 * time.Minute), Nonce: up.Nonce, IDToken: "t", KeySet: "k"}
	g, _, _, err := (Ceremony{Statement: s, StepUp: up, Review: review, Appointments: chief.Who().Appointments}).Sign(chief, proof, "sig", "CODE", "e", noon.Add(4*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(g.Document, "\nco-signed 1: siro Helen Frost\nco-signed 1 document: "+string(s.Beside[0].Digest)+"\nexception 1: part 1\n") {
		t.Errorf("the document does not name who co-signed:\n%s", g.Document)
	}
	if !g.Holds(s.Words) {
		t.Error("a signature that names a co-signature does not hold")
	}
	record, err := g.Record()
	if err != nil {
		t.Fatal(err)
	}
	coRecord, err := s.Beside[0].Record()
	if err != nil {
		t.Fatal(err)
	}
	for kind, c := range map[string]struct {
		text string
		read func(string) bool
	}{
		"document":            {g.Document, func(text string) bool { _, ok := ParseDocument(text); return ok }},
		"co-document":         {s.Beside[0].Document, func(text string) bool { _, ok := ParseCoDocument(text); return ok }},
		"record":              {record, func(text string) bool { r, ok := ParseRecord(text); return ok && !r.Beside }},
		"co-signature record": {coRecord, func(text string) bool { r, ok := ParseRecord(text); return ok && r.Beside }},
	} {
		if !c.read(c.text) {
			t.Errorf("the %s is not read back:\n%s", kind, c.text)
		}
		head, _, _ := strings.Cut(c.text, "\n\n")
		lines := strings.Split(head, "\n")
		for i := range lines {
			if i == len(lines)-1 && kind != "document" && kind != "co-document" {
				continue // what follows the last line end
			}
			without := strings.Replace(c.text, lines[i]+"\n", "", 1)
			twice := strings.Replace(c.text, lines[i]+"\n", lines[i]+"\n"+lines[i]+"\n", 1)
			if c.read(without) || c.read(twice) {
				t.Errorf("the %s is read without %q, or with it twice", kind, lines[i])
			}
		}
		for _, more := range []string{c.text + "\n", " " + c.text, strings.Replace(c.text, ": ", ":", 1), strings.ToUpper(c.text)} {
			if c.read(more) {
				t.Errorf("the %s is read though it was changed:\n%s", kind, more)
			}
		}
	}
}
