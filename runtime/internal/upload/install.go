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

func readID(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(text))
	if !wire.ValidUserID(id) {
		return "", fmt.Errorf("%s does not hold one: remove it, and a new one is made", path)
	}
	return id, nil
}

// makeID writes a whole file and then gives it its name, which only one process
// can do.
func makeID(path string) error {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), InstallFile+"-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString("client_" + hex.EncodeToString(random[:]) + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err = os.Link(temp.Name(), path); err == nil || errors.Is(err, os.ErrExist) {
		return nil
	}
	return os.Rename(temp.Name(), path) // a file system without links
}
