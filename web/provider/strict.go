package provider

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDepth   = 12  // objects and arrays inside one another
	maxMembers = 400 // of one object or array
)

// known are the names that decide something. A document that spells one of
// them another way (SUB, Iss) is refused whole: a laxer reader down the line
// would take it for the real one.
var known = func() map[string]string {
	names := map[string]string{}
	for _, name := range strings.Fields(`iss sub aud exp iat nbf nonce azp acr amr auth_time sid jti events at_hash
		c_hash name given_name family_name email typ token_use alg kid crit jwk jku x5u x5c b64 enc zip cty
		keys kty use key_ops crv issuer authorization_endpoint token_endpoint jwks_uri userinfo_endpoint
		end_session_endpoint id_token access_token token_type error`) {
		names[fold(name)] = name
	}
	return names
}()

// fold maps all spellings that differ in case alone to one, the odd letters
// included (the long s, the Kelvin sign).
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name)
}

// decodeStrict reads one JSON object and refuses what two readers could read
// differently: a name twice or in two cases at any depth, invalid UTF-8,
// anything after the object. Numbers stay as written.
func decodeStrict(raw []byte) (map[string]any, error) {
	if !utf8.Valid(raw) {
		return nil, ErrMalformed.because("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	value, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, ErrMalformed.because("something follows the object")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, ErrMalformed.because("not an object")
	}
	return object, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, ErrMalformed.because("not JSON") // the parser's own words could quote the token
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxDepth {
		return nil, ErrMalformed.because("too deep")
	}
	if delim == '{' {
		return decodeObject(d, depth)
	}
	list := []any{}
	for d.More() {
		if len(list) == maxMembers {
			return nil, ErrMalformed.because("too many values")
		}
		value, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	if _, err := d.Token(); err != nil {
		return nil, ErrMalformed.because("not JSON")
	}
	return list, nil
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object, seen := map[string]any{}, map[string]bool{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, ErrMalformed.because("not JSON")
		}
		folded := fold(name)
		if exact, decides := known[folded]; seen[folded] || decides && exact != name {
			return nil, ErrMemberName
		}
		if len(object) == maxMembers {
			return nil, ErrMalformed.because("too many members")
		}
		seen[folded] = true
		if object[name], err = decodeValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, ErrMalformed.because("not JSON")
	}
	return object, nil
}

// text is a value that is a string; anything else reads as absent.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// texts is a value that is a list of strings, or the one string some
// providers write for a list of one; anything else reads as empty.
func texts(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, ok := item.(string)
		if !ok {
			return nil
		}
		out = append(out, s)
	}
	return out
}
