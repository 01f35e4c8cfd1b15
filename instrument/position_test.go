package instrument

import (
	"bytes"
	"go/scanner"
	"go/token"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// placed is one token where the compiler, vet and cover say that it stands.
type placed struct {
	line, column int
	tok          token.Token
	text         string
}

// TestPositions looks at every token of every golden: in the overlay it stands
// where it stands in the source, to the column.
func TestPositions(t *testing.T) {
	archives, err := filepath.Glob("testdata/rewrite/*.txtar")
	if err != nil || len(archives) < 8 {
		t.Fatalf("found %d goldens: %v", len(archives), err)
	}
	looked := 0
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before := unpack(t, &txtar.Archive{Files: slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name[:min(3, len(f.Name))] != "in/" })})
		overlay := makeOverlay(t, before.write(t))
		for name, text := range overlay.Files {
			source, ok := before[sourceName(before, name)]
			if !ok {
				continue // the points
			}
			looked++
			rest := tokens(t, name, text)
			for _, want := range tokens(t, name, source) {
				if want.text == "_" { // may have been named
					continue
				}
				i := slices.Index(rest, want)
				if i < 0 {
					t.Errorf("%s: %s: %+v is not there in\n%s", path, filepath.Base(name), want, text)
					break
				}
				rest = rest[i+1:]
			}
		}
	}
	if looked < 10 {
		t.Errorf("looked at %d files", looked)
	}
}

// sourceName finds the file of the tree that an absolute path ends in.
func sourceName(files tree, path string) string {
	longest := ""
	for name := range files {
		if rel := filepath.FromSlash("/" + name); len(path) > len(rel) && path[len(path)-len(rel):] == rel && len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}

func tokens(t *testing.T, name string, src []byte) (list []placed) {
	t.Helper()
	file := token.NewFileSet().AddFile(name, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(pos token.Position, msg string) { t.Fatalf("%s: %s", pos, msg) }, 0)
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return list
		}
		if tok == token.SEMICOLON && text == "\n" {
			continue
		}
		at := file.Position(pos)
		list = append(list, placed{at.Line, at.Column, tok, text})
	}
}

func TestHide(t *testing.T) {
	text := "package p\n\nfunc f() {" + hidden(edit{text: " defer a();"}).text + " g() }\n\nfunc g() {" + hidden(edit{text: " defer b();"}).text + "}\n"
	without, statements := Hide([]byte(text))
	if bytes.Contains(without, []byte("defer")) || len(statements) != 2 {
		t.Errorf("%d statements, without them %q", len(statements), without)
	}
	shown, err := Show(bytes.Replace(without, []byte("g()"), []byte("count(); g()"), 1), statements)
	if err != nil {
		t.Fatal(err)
	}
	want := "package p\n\nfunc f() { defer a(); count(); g() }\n\nfunc g() { defer b();}\n"
	if diff := cmp.Diff(want, string(shown)); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if _, err := Show([]byte("package p\n"), statements); err == nil {
		t.Error("statements that have no place any more are lost without a word")
	}
}

func TestHideBody(t *testing.T) {
	text := "// Code generated.\n\n//go:build linux\n\npackage p\n\nimport \"fmt\"\n\nvar x = fmt.Sprint()\n"
	without, statements := Hide(HideBody([]byte(text)))
	shown, err := Show(without, statements)
	if err != nil {
		t.Fatal(err)
	}
	if want := "// Code generated.\n\n//go:build linux\n\npackage p" + hideFrom + hideTo + "\n"; string(without) != want {
		t.Errorf("without its body it is %q, want %q", without, want)
	}
	if diff := cmp.Diff(text, string(shown[:len(shown)-1])); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}
