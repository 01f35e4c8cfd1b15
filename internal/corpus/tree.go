package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// tree is a source tree as it was at a moment: what every path below it holds.
// Files have the hash of their bytes, links their target, folders "/".
type tree map[string]string

func readTree(dir string) (tree, error) {
	t := tree{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		t[rel], err = contents(path, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading source tree: %w", err)
	}
	return t, nil
}

func contents(path string, d fs.DirEntry) (string, error) {
	switch {
	case d.IsDir():
		return "/", nil
	case d.Type()&fs.ModeSymlink != 0:
		to, err := os.Readlink(path)
		return "-> " + to, err
	case !d.Type().IsRegular():
		return d.Type().String(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// differences lists the paths at which two trees differ.
func (t tree) differences(other tree) []string {
	var paths []string
	for path, text := range t {
		if now, ok := other[path]; !ok || now != text {
			paths = append(paths, path)
		}
	}
	for path := range other {
		if _, ok := t[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// copyTree copies files, folders and links for somebody who may write there. uid
// becomes their owner if it is not negative.
func copyTree(from, to string, uid int) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := copyOne(path, target, d); err != nil {
			return err
		}
		if uid < 0 {
			return nil
		}
		return os.Lchown(target, uid, uid)
	})
	if err != nil {
		return fmt.Errorf("copying source tree: %w", err)
	}
	return nil
}

func copyOne(from, to string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	switch {
	case d.IsDir():
		return os.MkdirAll(to, info.Mode().Perm()|0o700)
	case d.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case !d.Type().IsRegular():
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// freshDir makes an empty folder, owned by uid unless that is negative. What
// was there is removed, whatever its permissions.
func freshDir(dir string, uid int) error {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o755) // tests take permissions away
		}
		return nil
	})
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("emptying folder: %w", err)
	}
	return ensureDir(dir, uid)
}

func ensureDir(dir string, uid int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making folder: %w", err)
	}
	if uid < 0 {
		return nil
	}
	if err := os.Lchown(dir, uid, uid); err != nil {
		return fmt.Errorf("giving folder to foreign code: %w", err)
	}
	return nil
}
