// Package witness hands checkpoints to witnesses over HTTP (C2SP tlog-witness).
// What a witness answers is checked by package transparency before it is kept.
package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/transparency"
)

// Limits of a witness: it answers soon and shortly, or not at all.
const (
	patience  = 5 * time.Second
	answerMax = 16 << 10
)

// Client asks one witness.
type Client struct {
	Known string // its name, as in its key
	URL   string // of its submission prefix
	HTTP  *http.Client
}

// Name of the witness.
func (c Client) Name() string { return c.Known }

// Submit asks for a cosignature of a checkpoint. A *transparency.Stale error
// tells the size the witness has.
func (c Client) Submit(ctx context.Context, old int64, proof tlog.TreeProof, head transparency.Head) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body strings.Builder
	body.WriteString("old " + strconv.FormatInt(old, 10) + "\n")
	for _, hash := range proof {
		body.WriteString(hash.String() + "\n")
	}
	body.WriteString("\n" + head.Note)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+"/add-checkpoint", strings.NewReader(body.String()))
	if err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	answer, err := c.HTTP.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // read as far as it is wanted
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerMax+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the answer: %w", err)
	case len(text) > answerMax:
		return "", errors.New("the answer is too long")
	case answer.StatusCode == http.StatusConflict:
		size, err := strconv.ParseInt(strings.TrimSuffix(string(text), "\n"), 10, 64)
		if err != nil || size < 0 || answer.Header.Get("Content-Type") != "text/x.tlog.size" {
			return "", transparency.ErrFork // the same size, and another root
		}
		return "", &transparency.Stale{Size: size}
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("it answered %d", answer.StatusCode)
	}
	return string(text), nil
}
