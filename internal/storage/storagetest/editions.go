package storagetest

import (
	"encoding/json"
	"slices"
	"testing"

	"countersign/internal/access"
	"countersign/internal/attestation"
)

// newWords is the next edition of what came with the portal.
func newWords() attestation.Template {
	t := attestation.Quarterly
	t.Parts = append(slices.Clone(t.Parts), attestation.Part{Text: "I have asked my board about {outcomes} outcomes."})
	return t
}

func (h *House) wordings(t testing.TB, id string) attestation.Wordings {
	t.Helper()
	w, err := h.Editor.Read(t.Context(), h.at(regulator), id)
	must(t, err)
	return w
}

// editions is what must hold of wordings, which two regulators make.
var editions = []promise{
	{"an edition is written by one regulator and published by another", func(t *testing.T, h *House) {
		h.joins(t, second)
		must(t, h.Editor.Write(t.Context(), h.at(regulator), newWords(), false))
		w := h.wordings(t, "quarterly")
		if len(w.Editions) != 1 || w.Waiting == nil || w.Waiting.Template.Edition != 2 {
			t.Fatalf("on record: %+v", w)
		}
		shown := w.Waiting.Digest()
		h.refused(t, attestation.ErrOwnTemplate, func() error { return h.Editor.Publish(t.Context(), h.at(regulator), "quarterly", shown) })
		h.refused(t, attestation.ErrDraftChanged, func() error { return h.Editor.Publish(t.Context(), h.at(second), "quarterly", "others") })
		h.refused(t, access.ErrForbidden, func() error { return h.Editor.Publish(t.Context(), h.at(lead), "quarterly", shown) })
		h.refusedBySchema(t, "update template_draft set state = 'published', decided_by = author, decided_at = 1")
		must(t, h.Editor.Publish(t.Context(), h.at(second), "quarterly", shown))
		w = h.wordings(t, "quarterly")
		templates, waiting, err := h.Editor.List(t.Context(), h.at(second))
		must(t, err)
		if len(templates) != 1 || templates[0].Edition != 2 || len(waiting) != 0 {
			t.Errorf("listed: %+v, %+v", templates, waiting)
		}
		latest, _ := w.Latest()
		if w.Waiting != nil || len(w.Editions) != 2 || latest.Edition != 2 || latest.AuthorName != regulator.Name || latest.PublisherName != second.Name {
			t.Errorf("on record: %+v", w)
		}
		if h.events(t, "template drafted") != 1 || h.count(t, "select count(*) from event where kind = 'template published' and actor = 'second'") != 1 {
			t.Error("the events are missing")
		}
		h.refused(t, attestation.ErrNoDraft, func() error { return h.Editor.Publish(t.Context(), h.at(second), "quarterly", shown) })
	}},
	{"a draft is its author's to change, one waits at a time, and what is the same is none", func(t *testing.T, h *House) {
		h.joins(t, second)
		h.refused(t, attestation.ErrSameWords, func() error { return h.Editor.Write(t.Context(), h.at(regulator), attestation.Quarterly, false) })
		must(t, h.Editor.Write(t.Context(), h.at(regulator), newWords(), false))
		h.refused(t, attestation.ErrDraftWaits, func() error { return h.Editor.Write(t.Context(), h.at(second), newWords(), false) })
		again := newWords()
		again.Opening = "For {organisation}, on {date}, I confirm:"
		before := h.wordings(t, "quarterly").Waiting.Digest()
		must(t, h.Editor.Write(t.Context(), h.at(regulator), again, false))
		h.refused(t, attestation.ErrDraftChanged, func() error { return h.Editor.Publish(t.Context(), h.at(second), "quarterly", before) })
		must(t, h.Editor.Drop(t.Context(), h.at(second), "quarterly"))
		must(t, h.Editor.Write(t.Context(), h.at(second), newWords(), false))
		h.refusedBySchema(t, "update template_draft set document = '{}' where state = 'dropped'")
		h.refusedBySchema(t, "delete from template_draft")
	}},
	{"a new wording is another kind of statement, and a short name is taken once", func(t *testing.T, h *House) {
		h.joins(t, second)
		annual := newWords()
		annual.ID, annual.Kind, annual.Title = "annual", attestation.AnnualKind, "{period} statement of resilience"
		taken := annual
		taken.ID = "quarterly"
		h.refused(t, attestation.ErrKnown, func() error { return h.Editor.Write(t.Context(), h.at(regulator), taken, true) })
		h.refused(t, attestation.ErrNoTemplate, func() error { return h.Editor.Write(t.Context(), h.at(regulator), annual, false) })
		must(t, h.Editor.Write(t.Context(), h.at(regulator), annual, true))
		kept, over := h.wordings(t, "annual").Waiting.Digest(), annual
		over.Opening = "Of {organisation}, on {date}, I confirm:"
		h.refused(t, attestation.ErrOwnDraft, func() error { return h.Editor.Write(t.Context(), h.at(regulator), over, true) }) // its own author does not mean to write over it
		if h.wordings(t, "annual").Waiting.Digest() != kept {
			t.Error("a new wording was written over the draft that waits")
		}
		must(t, h.Editor.Publish(t.Context(), h.at(second), "annual", h.wordings(t, "annual").Waiting.Digest()))
		request := attestation.Request{Template: "annual", Edition: 1, Months: "2025-04-01/2026-03-31", SignBy: "2026-12-18", Scope: attestation.AllTrusts}
		preview, err := h.Requests.Preview(t.Context(), h.at(regulator), request)
		must(t, err)
		id, _, err := h.Requests.Ask(t.Context(), h.at(regulator), request, preview.Digest())
		must(t, err)
		if c := h.course(t, id); c.Name != "April 2025 to March 2026 statement of resilience" || c.Title != c.Name {
			t.Errorf("the campaign is %q of %q", c.Name, c.Title)
		}
		waiting, err := h.Statements.Unsigned(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(waiting) != 1 || waiting[0].Title() != "April 2025 to March 2026 statement of resilience" || waiting[0].Campaign != id {
			t.Errorf("the trust is asked for %+v", waiting)
		}
	}},
	{"a statement keeps the edition it was asked for with", func(t *testing.T, h *House) {
		h.joins(t, second)
		_, statements := h.calls(t)
		must(t, h.Editor.Write(t.Context(), h.at(regulator), newWords(), false))
		must(t, h.Editor.Publish(t.Context(), h.at(second), "quarterly", h.wordings(t, "quarterly").Waiting.Digest()))
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(siro), Here, statements[Here])
		must(t, err)
		words, err := attestation.ParseWords(st.Words)
		must(t, err)
		if words.Template != "quarterly 1" || len(words.Parts) != len(attestation.Quarterly.Parts) {
			t.Errorf("it was locked with %s, %d parts", words.Template, len(words.Parts))
		}
	}},
	{"an import makes a draft, of the edition that comes next, and a regulator publishes it", func(t *testing.T, h *House) {
		importer := access.PortalActor("import")
		file := func(change func(*attestation.Template)) []byte {
			is := newWords()
			is.Edition = 2
			change(&is)
			text, err := json.Marshal(is)
			must(t, err)
			return text
		}
		for field, change := range map[string]func(*attestation.Template){"edition": func(is *attestation.Template) { is.Edition = 1 }, "kind": func(is *attestation.Template) { is.Kind = attestation.AnnualKind }, "opening": func(is *attestation.Template) { is.Opening = "{day}" }} {
			h.refusedField(t, field, func() error { return failing(h.Editor.Import(t.Context(), h.at(importer), file(change))) })
		}
		h.refused(t, access.ErrForbidden, func() error {
			return failing(h.Editor.Import(t.Context(), h.at(lead), file(func(*attestation.Template) {})))
		})
		must2(t)(h.Editor.Import(t.Context(), h.at(importer), file(func(*attestation.Template) {})))
		h.refused(t, attestation.ErrOwnTemplate, func() error {
			return h.Editor.Publish(t.Context(), h.at(importer), "quarterly", h.wordings(t, "quarterly").Waiting.Digest())
		})
		must(t, h.Editor.Publish(t.Context(), h.at(regulator), "quarterly", h.wordings(t, "quarterly").Waiting.Digest()))
		if latest, _ := h.wordings(t, "quarterly").Latest(); latest.Edition != 2 || latest.AuthorName != importer.Name {
			t.Errorf("published: %+v", latest)
		}
	}},
	{"an edition never changes", func(t *testing.T, h *House) {
		h.refusedBySchema(t, "update statement_template set document = '{}'")
		h.refusedBySchema(t, "delete from statement_template")
		if !h.postgres(t) {
			h.refusedBySchema(t, "insert or replace into statement_template select id, edition, title, digest, '{}' from statement_template limit 1")
		}
	}},
}
