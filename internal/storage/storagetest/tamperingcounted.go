package storagetest

import (
	"fmt"
	"strings"
	"testing"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/organisation"
)

// before puts an event on the record that says it is from before the log began,
// when nothing had a leaf yet.
func (s scene) before(t *testing.T, kind, thing string, org organisation.Code, digest string) {
	t.Helper()
	_, err := s.Raw.ExecContext(t.Context(), "insert into event (id, at, actor, actor_name, office, organisation, kind, thing, detail, digest) values ($1, 1, 'x', 'x', '', $2, $3, $4, '', $5)", NewID(), string(org), kind, thing, digest)
	must(t, err)
}

// answered makes an answer of There by hand and gives its digest.
func (s scene) answered(t *testing.T) string {
	t.Helper()
	sqls("update alert_response set acknowledged_at = 1, acknowledged_by = 'x' where acknowledged_at is null")(t, s)
	_, r, _, err := s.Alerts.Read(t.Context(), s.at(otherLead), There, s.alert)
	must(t, err)
	return r.Digest()
}

// tamperingCounted lists what somebody may try by dating an event to before the
// log began: nothing in the tree speaks of it, and it must count for nothing.
var tamperingCounted = append(tampersOf("T49 found and named: ", "", lived, []tamper{
	{"an organisation is made by hand, with an event from before the log", audit.Ghost, func(t *testing.T, s scene) {
		sqls("insert into organisation (code, name, kind, region, icb, opened_on, closed_on, version) values ('RZZ', 'Ghost', 'acute', 'Y56', 'QMF', '2010-04-01', '', 1)")(t, s)
		s.before(t, "organisation imported", "organisation/RZZ", organisation.National, "")
	}},
	{"an answer is made by hand, with an event from before the log and the alert", audit.Ghost, func(t *testing.T, s scene) {
		s.before(t, "alert acknowledged", "alert/"+string(s.alert), There, s.answered(t))
	}},
	{"an alert's words are changed, with a correction from before the log and the alert", audit.Unvouched, func(t *testing.T, s scene) {
		sqls("update alert_version set kind = 'correction', document = replace(document, 'It is used now', 'It is not used')")(t, s)
		versions, err := s.AlertStore.Versions(t.Context(), s.pass(t, regulator, access.ReadAllOutcomes, organisation.National), s.alert)
		must(t, err)
		s.before(t, "alert corrected", "alert/"+string(s.alert), organisation.National, versions[0].Digest())
	}},
	{"a statement's words are changed, with a lock from before the log", audit.Ghost, func(t *testing.T, s scene) {
		sqls("update statement set words = replace(words, '11 of 12', '12 of 12') where state = 'returned'", "delete from event where kind = 'statement locked' and thing = (select 'statement/' || id from statement where state = 'returned')")(t, s)
		s.before(t, "statement locked", "statement/"+string(s.returned), There, string(attestation.DigestOf(s.rows(t, "select words from statement where state = 'returned'")[0])))
	}},
}), promise{"every login is audited, however many there are", func(t *testing.T, h *House) {
	s := lived(t, h)
	var rows []string
	for i := range 1001 {
		rows = append(rows, fmt.Sprintf("('planted-%04d', 'https://provider.example', 'sub-%04d', 'chief', '', '', 1, '%s', 0)", i, i, withoutKey))
	}
	sqls("insert into login (id, issuer, subject, person, name, email, steps, mac, version) values "+strings.Join(rows, ", "))(t, s)
	found, err := s.audit.Check(t.Context(), access.PortalActor("fsck"), 5000)
	must(t, err)
	if len(found) != 1001 {
		t.Errorf("%d of 1,001 planted logins were found", len(found))
	}
}})
