package audit

import (
	"slices"

	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/receipt"
)

// CoSigned is one co-signature with what it is held against.
type CoSigned struct {
	Signature attestation.CoSignature
	Words     string
	Document  string      // that the chief executive signed; empty while there is none
	Made      event.Event // that vouches for its record; empty when none does
	Known     bool        // some event says that the statement was co-signed
}

// coSignatures does the same with what is signed beside a chief executive, and
// holds it against the signature that names it.
func (a *auditing) coSignatures() error {
	return a.Store.CoSignatures(a.ctx, a.pass, func(s CoSigned) error {
		g, thing := s.Signature, "statement/"+string(s.Signature.Statement)
		record, err := g.Record()
		signed, sound := attestation.ParseDocument(s.Document)
		named := slices.ContainsFunc(signed.CoSigned, func(c attestation.CoSigned) bool { return c.Document == g.Digest && c.Person == g.Person })
		switch {
		case !s.Known:
			return a.find(Ghost, thing, "nothing on the record made this co-signature")
		case err != nil || s.Made.ID == "" || s.Made.ActorID != string(g.Person):
			return a.find(CoSigning, thing, "its row is not the one that was signed")
		case !g.Holds(s.Words) || !slices.Contains(attestation.Statement{Words: s.Words}.CoSigns(), g.Office):
			return a.find(CoSigning, thing, "statement, document and co-signature do not belong together")
		case s.Document != "" && (!sound || !named):
			return a.find(CoSigning, thing, "the chief executive's document does not name it")
		}
		if err := receipt.Unlogged(g.Document, record, g.Proof).Signed(); err != nil {
			return a.find(CoSigning, thing, "%v", err)
		}
		return nil
	})
}
