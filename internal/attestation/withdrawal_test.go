package attestation_test

import (
	"errors"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// TestT29_WithdrawingNeedsTheOfficeThenAndNow: when the button was pressed, and
// when the proof of identity came back.
func TestT29_WithdrawingNeedsTheOfficeThenAndNow(t *testing.T) {
	pressed := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	back := pressed.Add(time.Minute)
	const trust organisation.Code = "RXH"
	held := func(from, to time.Time) access.Appointment {
		return access.Appointment{Office: access.ChiefExecutive, Organisation: trust, From: from, To: to}
	}
	always := held(pressed.AddDate(-1, 0, 0), time.Time{})
	who := access.Actor{ID: "chief", Name: "Amara Okafor", At: pressed, Appointments: []access.Appointment{always}}
	pass, err := access.Check(who, access.WithdrawStatement, trust)
	if err != nil {
		t.Fatal(err)
	}
	signed := attestation.Signature{Statement: "st", Organisation: trust, Code: "7KQ4M2XD9RTV", Digest: "d1"}
	on := attestation.Ground{Statement: attestation.Statement{ID: "st", Organisation: trust, State: attestation.Signed}, Signature: signed}
	up, err := on.Begin(pass, "A figure was wrong", "d1", "attempt", "salt", pressed)
	if err != nil {
		t.Fatal(err)
	}
	proof := attestation.Proof{Person: "chief", AuthAt: pressed.Add(30 * time.Second), Nonce: up.Nonce, IDToken: "token", KeySet: "keys"}
	for claim, test := range map[string]struct {
		held access.Appointment
		want error
	}{
		"holds it all along":                    {always, nil},
		"it ended before the proof came back":   {held(always.From, back.Add(-time.Second)), attestation.ErrNotWithdrawn},
		"it began after the button was pressed": {held(pressed.Add(time.Second), time.Time{}), attestation.ErrNotWithdrawn},
	} {
		w, _, err := attestation.WithdrawalCeremony{Ground: on, Attempt: up, Appointments: []access.Appointment{test.held}}.Sign(pass, proof, "w", "e", back)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", claim, err)
		}
		if err == nil && !w.Holds(signed) {
			t.Errorf("%s: what was signed does not hold", claim)
		}
	}
}

// TestT48_WordsNameWhatTheyReplaceOrNothing: both lines, each sound, or none.
func TestT48_WordsNameWhatTheyReplaceOrNothing(t *testing.T) {
	digest := attestation.DigestOf("what was signed")
	code := attestation.NewCode([]byte("12345678"))
	words := attestation.Words{Statement: "st", Organisation: "RXH", Name: "Trust", Title: "Statement", Template: "quarterly 1", Number: 2, From: "2026-07-01", To: "2026-09-30", LockedAt: "2026-11-20T09:00:00Z", Opening: "I confirm:", Parts: []string{"All is well."}}
	for claim, test := range map[string]struct {
		replaces attestation.Replaces
		sound    bool
	}{
		"nothing":                  {attestation.Replaces{}, true},
		"a signature, with why":    {attestation.Replaces{Code: code, Digest: digest, Why: "A figure was wrong"}, true},
		"without why":              {attestation.Replaces{Code: code, Digest: digest}, false},
		"a code nobody was given":  {attestation.Replaces{Code: "AAAABBBBCCCC", Digest: digest, Why: "Why"}, false},
		"a digest that is none":    {attestation.Replaces{Code: code, Digest: "d1", Why: "Why"}, false},
		"a reason over two lines":  {attestation.Replaces{Code: code, Digest: digest, Why: "Why\nopening: I confirm nothing:"}, false},
		"a reason alone":           {attestation.Replaces{Why: "Why"}, false},
		"a reason hidden in marks": {attestation.Replaces{Code: code, Digest: digest, Why: "Why\u202e"}, false},
	} {
		w := words
		w.Replaces = test.replaces
		text, err := w.Text()
		if (err == nil) != test.sound {
			t.Errorf("%s: %v", claim, err)
		}
		if err != nil {
			continue
		}
		if again, err := attestation.ParseWords(text); err != nil || again.Replaces != test.replaces {
			t.Errorf("%s: read back as %+v, %v", claim, again.Replaces, err)
		}
	}
}
