package pdf

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/internal/outbound"
)

// Authority asks an RFC 3161 authority for timestamps. Its address comes from
// the settings.
type Authority struct {
	URL   string
	Gate  outbound.Gate
	Roots *tls.Config    // what to trust instead of the system's certificates; nil in a real service
	Trust *x509.CertPool // who may have issued the authority's certificate; nil for anybody
	Now   func() time.Time
}

// The bounds of one question.
const (
	patience    = 10 * time.Second
	answerLimit = 64 << 10
	clockLimit  = 10 * time.Minute // between the authority's clock and ours
)

// ErrAuthority says that an authority did not give a timestamp that holds.
var ErrAuthority = errors.New("the timestamp authority gave no timestamp that holds")

type question struct {
	Version     int
	Imprint     imprint
	Nonce       *big.Int
	Certificate bool
}

type reply struct {
	Status struct {
		Status  int
		Text    asn1.RawValue  `asn1:"optional,tag:16"`
		Failure asn1.BitString `asn1:"optional"`
	}
	Token asn1.RawValue `asn1:"optional"`
}

// Check tells whether the address can be asked. A timestamp is signed, so http
// will do where it is known who signs.
func (a *Authority) Check() error {
	u, err := url.Parse(a.URL)
	if err != nil || u.User != nil || u.Hostname() == "" || u.Fragment != "" || (u.Scheme != "https" && (u.Scheme != "http" || a.Trust == nil)) {
		return errors.New("the address of the timestamp authority is not https, nor http with certificates to trust")
	}
	return nil
}

// Stamp gives a token over a SHA-256 digest. It is over that digest, answers
// this question and no earlier one, and has our time, within minutes.
func (a *Authority) Stamp(ctx context.Context, digest []byte) ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("choose a number: %w", err)
	}
	asked, err := asn1.Marshal(question{1, imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: null}, digest}, nonce, true})
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	answer, err := a.ask(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAuthority, err)
	}
	token, err := tokenIn(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAuthority, err)
	}
	if err := a.hold(token, digest, nonce); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAuthority, err)
	}
	return token, nil
}

// ask posts a question. Its errors name no address: they are logged.
func (a *Authority) ask(ctx context.Context, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(question))
	if err != nil {
		return nil, errors.New("its address cannot be asked")
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("User-Agent", "Countersign")
	client := a.client()
	defer client.CloseIdleConnections()
	answer, err := client.Do(req)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read, or is not wanted
	if kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";"); answer.StatusCode != http.StatusOK || kind != "application/timestamp-reply" {
		return nil, fmt.Errorf("it answered %d, %.40q", answer.StatusCode, kind)
	}
	read, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit+1))
	if err != nil {
		return nil, errors.New("its answer broke off")
	} else if len(read) > answerLimit {
		return nil, errors.New("its answer is too long")
	}
	return read, nil
}

// client follows no redirect, uses no proxy and keeps no cookie.
func (a *Authority) client() *http.Client {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.Roots != nil {
		trust.RootCAs = a.Roots.RootCAs
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: a.Gate.Dial, TLSClientConfig: trust, TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// withoutAddress keeps why a question failed and leaves out where it went.
func withoutAddress(err error) error {
	switch {
	case errors.Is(err, outbound.ErrPrivate):
		return outbound.ErrPrivate
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	if failure, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("its certificate: %T", failure.Err)
	}
	return errors.New("it could not be reached")
}

// tokenIn takes the token out of an answer.
func tokenIn(answer []byte) ([]byte, error) {
	var r reply
	if rest, err := asn1.Unmarshal(answer, &r); err != nil || len(rest) > 0 {
		return nil, errors.New("its answer cannot be read")
	}
	if r.Status.Status != 0 || len(r.Token.FullBytes) == 0 {
		return nil, fmt.Errorf("it refused, with status %d", r.Status.Status)
	}
	return r.Token.FullBytes, nil
}

// hold says whether a token answers the question.
func (a *Authority) hold(token, digest []byte, nonce *big.Int) error {
	stamp, said, err := readStamp(token, digest)
	if err != nil {
		return err
	}
	if said == nil || said.Cmp(nonce) != 0 {
		return errors.New("it answered another question")
	}
	if off := stamp.At.Sub(a.Now()).Abs(); off > clockLimit {
		return fmt.Errorf("its clock differs by %s", off.Round(time.Second))
	}
	if a.Trust == nil {
		return nil
	}
	return stamp.Trusted(a.Trust)
}

// Trusted says whether the authority's certificate leads to one of the roots,
// as things stood at the time of the stamp.
func (s *Stamp) Trusted(roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, each := range s.Certificates[1:] {
		between.AddCert(each)
	}
	_, err := s.Certificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: s.At, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	if err != nil {
		return errors.New("nobody trusted issued the certificate of the timestamp")
	}
	return nil
}
