package upload

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// InstallFile is the name of the file that holds the install id. It is a file
// of its own, so that a damaged outbox does not make one install look like two.
const InstallFile = "install-id"

// InstallID returns "client_" and 64 hex digits: 256 random bits, made when the
// first event is sent and different for every program.
func InstallID(dir string) (string, error) {
	path := filepath.Join(dir, InstallFile)
	id, err := readID(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeID(path); err == nil {
			id, err = readID(path) // perhaps another process was first
		}
	}
	if err != nil {
		return "", fmt.Errorf("reading the install id: %w", err)
	}
	return id, nil
}

// HasInstallID reports whether there is one, which may be damaged.
func HasInstallID(dir string) bool {
	_, err := folder.ReadFile(filepath.Join(dir, InstallFile))
	return !errors.Is(err, os.ErrNotExist)
}

func readID(path string) (string, error) {
	text, err := folder.ReadFile(path)
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(text))
	if !wire.ValidUserID(id) {
		return "", fmt.Errorf("%s does not hold one: remove it, and a new one is made", path)
	}
	return id, nil
}

// makeID makes the file, unless another process was first.
func makeID(path string) error {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	err := folder.Make(path, []byte("client_"+hex.EncodeToString(random[:])+"\n"))
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}
