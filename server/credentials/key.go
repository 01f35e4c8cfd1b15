package credentials

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Key is the server's own key. Whoever has it and the database can sign as any
// application; the database alone is not enough.
type Key [32]byte

// OpenKey reads the key file at path (64 hex digits, readable by its owner
// alone), and makes one if there is none.
func OpenKey(path string) (Key, error) {
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeKey(path); err != nil {
		return Key{}, fmt.Errorf("making server key: %w", err)
	}
	return readKey(path)
}

func readKey(path string) (key Key, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return key, fmt.Errorf("reading server key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return key, fmt.Errorf("reading server key: %s can be read by others (mode %#o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return key, fmt.Errorf("reading server key: %w", err)
	}
	digits := strings.TrimSpace(string(text))
	if n, err := hex.Decode(key[:], []byte(digits[:min(len(digits), 64)])); err != nil || n != len(key) || len(digits) != 64 {
		return key, fmt.Errorf("reading server key: %s does not hold 64 hex digits; put the original back: without it no stored secret can be read", path)
	}
	return key, nil
}

// makeKey writes a new key beside path and links it there, so that of two
// processes that start at once one wins and both read a whole file.
func makeKey(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".server.key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	var key Key
	rand.Read(key[:]) // never fails (crypto/rand, since Go 1.24)
	_, err = f.WriteString(hex.EncodeToString(key[:]) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Derive returns a key for one purpose (HKDF-SHA256, RFC 5869).
func (k Key) Derive(purpose string) []byte {
	out, err := hkdf.Key(sha256.New, k[:], nil, purpose, len(k))
	if err != nil {
		panic(err) // only for lengths over 8160 bytes
	}
	return out
}

// aead is the cipher that seals signing secrets.
func (k Key) aead() cipher.AEAD {
	block, err := aes.NewCipher(k.Derive("telemetry-kit signing secrets"))
	if err != nil {
		panic(err) // only for keys of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for blocks of another size
	}
	return aead
}

// seal encrypts text with AES-256-GCM; a random nonce stands in front. The
// binding is authenticated with it, so that a sealed secret opens only for the
// token that it was made for.
func seal(aead cipher.AEAD, text string, binding []byte) []byte {
	return aead.Seal(nil, nil, []byte(text), binding) //nolint:gosec // NewGCMWithRandomNonce makes the nonce itself
}

func unseal(aead cipher.AEAD, sealed, binding []byte) (string, error) {
	text, err := aead.Open(nil, nil, sealed, binding)
	if err != nil {
		return "", fmt.Errorf("opening sealed secret: is server.key the one it was sealed with? %w", err)
	}
	return string(text), nil
}
