package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"time"

	"countersign/internal/keys"
	"countersign/internal/outbound"
	"countersign/internal/pdf"
	"countersign/internal/receipt"
)

// sealConfig is what documents are sealed with.
type sealConfig struct {
	Key       string // COUNTERSIGN_SEAL_KEY: PEM file with a key and its certificates; without it PDFs are not sealed
	Old       string // COUNTERSIGN_SEAL_OLD_CERTIFICATES: PEM file of certificates that PDFs were sealed with before
	Authority string // COUNTERSIGN_TIMESTAMP_URL: of an RFC 3161 authority; without it seals carry no timestamp
	Roots     string // COUNTERSIGN_TIMESTAMP_ROOTS: PEM file of who may have issued the authority's certificate
}

// read checks that the settings go together.
func (c *sealConfig) read(values map[string]string) error {
	c.Key, c.Old, c.Authority, c.Roots = values["SEAL_KEY"], values["SEAL_OLD_CERTIFICATES"], values["TIMESTAMP_URL"], values["TIMESTAMP_ROOTS"]
	switch {
	case c.Key == "" && c.Authority != "":
		return fmt.Errorf("%sSEAL_KEY is missing: what is not sealed is not timestamped either", prefix)
	case c.Authority == "" && c.Roots != "":
		return fmt.Errorf("%sTIMESTAMP_URL is missing", prefix)
	}
	if u, err := url.Parse(c.Authority); c.Authority != "" && (err != nil || u.Host == "") {
		return fmt.Errorf("%sTIMESTAMP_URL %q is not an address", prefix, c.Authority)
	}
	return nil
}

// press makes documents, sealed where there is a key for it.
type press struct {
	seal      *keys.Seal
	old       []*x509.Certificate
	name      string
	authority *pdf.Authority
	now       func() time.Time
}

// openPress reads what documents are sealed with.
func openPress(c config, now func() time.Time) (*press, error) {
	p := &press{name: c.Service, now: now}
	var err error
	if c.Seal.Old != "" {
		if p.old, err = certificates(c.Seal.Old); err != nil {
			return nil, fmt.Errorf("%sSEAL_OLD_CERTIFICATES: %w", prefix, err)
		}
	}
	if c.Seal.Key == "" {
		return p, nil
	}
	seal, err := keys.OpenSeal(c.Seal.Key)
	if err != nil {
		return nil, fmt.Errorf("%sSEAL_KEY: %w", prefix, err)
	}
	p.seal = &seal
	if c.Seal.Authority == "" {
		return p, nil
	}
	p.authority = &pdf.Authority{URL: c.Seal.Authority, Gate: outbound.Gate{Names: c.WebhookHosts}, Now: now}
	if c.Seal.Roots != "" {
		if p.authority.Trust, err = roots(c.Seal.Roots); err != nil {
			return nil, fmt.Errorf("%sTIMESTAMP_ROOTS: %w", prefix, err)
		}
	}
	if err := p.authority.Check(); err != nil {
		return nil, fmt.Errorf("%sTIMESTAMP_URL: %w", prefix, err)
	}
	return p, nil
}

func roots(path string) (*x509.CertPool, error) {
	list, err := certificates(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, each := range list {
		pool.AddCert(each)
	}
	return pool, nil
}

// certificates reads a PEM file of at least one.
func certificates(path string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read a certificate in %s: %w", path, err)
		}
		list = append(list, certificate)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return list, nil
}

// fingerprints are those of the certificates documents are, or were, sealed
// with, today's first.
func (p *press) fingerprints() []string {
	var list []string
	if p.seal != nil {
		list = append(list, keys.Fingerprint(p.seal.Chain[0]))
	}
	for _, each := range p.old {
		list = append(list, keys.Fingerprint(each))
	}
	return list
}

// Print gives a document as a file.
func (p *press) Print(ctx context.Context, d pdf.Document, reason string) ([]byte, error) {
	s := p.sealing(reason)
	if s == nil {
		return pdf.Write(d)
	}
	return pdf.Sign(ctx, d, *s)
}

// Size tells how long that file will be.
func (p *press) Size(d pdf.Document, reason string) (int64, error) {
	return pdf.Size(d, p.sealing(reason))
}

// sealing is what a document is sealed with; nil when nothing is.
func (p *press) sealing(reason string) *pdf.Seal {
	if p.seal == nil {
		return nil
	}
	s := &pdf.Seal{Signer: p.seal.Signer, Chain: p.seal.Chain, Name: p.name, Reason: reason, At: p.now()}
	if p.authority != nil {
		s.Stamp = p.authority.Stamp
	}
	return s
}

// paper reads printed receipts.
type paper struct{}

// Open gives what a sealed document holds.
func (paper) Open(file []byte, name string) (receipt.Sealed, error) {
	seal, err := pdf.VerifySeal(file)
	if err != nil {
		return receipt.Sealed{}, err
	}
	sealed := receipt.Sealed{Certificate: seal.Certificates[0].Raw}
	if sealed.Bundle, err = pdf.Attached(file, name); err != nil {
		return receipt.Sealed{}, err
	}
	if seal.Stamp != nil {
		sealed.StampedAt, sealed.Authority = seal.Stamp.At, seal.Stamp.Certificates[0].Raw
	}
	return sealed, nil
}
