package keys

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"countersign/internal/transparency"
)

// ActsEnding is added to a log key's file name for the act key that is made
// with it.
const ActsEnding = ".acts"

// actsMark begins the file of an act key; a secret a line follows, in base64.
const actsMark = "countersign act key 1"

// NewActs makes an act key. The file may not exist.
func NewActs(path string) (transparency.ActKey, error) {
	if err := free(path); err != nil {
		return transparency.ActKey{}, err
	}
	secret := make([]byte, transparency.ActKeyBytes)
	_, _ = rand.Read(secret) // it does not fail: the runtime ends the program when it does
	if err := put(path, actsMark+"\n"+base64.StdEncoding.EncodeToString(secret)+"\n"); err != nil {
		return transparency.ActKey{}, err
	}
	return OpenActs(path)
}

// OpenActs reads an act key: the secret in use first, those of before after it.
// It refuses a file that others can read.
func OpenActs(path string) (transparency.ActKey, error) {
	text, err := read(path)
	if err != nil {
		return transparency.ActKey{}, err
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	wrong := fmt.Errorf("%s is not an act key: `countersign keys new` makes one beside the key of the log", path)
	if len(lines) < 2 || lines[0] != actsMark {
		return transparency.ActKey{}, wrong
	}
	var secrets [][]byte
	for _, line := range lines[1:] {
		secret, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(secret) != transparency.ActKeyBytes {
			return transparency.ActKey{}, wrong
		}
		secrets = append(secrets, secret)
	}
	return transparency.NewActKey(secrets...), nil
}
