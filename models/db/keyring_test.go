package db_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anju/models/db"
)

func TestSealedValuesOpenAgain(t *testing.T) {
	k, err := db.LoadKeyring(filepath.Join(t.TempDir(), "key"), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"", "140824197803120010", "䶮𠅤"} {
		one, err1 := k.Seal(plain)
		two, err2 := k.Seal(plain)
		if err1 != nil || err2 != nil || one.Text == two.Text || one.Alg != "sm4-gcm" || one.Key != 1 {
			t.Errorf("sealed %+v and %+v, %v, %v", one, two, err1, err2)
		}
		if got, err := k.Open(one); err != nil || got != plain {
			t.Errorf("opened %q, %v; want %q", got, err, plain)
		}
		raw, _ := base64.StdEncoding.DecodeString(one.Text)
		raw[len(raw)-1] ^= 1
		one.Text = base64.StdEncoding.EncodeToString(raw)
		if _, err := k.Open(one); err == nil {
			t.Error("a changed value opens")
		}
	}
	if one, again := k.Index("a"), k.Index("a"); one != again || k.Index("a") == k.Index("b") || k.Index("") != "" {
		t.Error("the blind index is not one")
	}
}

func TestANewKeyOpensWhatTheOldOneSealed(t *testing.T) {
	dir := t.TempDir()
	old, err := db.LoadKeyring(filepath.Join(dir, "key"), true)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := old.Seal("13800001234")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte(`"1":`), []byte(`"2": "`+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))+`", "1":`), 1)
	if err := os.WriteFile(filepath.Join(dir, "key2"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	both, err := db.LoadKeyring(filepath.Join(dir, "key2"), false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := both.Open(sealed); err != nil || got != "13800001234" || both.Index("x") != old.Index("x") {
		t.Errorf("%q, %v", got, err)
	}
	if s, err := both.Seal("x"); err != nil || s.Key != 2 {
		t.Errorf("sealed with key %d, %v", s.Key, err)
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name, content string
		mode          os.FileMode
	}{
		{"readable by others", `{"keys":{"1":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `"}}`, 0o644},
		{"empty", "", 0o600}, {"no keys", `{"keys":{}}`, 0o600}, {"short", `{"keys":{"1":"AAAA"}}`, 0o600}, {"version 0", `{"keys":{"0":"` +
			base64.StdEncoding.EncodeToString(make([]byte, 32)) + `"}}`, 0o600},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(tt.name, " ", "-"))
		if err := os.WriteFile(path, []byte(tt.content), tt.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := db.LoadKeyring(path, true); err == nil {
			t.Errorf("%s: taken", tt.name)
		}
	}
	if _, err := db.LoadKeyring(filepath.Join(dir, "missing"), false); err == nil {
		t.Error("a missing file: taken")
	}
}
