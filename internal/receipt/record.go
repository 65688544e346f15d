package receipt

import (
	"strings"
	"time"
)

// record is attestation.Signature.Record read back.
type record struct {
	id, code, statement, organisation, signer, words, document, salt, attempt, issuer, subject, acr, token, keys string
	authenticated, arrived, signed                                                                               time.Time
	late                                                                                                         bool
}

const (
	recordMark  = "countersign signature 1"
	instantForm = "2006-01-02T15:04:05.000000Z"
)

// parseRecord accepts the lines of a record, each once and in their order.
func parseRecord(text string) (record, bool) {
	var r record
	lines := strings.Split(text, "\n")
	fields := []struct {
		name string
		to   *string
		at   *time.Time
	}{{"id", &r.id, nil}, {"code", &r.code, nil}, {"statement", &r.statement, nil}, {"organisation", &r.organisation, nil}, {"signer", &r.signer, nil}, {"words", &r.words, nil},
		{"document", &r.document, nil}, {"salt", &r.salt, nil}, {"attempt", &r.attempt, nil}, {"issuer", &r.issuer, nil}, {"subject", &r.subject, nil}, {"acr", &r.acr, nil},
		{"authenticated", nil, &r.authenticated}, {"token", &r.token, nil}, {"keys", &r.keys, nil}, {"arrived", nil, &r.arrived}, {"signed", nil, &r.signed}}
	if len(lines) != len(fields)+3 || lines[0] != recordMark || lines[len(lines)-1] != "" {
		return r, false
	}
	for i, f := range fields {
		value, found := strings.CutPrefix(lines[i+1], f.name+": ")
		if !found {
			return r, false
		}
		if f.to != nil {
			*f.to = value
			continue
		}
		at, err := time.Parse(instantForm, value)
		if err != nil || at.Format(instantForm) != value {
			return r, false
		}
		*f.at = at
	}
	switch lines[len(fields)+1] {
	case "late: yes":
		r.late = true
	case "late: no":
	default:
		return r, false
	}
	return r, true
}

// document is the head of what was signed, and the words under it.
type document struct {
	id, name, capacity, opinion, words, declaration string
	exceptions                                      int
}

const documentMark = "countersign attestation 1"

// parseDocument reads the lines above the words.
func parseDocument(text string) (document, bool) {
	head, words, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 6 || lines[0] != documentMark {
		return document{}, false
	}
	d := document{words: words}
	for i, f := range []struct {
		name string
		to   *string
	}{{"signer", &d.id}, {"capacity", &d.capacity}, {"opinion", &d.opinion}} {
		value, is := strings.CutPrefix(lines[i+1], f.name+": ")
		if !is {
			return document{}, false
		}
		*f.to = value
	}
	d.id, d.name, _ = strings.Cut(d.id, " ")
	declaration, is := strings.CutPrefix(lines[len(lines)-1], "declaration: ")
	d.declaration, d.exceptions = declaration, (len(lines)-6)/5
	return d, is && (len(lines)-6)%5 == 0
}
