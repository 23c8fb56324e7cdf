package printing

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// LocalSigner signs with a key of its own (SM2 with SM3, GB/T 32918): it stands where a certified signature service is
// plugged in, and tries the way there. Its signatures prove nothing about an office in law, since its key is
// not certified.
type LocalSigner struct{ key *sm2.PrivateKey }

// NewLocalSigner makes a signer with a fresh key.
func NewLocalSigner() (*LocalSigner, error) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return &LocalSigner{key}, nil
}

// Sign implements Signer.
func (s *LocalSigner) Sign(_ context.Context, issuer string, body []byte) (signature, signer string, err error) {
	b, err := s.key.SignWithSM2(rand.Reader, []byte(issuer), body)
	return base64.StdEncoding.EncodeToString(b), issuer, err
}

// Verify tells whether a signature is this signer's, over these bytes, in the name of the issuer.
func (s *LocalSigner) Verify(issuer string, body []byte, signature string) bool {
	b, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && sm2.VerifyASN1WithSM2(&s.key.PublicKey, []byte(issuer), body, b)
}
