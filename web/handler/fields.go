package handler

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"countersign/internal/fault"
)

// AnyField is the Fields of an address that takes whatever it is sent: its
// handler alone decides what counts.
const AnyField = "*"

// numberedFields is how many groups of a numbered field a form may send.
const numberedFields = 50

// Faults of a form that no page of ours sent. They are answered with 400, and
// nothing has been done.
var (
	errFields = fault.New(fault.Malformed, "What was sent has a field that this page does not have, or has one twice. Nothing was changed. Open the page again and send it from there.")
	errBody   = fault.New(fault.Malformed, "What was sent is not a form of this page, or is longer than one can be. Nothing was changed. Open the page again and send it from there.")
)

// onlyFields refuses a request to change something that sends more than its form
// has (abuse case T31): a field nobody asked for, one in other capitals, or the
// same one twice, in its body or its address. What a handler does not read it
// would pass over in silence, and so would whoever reads the handler.
//
// Of the fields, "opinion" is sent once, "kinds*" as often as boxes are ticked,
// and "gap-#-name" once for each number from 0.
func onlyFields(r *http.Request, fields string) error {
	if r.Method != http.MethodPost || fields == AnyField {
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && (err != nil || kind != "application/x-www-form-urlencoded") {
		return errBody // parts and plain text would be read later, unseen from here
	}
	if err := r.ParseForm(); err != nil {
		return errBody
	}
	for name, values := range r.Form {
		known, often := takes(fields, name)
		if !known || (len(values) > 1 && !often) {
			return errFields
		}
	}
	return nil
}

// takes tells whether a field is one of a form's, and whether it may come more
// than once.
func takes(fields, name string) (known, often bool) {
	for field := range strings.FieldsSeq(fields) {
		field, often := strings.CutSuffix(field, "*")
		before, after, numbered := strings.Cut(field, "#")
		if (field == name && !numbered) || (numbered && isNumbered(name, before, after)) {
			return true, often
		}
	}
	return false, false
}

func isNumbered(name, before, after string) bool {
	rest, begins := strings.CutPrefix(name, before)
	number, ends := strings.CutSuffix(rest, after)
	n, err := strconv.Atoi(number)
	return begins && ends && err == nil && n >= 0 && n < numberedFields && strconv.Itoa(n) == number
}

// evidenceFields are what the forms about evidence send, by address. The form
// with the file comes in parts, which are read as they arrive.
var evidenceFields = map[string]string{
	"/organisations/:ods/evidence/new":         AnyField,
	"/organisations/:ods/evidence/new/reuse":   "for existing",
	"/organisations/:ods/evidence/:id/use":     "for",
	"/organisations/:ods/evidence/:id/release": "why",
}
