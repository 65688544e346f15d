package handler

import (
	"net/url"

	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// confirmPath is the last step before signing: the one form whose answer leads
// to the identity provider, so its page may post there.
const confirmPath = "/organisations/:ods/statements/:id/signature/confirmation"

// riskConfirmPath is the same for a decision about a risk.
const riskConfirmPath = "/organisations/:ods/alerts/:id/risk/signature"

// withdrawalConfirmPath is the same for a withdrawal.
const withdrawalConfirmPath = "/organisations/:ods/statements/:id/withdrawal/signature"

// coConfirmPath is the last step of a signature beside the chief executive’s.
const coConfirmPath = "/organisations/:ods/statements/:id/co-signature/confirmation"

// returnPath is where the identity provider sends the browser back to.
const returnPath = "/sign-in/:provider/return"

// logoutPath is where the identity provider says, from server to server, that
// a session of its own has ended.
const logoutPath = "/sign-in/:provider/logout"

func statementPath(org organisation.Code, id attestation.ID) string {
	return organisationPath(org) + "/statements/" + url.PathEscape(string(id))
}

// receiptPath is where a signature is shown; it stays valid and can be kept.
func receiptPath(org organisation.Code, id attestation.ID) string {
	return statementPath(org, id) + "/signature/receipt"
}

func alertPath(org organisation.Code, id alert.ID) string {
	return organisationPath(org) + "/alerts/" + url.PathEscape(string(id))
}

func queryEscape(value string) string { return url.QueryEscape(value) }
