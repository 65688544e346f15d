package organisation

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words that keep their capitals, and words that lose them inside a name.
var (
	initials = map[string]bool{"NHS": true, "UK": true, "ICB": true, "CSU": true, "CIC": true, "GP": true, "CCG": true}
	joining  = map[string]bool{
		"and": true, "of": true, "the": true, "for": true, "in": true, "on": true, "upon": true, "with": true,
		"to": true, "at": true, "by": true, "le": true, "under": true,
	}
)

// TitleCase turns a name in capitals, as the register writes it, into the
// form a page uses: "ST GEORGE'S UNIVERSITY HOSPITALS NHS FOUNDATION TRUST"
// becomes "St George's University Hospitals NHS Foundation Trust". A name that
// has a small letter already was written by somebody who chose it: it stays.
func TitleCase(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if strings.ContainsFunc(name, unicode.IsLower) {
		return name
	}
	words := strings.Split(name, " ")
	for i, word := range words {
		parts := strings.Split(word, "-")
		for j, part := range parts {
			parts[j] = titleWord(part, i == 0 && j == 0)
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
}

func titleWord(word string, first bool) string {
	start := strings.IndexFunc(word, unicode.IsLetter)
	if start < 0 {
		return word // "&", a number
	}
	end := strings.LastIndexFunc(word, unicode.IsLetter)
	_, size := utf8.DecodeRuneInString(word[end:])
	before, core, after := word[:start], word[start:end+size], word[end+size:]
	switch small := strings.ToLower(core); {
	case initials[core]:
		return word
	case joining[small] && !first && before == "":
		return small + after
	case strings.HasPrefix(core, "MC") && len(core) > 4:
		return before + "Mc" + capital(core[2:]) + after
	case (strings.HasPrefix(core, "O'") || strings.HasPrefix(core, "D'")) && len(core) > 3:
		return before + core[:2] + capital(core[2:]) + after
	}
	return before + capital(core) + after
}

// capital keeps the first letter and makes the rest small, so that the S of
// CHILDREN'S becomes small too.
func capital(word string) string {
	_, size := utf8.DecodeRuneInString(word)
	return word[:size] + strings.ToLower(word[size:])
}
