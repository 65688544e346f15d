package storagetest

import (
	"slices"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
)

// worded is a house with a wording that came with the program, and two editions
// of another that regulators wrote.
func worded(t *testing.T, h *House) scene {
	t.Helper()
	s, ctx := audited(t, h), t.Context()
	h.joins(t, second)
	annual := attestation.Quarterly
	annual.ID, annual.Kind, annual.Title, annual.CoSign, annual.Material = "annual", attestation.AnnualKind, "{period} statement of resilience", []access.Office{access.SIRO}, []string{"reached"}
	next := annual
	next.Parts = append(slices.Clone(annual.Parts), attestation.Part{Text: "I have asked my board about {outcomes} outcomes."})
	for i, t1 := range []attestation.Template{annual, next} {
		h.Pass(time.Minute)
		must(t, h.Editor.Write(ctx, h.at(regulator), t1, i == 0))
		h.Pass(time.Minute)
		must(t, h.Editor.Publish(ctx, h.at(second), "annual", h.wordings(t, "annual").Waiting.Digest()))
	}
	must(t, h.Editor.Write(ctx, h.at(regulator), newWords(), false))
	must(t, h.Editor.Drop(ctx, h.at(second), "quarterly"))
	grow(t, s.log)
	return s
}

// rewords changes what an edition says, and everything in its row that follows.
func rewords(was, is string) func(t *testing.T, s scene) {
	return func(t *testing.T, s scene) {
		t.Helper()
		sqls("update statement_template set document = replace(document, '"+was+"', '"+is+"')"+edition)(t, s)
		var document string
		must(t, s.Raw.QueryRowContext(t.Context(), "select document from statement_template"+edition).Scan(&document))
		sqls("update statement_template set digest = '"+string(attestation.DigestOf(document))+"'"+edition)(t, s)
	}
}

const (
	edition   = " where id = 'annual' and edition = 1"
	published = " where template = 'annual' and edition = 1"

	saysWording = "the wording annual, edition 1, is not the one that was recorded on 5 October 2026"
	saysUnread  = "the wording annual, edition 1, was changed"
)

// tamperingWorded lists what somebody with the database's password may try with
// wordings.
var tamperingWorded = join([]promise{{"a house in which wordings were written, published and dropped is found in order", func(t *testing.T, h *House) {
	worded(t, h).inOrder(t)
}}},
	tampersOf("T49 found and named: ", saysWording, worded, []tamper{
		{"a wording is of another kind", audit.Unvouched, rewords(`"kind":"annual"`, `"kind":"funding"`)},
		{"a wording opens with other words", audit.Unvouched, rewords("I confirm that on", "I hope that on")},
		{"a part of a wording says something else", audit.Unvouched, rewords("{reached} of {outcomes}", "{outcomes} of {outcomes}")},
		{"another record is behind a part", audit.Unvouched, rewords(`"proof":"outcomes"`, `"proof":"alerts"`)},
		{"nobody signs beside", audit.Unvouched, rewords(`"co_sign":["siro"]`, `"co_sign":[]`)},
		{"another figure asks for a new statement", audit.Unvouched, rewords(`"material":["reached"]`, `"material":["due"]`)},
		{"an edition has no draft", audit.Unvouched, sqls("delete from template_draft" + published)},
		{"the draft of an edition was dropped", audit.Unvouched, sqls("update template_draft set state = 'dropped'" + published)},
		{"the draft of an edition is of another wording", audit.Unvouched, sqls("update template_draft set template = 'another'" + published)},
		{"the draft of an edition is of another edition", audit.Unvouched, sqls("update template_draft set edition = 7" + published)},
		{"the draft of an edition is another", audit.Unvouched, sqls("update template_draft set id = 'another'" + published)},
		{"an edition was written by somebody else", audit.Unvouched, sqls("update template_draft set author = 'author'" + published)},
		{"an edition was written under another name", audit.Unvouched, sqls("update template_draft set author_name = 'Another'" + published)},
		{"an edition was written at another moment", audit.Unvouched, sqls("update template_draft set drafted_at = drafted_at - 1" + published)},
		{"an edition was published by somebody else", audit.Unvouched, sqls("update template_draft set decided_by = 'author'" + published)},
		{"an edition was published under another name", audit.Unvouched, sqls("update template_draft set decided_name = 'Another'" + published)},
		{"an edition was published at another moment", audit.Unvouched, sqls("update template_draft set decided_at = decided_at - 1" + published)},
		{"one of two editions is removed", audit.Unvouched, sqls("delete from statement_template where id = 'annual' and edition = 2")},
	}),
	tampersOf("T49 found and named: ", saysUnread, worded, []tamper{
		{"a wording's title is changed in its row alone", audit.Unvouched, sqls("update statement_template set title = 'Another'" + edition)},
		{"a wording's digest is changed", audit.Unvouched, sqls("update statement_template set digest = 'another'" + edition)},
		{"a wording's words are changed without their digest", audit.Unvouched, sqls("update statement_template set document = replace(document, 'I confirm', 'I hope')" + edition)},
		{"a wording cannot be read", audit.Unvouched, sqls("update statement_template set document = ''" + edition)},
	}),
	tampersOf("T49 found and named: ", "the wording annual, edition 7, was changed", worded, []tamper{
		{"a wording is made another edition", audit.Unvouched, sqls("update statement_template set edition = 7" + edition)},
	}),
	tampersOf("T49 found and named: ", "the wording quarterly, edition 1, is not the one that was recorded on 5 October 2026", worded, []tamper{
		{"a wording that came with the program is given an author", audit.Unvouched, sqls("update template_draft set state = 'published', edition = 1 where template = 'quarterly'")},
	}),
	tampersOf("T49 found and named: ", "the wording quarterly, edition 7, was changed", worded, []tamper{
		{"an edition is made by hand", audit.Unvouched, forged("statement_template", " where id = 'quarterly'", "edition", "7")},
	}),
	tampersOf("T49 found and named: ", "made this wording forged, edition 1,", worded, []tamper{
		{"a wording is made by hand", audit.Ghost, forged("statement_template", " where id = 'quarterly'", "id", "'forged'", "document", "replace(document, '\"quarterly\"', '\"forged\"')", "digest", "'"+string(forgedDigest())+"'")},
	}),
	tampersOf("T49 found and named: ", "template published", worded, []tamper{
		{"a wording is removed", audit.Dropped, sqls("delete from statement_template where id = 'annual'")},
	}),
)

// forgedDigest is that of the program's own wording under another name, as it is
// kept.
func forgedDigest() attestation.Digest {
	forged := attestation.Quarterly
	forged.ID = "forged"
	return attestation.Draft{Template: forged}.Digest()
}
