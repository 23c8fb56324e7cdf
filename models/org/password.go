package org

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"anju/models/db"
)

// The cost of a password that is stored from now on: 19 MiB and two passes of argon2id.
var hashMemory, hashPasses uint32 = 19 * 1024, 2

const (
	hashThreads = 1
	hashLength  = 32
)

// HashCheaply lowers the cost of every password that this process stores from now on. It is for tests, which hash
// thousands of them; they call it before the first.
func HashCheaply() { hashMemory, hashPasses = 8, 1 }

// unknownPassword returns what is compared with where the account does not exist: it costs what a stored one costs.
func unknownPassword() string { return storedForm(make([]byte, 16), make([]byte, hashLength)) }

// HashPassword makes the stored form of a password.
func HashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	return storedForm(salt, argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashThreads, hashLength))
}

func storedForm(salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", hashMemory, hashPasses, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

func (s *Store) hash(ctx context.Context, password string) (string, error) {
	var h string
	err := s.limitHashing(ctx, func() { h = HashPassword(password) })
	return h, err
}

// The cost that a stored form may name, at most: what lies above is damage.
const (
	maxHashMemory = 1 << 20 // KiB
	maxHashPasses = 16
)

// comparePassword tells whether a password is the one of a stored form, at the cost that stands in it: it may differ
// from today's. It fails where the form is damaged.
func comparePassword(stored, password string) (bool, error) {
	var (
		memory, passes uint32
		threads        uint8
		text           string
	)
	_, err := fmt.Sscanf(stored, "$argon2id$v=19$m=%d,t=%d,p=%d$%s", &memory, &passes, &threads, &text)
	salt, sum, ok := strings.Cut(text, "$")
	rawSalt, err1 := base64.RawStdEncoding.DecodeString(salt)
	want, err2 := base64.RawStdEncoding.DecodeString(sum)
	if err = errors.Join(err, err1, err2); err != nil || !ok || len(want) != hashLength || memory > maxHashMemory ||
		passes == 0 || passes > maxHashPasses || threads == 0 {
		return false, errors.New("a stored password is damaged")
	}
	got := argon2.IDKey([]byte(password), rawSalt, passes, memory, threads, hashLength)
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// limitHashing lets two passwords be hashed at a time: the morning's logins queue instead of taking every core.
func (s *Store) limitHashing(ctx context.Context, do func()) error {
	select {
	case s.hashers <- struct{}{}:
	case <-ctx.Done():
		return errors.Join(db.ErrUnavailable, ctx.Err())
	}
	defer func() { <-s.hashers }()
	do()
	return nil
}

func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}
