package audit

import (
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/receipt"
)

// Revoked is one withdrawal of a signed statement with what it is held against.
type Revoked struct {
	Withdrawal attestation.Withdrawal
	Signature  attestation.Signature // its code, digest, statement and organisation
	Made       event.Event           // that it was withdrawn; empty when there is none
}

// Successor is a statement that takes the place of a signed one, with what its
// link and its words are held against.
type Successor struct {
	Statement  attestation.Statement // its link, state and words
	Code       attestation.Code      // of the signature on what the link names; empty where there is none
	Digest     attestation.Digest    // of the document signed there
	Asked      Record                // of what was asked for with the link
	Begun      bool                  // the record says that it was begun, or taken up again
	Unreadable bool                  // its row cannot be read
	Told       bool                  // the record says of the other statement that it was replaced
}

// withdrawals verifies every withdrawal as signatures are.
func (a *auditing) withdrawals() error {
	return a.Store.Withdrawals(a.ctx, a.pass, func(r Revoked) error {
		w, thing := r.Withdrawal, "statement/"+string(r.Withdrawal.Attempt.Statement)
		record, err := w.Record()
		switch {
		case r.Made.ID == "":
			return a.find(Ghost, thing, "nothing on the record made this withdrawal")
		case err != nil || r.Made.Digest != string(attestation.DigestOf(record)):
			return a.find(Revoking, thing, "its row is not the one that was signed")
		case !w.Holds(r.Signature):
			return a.find(Revoking, thing, "statement, document and withdrawal do not belong together")
		}
		if err := receipt.Proved(w.Proof, w.Attempt.Attempt, w.SignedAt); err != nil {
			return a.find(Revoking, thing, "%v", err)
		}
		return nil
	})
}

// successors holds each link against the event that made it, and against the
// words that were signed.
func (a *auditing) successors() error {
	return a.Store.Successors(a.ctx, a.pass, func(s Successor) error {
		st, thing := s.Statement, "statement/"+string(s.Statement.ID)
		if s.Unreadable {
			return a.find(Replacing, thing, "its row cannot be read")
		}
		var said attestation.Replaces
		if st.Words != "" {
			words, err := attestation.ParseWords(st.Words)
			if err != nil {
				return nil // which is found where words are compared
			}
			said = words.Replaces
		}
		switch {
		case st.Supersedes == "" && said == attestation.Replaces{}:
			return nil // words that only speak of it
		case st.Supersedes == "":
			return a.find(Replacing, thing, "its words replace %s, and its row nothing", said.Code.Groups())
		case !s.Begun:
			return a.find(Ghost, thing, "nothing on the record made this replacement")
		case s.Asked.Vouched != s.Asked.Digest:
			return a.find(Replacing, thing, "what it replaces, why, or what was asked for with it, is not what was recorded on %s", organisation.DayOf(s.Asked.At).Word())
		case st.Words != "" && said != attestation.Replaces{Code: s.Code, Digest: s.Digest, Why: st.Because}:
			return a.find(Replacing, thing, "its words do not replace what its row says")
		case st.State == attestation.Signed && !s.Told:
			return a.find(Ghost, thing, "nothing on the record says that it replaced another statement")
		}
		return nil
	})
}
