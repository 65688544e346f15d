package provider

import (
	"errors"
	"fmt"

	"countersign/internal/fault"
)

// ErrNotChecked is what the person reads, whatever was wrong: a page that
// said more would teach a forger. Every Refusal wraps it.
var ErrNotChecked = fault.New(fault.SignIn, "We could not check that it is you.")

// Refusal is one way in which a provider's answer was not good enough. Reason
// is for logs and counters: it never holds a word of a token or an answer.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "identity provider: " + r.Reason }

// Unwrap makes every refusal the one fault a page may show.
func (r *Refusal) Unwrap() error { return ErrNotChecked }

// ReasonOf finds the Reason of a wrapped refusal; empty when there is none.
func ReasonOf(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason
	}
	return ""
}

func refusal(reason string) *Refusal { return &Refusal{Reason: reason} }

// because adds what a developer needs beside the refusal a caller can match.
func (r *Refusal) because(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{r}, a...)...)
}

// Refusals on the way to the provider and back.
var (
	ErrUnavailable = refusal("provider unavailable")    // no answer, or a 5xx: nobody is let in meanwhile
	ErrAddress     = refusal("address not allowed")     // scheme, host or dialled address
	ErrRedirect    = refusal("redirected")              // an endpoint is where it says it is, or nowhere
	ErrTooLarge    = refusal("answer too large")        //
	ErrMetadata    = refusal("metadata not usable")     // not strict JSON, or an endpoint missing
	ErrMismatch    = refusal("metadata issuer differs") //
	ErrKeySet      = refusal("key set not usable")      //
	ErrCode        = refusal("code refused")            // by us as malformed, or by the provider
	ErrTokenAnswer = refusal("token answer not usable")
	ErrMixUp       = refusal("answer came from another issuer")
	ErrUserInfo    = refusal("userinfo not usable")
	ErrUserInfoSub = refusal("userinfo subject differs")
	ErrRequest     = refusal("request not usable") // by our own caller: a defect, refused all the same
)

// Refusals of a token.
var (
	ErrMalformed  = refusal("token malformed")
	ErrMemberName = refusal("duplicate or case-variant member name")
	ErrHeader     = refusal("token header not allowed") // crit, jwk, jku, x5u, x5c, b64, zip …
	ErrType       = refusal("token of another type")
	ErrAlgorithm  = refusal("algorithm not pinned")
	ErrKeyUnknown = refusal("key unknown")
	ErrKeyUse     = refusal("key not for signatures")
	ErrKeyWeak    = refusal("key too weak")
	ErrKeyKind    = refusal("key of another kind")
	ErrSignature  = refusal("signature wrong")
	ErrIssuer     = refusal("issuer differs")
	ErrSubject    = refusal("subject missing or malformed")
	ErrOther      = refusal("subject is another person")
	ErrAudience   = refusal("audience is not this client alone")
	ErrParty      = refusal("authorised party differs")
	ErrExpired    = refusal("expired, or expiry missing or absurd")
	ErrIssuedAt   = refusal("issue time missing, stale or in the future")
	ErrNotBefore  = refusal("not valid yet")
	ErrNonce      = refusal("nonce differs")
	ErrAuthTime   = refusal("sign-in at the provider not recent enough")
	ErrACR        = refusal("assurance level not accepted")
	ErrAtHash     = refusal("access token hash differs")
	ErrClaim      = refusal("claim of the wrong kind")
	ErrEvent      = refusal("logout event missing")
	ErrTokenID    = refusal("token id missing")
	ErrSession    = refusal("neither session nor subject named")
)
