package pdf

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Seal is what a document is sealed with: a key, the certificate of it and of
// whoever issued that, and, where there is an authority for it, a timestamp.
type Seal struct {
	Signer crypto.Signer
	Chain  []*x509.Certificate // the signer's first, each issued by the next
	// Stamp gives an RFC 3161 token over a SHA-256 digest; nil for none.
	Stamp  func(ctx context.Context, digest []byte) (token []byte, err error)
	Name   string
	Reason string
	At     time.Time
}

// Sealed is what VerifySeal found to hold. Whether the certificates are the
// right ones is for the caller to say.
type Sealed struct {
	Name, Reason string
	At           time.Time           // as the seal says; only the stamp proves it
	Certificates []*x509.Certificate // the signer's first, each issued by the next
	Stamp        *Stamp              // nil when there is none
}

// reserve is the room for a seal, in hex digits. It is fixed, because the seal
// covers where it ends: a seal that needs more fails.
const reserve = 24_000

// ErrReserve says that a seal does not fit into the room for it.
var ErrReserve = fmt.Errorf("the seal is larger than the %d bytes kept for it", reserve/2)

// ranges is how long the numbers of the byte range may be, blanks included.
const ranges = 40

func (s *Seal) check() error {
	switch {
	case s.Signer == nil || len(s.Chain) == 0 || len(s.Chain) > mostCertificates:
		return errors.New("a seal needs a key and its certificates")
	case s.At.IsZero() || s.Name == "":
		return errors.New("a seal needs a name and a time")
	}
	key, ok := s.Signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !key.Equal(s.Chain[0].PublicKey) {
		return errors.New("the seal's certificate is not that of its key")
	}
	return nil
}

// room is the seal before it is made.
func (s *Seal) room() string {
	return fmt.Sprintf("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name %s /Reason %s /M %s /ByteRange [%s] /Contents <%s> >>",
		words(s.Name), words(s.Reason), moment(s.At), strings.Repeat(" ", ranges), strings.Repeat("0", reserve))
}

// closing is what stands in it after the signature.
const closing = "> >>"

// Sign writes a document and seals every byte of it but the seal's own. The
// words on its pages are those of Write. It fails when the timestamp cannot be
// had, and when its own check does not find the seal to hold.
func Sign(ctx context.Context, d Document, s Seal) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	w, err := compose(d, &s)
	if err != nil {
		return nil, err
	}
	file, last, err := w.bytes()
	if err != nil {
		return nil, err
	}
	from := last + bytes.Index(file[last:], []byte("/Contents <")) + len("/Contents ")
	to := from + reserve + 2
	copy(file[last+bytes.Index(file[last:], []byte("/ByteRange ["))+len("/ByteRange ["):], fmt.Sprintf("0 %d %d %d", from, to, len(file)-to))
	der, err := s.make(ctx, slices.Concat(file[:from], file[to:]))
	if err != nil {
		return nil, err
	}
	if 2*len(der) > reserve {
		return nil, ErrReserve
	}
	hex.Encode(file[from+1:], der)
	if _, err := VerifySeal(file); err != nil {
		return nil, fmt.Errorf("check the seal just made: %w", err)
	}
	return file, nil
}

// Size tells how long the file of a document will be, with a seal where one is
// given, and makes none: the room for a seal is always the same.
func Size(d Document, s *Seal) (int64, error) {
	w, err := compose(d, s)
	if err != nil {
		return 0, err
	}
	file, _, err := w.bytes()
	return int64(len(file)), err
}

// make gives the signature over what is sealed, with its timestamp.
func (s *Seal) make(ctx context.Context, content []byte) ([]byte, error) {
	digest := sha256.Sum256(content)
	info, err := s.sign(digest[:])
	if err != nil {
		return nil, err
	}
	if s.Stamp != nil {
		imprint := sha256.Sum256(info.Signature)
		token, err := s.Stamp(ctx, imprint[:])
		if err != nil {
			return nil, fmt.Errorf("stamp the seal: %w", err)
		}
		stamp, err := attributes(1, []valued{{oidTimestamp, asn1.RawValue{FullBytes: token}}})
		if err != nil {
			return nil, fmt.Errorf("add the timestamp: %w", err)
		}
		info.Unsigned = asn1.RawValue{FullBytes: stamp}
	}
	return s.envelope(info)
}

var sealed = regexp.MustCompile(`^<< /Type /Sig /Filter /Adobe\.PPKLite /SubFilter /ETSI\.CAdES\.detached /Name <feff((?:[0-9a-f]{4})*)> /Reason <feff((?:[0-9a-f]{4})*)> ` +
	`/M \(D:([0-9]{14})Z\) /ByteRange \[0 ([0-9]{1,9}) ([0-9]{1,9}) ([0-9]{1,9}) *\] /Contents <$`)

// VerifySeal says whether a document is what was sealed, to the last byte, and
// gives what the seal says. It takes what Sign wrote, and nothing else.
func VerifySeal(file []byte) (Sealed, error) {
	o, err := open(file)
	if err != nil {
		return Sealed{}, err
	}
	n := len(o.objects) - 1
	begin := len(o.objects[n]) - reserve - len(closing)
	if begin < 0 || !bytes.HasSuffix(o.objects[n], []byte(closing)) {
		return Sealed{}, broken("there is none")
	}
	part := sealed.FindSubmatch(o.objects[n][:begin])
	if part == nil {
		return Sealed{}, broken("there is none")
	}
	from, to := o.starts[n]+begin-1, o.starts[n]+begin+reserve+1
	if string(bytes.Join(part[4:], []byte(" "))) != fmt.Sprintf("%d %d %d", from, to, len(file)-to) {
		return Sealed{}, broken("it does not cover the whole document")
	}
	der, err := unpad(file[from+1 : to-1])
	if err != nil {
		return Sealed{}, err
	}
	said, err := readSigned(der, oidData, slices.Concat(file[:from], file[to:]))
	if err != nil {
		return Sealed{}, err
	}
	if err := said.ours(); err != nil {
		return Sealed{}, err
	}
	at, err := time.Parse("20060102150405", string(part[3]))
	if err != nil {
		return Sealed{}, broken("its time cannot be read")
	}
	stamp, err := said.stamp()
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{Name: unwords(part[1]), Reason: unwords(part[2]), At: at, Certificates: said.certificates, Stamp: stamp}, nil
}

// unpad gives the seal without the zeros that fill its room.
func unpad(digits []byte) ([]byte, error) {
	room := make([]byte, len(digits)/2)
	if _, err := hex.Decode(room, digits); err != nil || hex.EncodeToString(room) != string(digits) {
		return nil, broken("it cannot be read")
	}
	var whole asn1.RawValue
	rest, err := asn1.Unmarshal(room, &whole)
	if err != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, broken("it cannot be read")
	}
	return whole.FullBytes, nil
}

// unwords reads what words wrote.
func unwords(digits []byte) string {
	halves := make([]uint16, len(digits)/4)
	for i := range halves {
		n, _ := strconv.ParseUint(string(digits[4*i:4*i+4]), 16, 16) // they are hex digits: the pattern says so
		halves[i] = uint16(n)
	}
	return string(utf16.Decode(halves))
}

// ours demands the algorithms that Sign uses, as it writes them, and that each
// certificate was issued by the next.
func (s statement) ours() error {
	algorithm, err := algorithmOf(s.certificates[0].PublicKey)
	if err != nil {
		return broken(err.Error())
	}
	for i, want := range []pkix.AlgorithmIdentifier{{Algorithm: oidSHA256}, {Algorithm: oidSHA256}, algorithm} {
		if got := s.algorithms[i]; !got.Algorithm.Equal(want.Algorithm) || !bytes.Equal(got.Parameters.FullBytes, want.Parameters.FullBytes) {
			return broken("it was made in another way")
		}
	}
	for i, issuer := range s.certificates[1:] { // who issued the last one may not be there
		each := s.certificates[i]
		if err := each.CheckSignatureFrom(issuer); err != nil || !bytes.Equal(each.RawIssuer, issuer.RawSubject) {
			return broken("its certificates do not follow from each other")
		}
	}
	return nil
}
