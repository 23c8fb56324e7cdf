package queue

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// ownAuthority makes a certificate for the loopback interface, and the file by which it is trusted.
func ownAuthority(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, path
}

// A Redis behind TLS is asked under the address that the broker takes, and its certificate is verified. The trusted
// certificates of a process are read once, so that each asks in a process of its own.
func TestPingRedisOverTLS(t *testing.T) {
	if address := os.Getenv("ANJU_TEST_PING"); address != "" {
		if err := PingRedis(t.Context(), address); err != nil {
			t.Fatal(err)
		}
		return
	}
	cert, trusted := ownAuthority(t)
	server, err := miniredis.RunTLS(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ask := func(address, authority string) (string, bool) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPingRedisOverTLS$")
		cmd.Env = append(os.Environ(), "ANJU_TEST_PING="+address, "SSL_CERT_FILE="+authority, "SSL_CERT_DIR="+t.TempDir())
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	if said, ok := ask("rediss://"+server.Addr()+"/0", trusted); !ok {
		t.Errorf("rediss:// under a trusted certificate: %s", said)
	}
	if said, ok := ask("rediss-cluster://"+server.Addr(), trusted); strings.Contains(said, "queue's address") ||
		strings.Contains(said, "x509") {
		t.Errorf("rediss-cluster:// is not read, or not asked over TLS: %t %s", ok,
			said) // it is no cluster, which is said after the handshake
	}
	if said, ok := ask("rediss://"+server.Addr()+"/0", filepath.Join(t.TempDir(), "none.pem")); ok ||
		!strings.Contains(said, "certificate") {
		t.Errorf("an unknown certificate is taken: %s", said)
	}
	if _, ok := ask("redis://"+server.Addr()+"/0", trusted); ok {
		t.Error("a TLS server answers without TLS")
	}
}
