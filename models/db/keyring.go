package db

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// The algorithms, stored with every value so that another can follow.
const (
	algSeal = "sm4-gcm"
	LineAlg = "hmac-sm3" // of the history's hashes: keyed, so that a rewritten chain does not verify either
)

// Keyring holds the master keys by version. The keys that are used are derived from them, one for each purpose; the
// newest version seals, every version opens.
type Keyring struct {
	newest int
	oldest int // blind indexes stay under the first key, or nothing would be found again
	keys   map[int]derivedKeys
}

type derivedKeys struct {
	seal             cipher.AEAD
	index, line, tag []byte
	check            string
}

// Sealed is a value that only the keyring can read.
type Sealed struct {
	Alg  string
	Key  int
	Text string // nonce and cipher text, base64
}

type keyFile struct {
	Keys map[string]string `json:"keys"` // version: 32 bytes, base64
}

// LoadKeyring reads the key file; with create a missing one is made, readable by this user alone. It fails on a file
// that others may read and on one that holds no keys.
func LoadKeyring(path string, create bool) (*Keyring, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		return newKeyring(path)
	}
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read it (mode %04o)", st.Mode().Perm())
	}
	b, err := os.ReadFile(path) //nolint:gosec // the path is the operator's setting
	if err != nil {
		return nil, err
	}
	return parseKeyring(b)
}

func newKeyring(path string) (*Keyring, error) {
	master := make([]byte, 32)
	if _, err := rand.Read(master); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(keyFile{map[string]string{"1": base64.StdEncoding.EncodeToString(master)}}, "", "  ")
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY,
		0o600) //nolint:gosec // the path is the operator's setting
	if err != nil {
		return nil, err
	}
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return parseKeyring(b)
}

func parseKeyring(b []byte) (*Keyring, error) {
	var f keyFile
	if err := json.Unmarshal(b, &f); err != nil || len(f.Keys) == 0 {
		return nil, errors.New("it is not a key file of Anju")
	}
	k := &Keyring{keys: map[int]derivedKeys{}}
	for v, text := range f.Keys {
		version, err := strconv.Atoi(v)
		master, err2 := base64.StdEncoding.DecodeString(text)
		if err != nil || err2 != nil || version < 1 || len(master) != 32 {
			return nil, fmt.Errorf("key %q in it is damaged", v)
		}
		if k.keys[version], err = derive(master); err != nil {
			return nil, err
		}
		k.newest = max(k.newest, version)
		if k.oldest == 0 || version < k.oldest {
			k.oldest = version
		}
	}
	return k, nil
}

func derive(master []byte) (derivedKeys, error) {
	sub := func(purpose string) []byte { return hmacSM3(master, "anju "+purpose) }
	block, err := sm4.NewCipher(sub("seal")[:16])
	if err != nil {
		return derivedKeys{}, err
	}
	seal, err := cipher.NewGCM(block)
	return derivedKeys{seal: seal, index: sub("index"), line: sub("line"), tag: sub("tag"),
		check: hex.EncodeToString(sub("check"))}, err
}

func hmacSM3(key []byte, text string) []byte {
	h := hmac.New(sm3.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Newest is the version of the key that seals.
func (k *Keyring) Newest() int { return k.newest }

// Seal encrypts a value under the newest key (SM4-GCM).
func (k *Keyring) Seal(plain string) (Sealed, error) {
	key := k.keys[k.newest].seal
	nonce := make([]byte, key.NonceSize(), key.NonceSize()+len(plain)+key.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return Sealed{}, err
	}
	return Sealed{algSeal, k.newest, base64.StdEncoding.EncodeToString(key.Seal(nonce, nonce, []byte(plain), nil))}, nil
}

// Open decrypts a value. It fails on another algorithm, a key it lacks, and a value that was changed.
func (k *Keyring) Open(s Sealed) (string, error) {
	d, ok := k.keys[s.Key]
	if !ok || s.Alg != algSeal {
		return "", fmt.Errorf("sealed by %s with key %d, which the key file lacks", s.Alg, s.Key)
	}
	b, err := base64.StdEncoding.DecodeString(s.Text)
	if err != nil || len(b) < d.seal.NonceSize() {
		return "", errors.New("a sealed value is damaged")
	}
	plain, err := d.seal.Open(nil, b[:d.seal.NonceSize()], b[d.seal.NonceSize():], nil)
	if err != nil {
		return "", errors.New("a sealed value was changed, or sealed with another key")
	}
	return string(plain), nil
}

// Index is the blind index of a value (HMAC-SM3): equal values are found by it, and nothing is learnt from it.
func (k *Keyring) Index(plain string) string {
	if plain == "" {
		return ""
	}
	return hex.EncodeToString(hmacSM3(k.keys[k.oldest].index, plain))
}

// Tag is a short code that only this keyring can make for a text (HMAC-SM3, 128 bits): who knows it was given it.
func (k *Keyring) Tag(purpose, text string) string {
	return hex.EncodeToString(hmacSM3(k.keys[k.newest].tag, purpose+"\x00"+text)[:16])
}

// Tagged tells whether a tag was made for the text, by any version of the key.
func (k *Keyring) Tagged(purpose, text, tag string) bool {
	return k.TaggedPrefix(purpose, text, tag, 32)
}

// TaggedPrefix is Tagged for tags of which the first digits were given away.
func (k *Keyring) TaggedPrefix(purpose, text, tag string, size int) bool {
	found := false
	for _, d := range k.keys {
		if hmac.Equal([]byte(hex.EncodeToString(hmacSM3(d.tag, purpose+"\x00"+text)[:16])[:size]), []byte(tag)) {
			found = true
		}
	}
	return found
}

// HashLine is the hash of a history line under the key of a version; false where the key is lacking.
func (k *Keyring) HashLine(version int, text string) (string, bool) {
	d, ok := k.keys[version]
	if !ok {
		return "", false
	}
	return hex.EncodeToString(hmacSM3(d.line, text)), true
}

// HashToken is the hash (SM3) of a secret that only its holder knows in clear: a session's token, what was typed as a
// login.
func HashToken(token string) string {
	sum := sm3.Sum([]byte(token))
	return hex.EncodeToString(sum[:])
}
