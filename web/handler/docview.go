package handler

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/views/attestationview"
)

// docView shows the words of a statement: every line of them, in an order people
// read in.
func docView(words attestation.Words, s scene) attestationview.Doc {
	doc := attestationview.Doc{Opening: words.Opening, Parts: words.Parts, Digest: string(s.statement.Digest)}
	if !s.statement.LockedAt.IsZero() {
		doc.Version = "Version " + strconv.FormatInt(s.statement.Number, 10) + ", locked " + dayWord(s.statement.LockedAt)
	}
	for _, gap := range words.Gaps {
		doc.Gaps = append(doc.Gaps, attestationview.Gap{Name: strings.TrimSpace(gap.Code + " " + gap.Name), What: gap.What, FixBy: "Fix by " + attestation.LongDay(gap.FixBy) + "."})
	}
	doc.More = []attestationview.Section{{Title: "What this statement replaces", Items: replacesItems(words.Replaces)}, {Title: "Who signs before the chief executive", Items: coSignItems(words.CoSigns)}, {Title: "Late answers", Items: lateItems(words.Late)}, {Title: "Commitments of earlier statements", Items: settledItems(words.Settled)},
		{Title: "Not named as gaps", Items: asideItems(words.Aside)}, {Title: "Accepted though it does not agree", Items: acceptedItems(words.Accepted)}}
	for _, name := range slices.Sorted(maps.Keys(words.Facts)) {
		doc.Figures = append(doc.Figures, factWord(name)+": "+words.Facts[name])
	}
	for _, p := range words.Evidence {
		doc.Relied = append(doc.Relied, attestationview.Gap{Name: p.Title, What: "Runs until " + longDay(p.Until) + ".", FixBy: string(p.Digest)})
	}
	return doc
}

func replacesItems(r attestation.Replaces) []attestationview.Gap {
	if r.Code == "" {
		return nil
	}
	return []attestationview.Gap{{Name: "The statement signed with the code " + r.Code.Groups(), What: r.Why, FixBy: "Fingerprint " + string(r.Digest)}}
}

func coSignItems(offices []access.Office) []attestationview.Gap {
	var items []attestationview.Gap
	for _, office := range offices {
		items = append(items, attestationview.Gap{Name: office.Word(), What: "Reads and co-signs these words first."})
	}
	return items
}

func lateItems(list []attestation.LateAnswer) []attestationview.Gap {
	var items []attestationview.Gap
	for _, l := range list {
		item := attestationview.Gap{Name: l.Alert + " " + l.Title, What: lateWords[l.Code] + ". " + l.Why}
		if l.Code == attestation.OtherReason {
			item.What = l.Why
		}
		due, err := time.Parse(time.RFC3339, l.Due)
		if at, answered := time.Parse(time.RFC3339, l.Answered); err == nil && answered == nil {
			item.FixBy = "Due " + moment(due) + ", answered " + lateBy(at.Sub(due)) + " late."
		} else if err == nil {
			item.FixBy = "Due " + moment(due) + ", and not answered when the words were locked."
		}
		items = append(items, item)
	}
	return items
}

func settledItems(list []attestation.Settled) []attestationview.Gap {
	var items []attestationview.Gap
	for _, s := range list {
		item := attestationview.Gap{Name: s.What, What: fateWords[s.How] + ". " + s.Note, FixBy: "Was due " + longDay(s.Was) + "."}
		switch {
		case s.How == attestation.StillOpen && s.By == s.Was: // the earlier statement had moved it already, and was withdrawn
			item.What, item.FixBy = "Still open. "+s.Note, "Due "+longDay(s.By)+", as before this statement."
		case s.How == attestation.StillOpen:
			item.What, item.FixBy = "Still open. "+s.Note, "Was due "+longDay(s.Was)+", now "+longDay(s.By)+"."
		}
		items = append(items, item)
	}
	return items
}

func asideItems(list []attestation.Aside) []attestationview.Gap {
	var items []attestationview.Gap
	for _, a := range list {
		items = append(items, attestationview.Gap{Name: a.What, What: a.Why})
	}
	return items
}

func acceptedItems(list []attestation.Accepted) []attestationview.Gap {
	var items []attestationview.Gap
	for _, a := range list {
		items = append(items, attestationview.Gap{Name: a.Sentence, What: a.Reason, FixBy: "Accepted by " + a.By + " (rule " + a.Rule + ")."})
	}
	return items
}

// differenceWord says in one sentence how a statement differs from the last one.
func differenceWord(d attestation.Difference) string {
	var parts []string
	if n := len(d.Changes); n > 0 {
		parts = append(parts, plural(n, "figure")+" moved")
	}
	if d.New > 0 {
		parts = append(parts, plural(d.New, "gap")+" new")
	}
	if d.Closed > 0 {
		parts = append(parts, plural(d.Closed, "gap")+" closed")
	}
	if len(parts) == 0 {
		return "No figure moved, and the gaps are the same."
	}
	return strings.Join(parts, ", ") + "."
}
