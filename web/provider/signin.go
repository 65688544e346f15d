package provider

import (
	"time"
)

// Purpose says why a person was sent to the provider.
type Purpose string

// The purposes. A step-up needs a fresh sign-in, proved by auth_time.
const (
	SignIn Purpose = "sign in"
	StepUp Purpose = "step up"
)

// Request is one journey to the provider. State, Nonce and Verifier are the
// caller's: random, stored, used once.
type Request struct {
	State       string
	Nonce       string
	Verifier    string // PKCE; 43 to 128 characters
	RedirectURI string
	MaxAge      *int     // seconds; 0 forces a fresh sign-in
	ACR         []string // asked for, in order of preference
	Prompt      string   // empty, or login
}

// Return is what the browser brought back and what we kept for it.
type Return struct {
	Code        string
	Verifier    string
	RedirectURI string
	Issuer      string // the iss parameter, empty when absent
}

// Expect is what the answer must prove.
type Expect struct {
	Nonce     string
	Purpose   Purpose
	AuthAfter time.Time // step-up: when the wish to sign was stored; auth_time must not be before it
	ACR       []string  // accepted; empty uses the settings' list for the purpose
	Subject   string    // when set, the one person it must be
}

// Identity is a person as one provider knows them. Who they are here is
// decided by (Issuer, Subject) alone; Email is a contact, never a key.
type Identity struct {
	Issuer  string
	Subject string
	Name    string // as the provider wrote it, without control characters; may be empty
	Email   string
	AuthAt  time.Time // zero when the provider did not say
	ACR     string
	AMR     []string

	SessionID  string // the provider's own session (sid), for back-channel logout
	RawIDToken string // evidence of a step-up; otherwise to be forgotten
	KeySet     []byte // the key set, byte for byte, that the token was checked with
}
