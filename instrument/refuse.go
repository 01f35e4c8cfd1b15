package instrument

import (
	"bytes"
	"errors"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/directive"
)

// Problems are what has to be mended before anything is written.
type Problems []Problem

func (p Problems) Error() string {
	var lines []string
	for _, problem := range p {
		lines = append(lines, problem.Error())
	}
	return strings.Join(lines, "\n")
}

// collect takes an error that is about the source; others come back.
func (p *Problems) collect(err error) error {
	var many Problems
	var one Problem
	switch {
	case errors.As(err, &many):
		*p = append(*p, many...)
	case errors.As(err, &one):
		*p = append(*p, one)
	default:
		return err
	}
	return nil
}

// refuse says why a marked function cannot be instrumented and what to do
// instead; an empty message if it can.
func refuse(s source, fn directive.Function, pkg string, scope map[string]bool, around shadows) (message, hint string) {
	switch {
	case isTest(s.path):
		return "it stands in a test file, which is no part of the program", "mark the function that the test calls"
	case ignored(s.src):
		return "its file is left out of the package by //go:build ignore", "mark functions of files that are built"
	case s.file.Name.Name != pkg:
		return "its file belongs to package " + s.file.Name.Name + ", the folder's points to package " + pkg,
			"move the file to a folder of its own"
	}
	if message, hint = fn.Refuse(pkg); message != "" {
		return message, hint
	}
	switch {
	case scope["error"] || around.redeclares(fn, "error"):
		return "the name error is redeclared here, so success cannot be told", "rename that declaration"
	case scope["nil"] || around.redeclares(fn, "nil"):
		return "the name nil is redeclared here", "rename that declaration"
	}
	return "", ""
}

// shadows remembers which names a declaration holds declarations of: every
// literal in it asks the same.
type shadows map[shadow]bool

type shadow struct {
	decl *ast.FuncDecl
	name string
}

// redeclares reports whether name could mean something else than the universe's
// at the top of the function's body: for a declaration its parameters, results
// and type parameters decide, for a literal everything around it.
func (s shadows) redeclares(fn directive.Function, name string) bool {
	if fn.Decl == nil {
		return declares(fn.Lit.Type, name)
	}
	if fn.Lit != nil {
		key := shadow{fn.Decl, name}
		if _, known := s[key]; !known {
			s[key] = declares(fn.Decl, name)
		}
		return s[key]
	}
	return fn.Decl.Recv != nil && (declares(fn.Decl.Recv, name) || receiverTypeParam(fn.Decl, name)) || declares(fn.Decl.Type, name)
}

// declares looks for a declaration of name below n: fields of any kind, :=, var,
// const, type and range clauses.
func declares(n ast.Node, name string) bool {
	found := false
	is := func(e ast.Expr) bool {
		ident, ok := e.(*ast.Ident)
		return ok && ident.Name == name
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.Field:
			for _, ident := range x.Names {
				found = found || ident.Name == name
			}
		case *ast.AssignStmt:
			found = found || x.Tok == token.DEFINE && slices.ContainsFunc(x.Lhs, is)
		case *ast.RangeStmt:
			found = found || is(x.Key) || is(x.Value)
		case *ast.ValueSpec:
			for _, ident := range x.Names {
				found = found || ident.Name == name
			}
		case *ast.TypeSpec:
			found = found || x.Name.Name == name
		}
		return !found
	})
	return found
}

// receiverTypeParam looks at the names that func (s Set[T]) gives.
func receiverTypeParam(fn *ast.FuncDecl, name string) bool {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return false
	}
	found := false
	ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
		var params []ast.Expr
		switch x := n.(type) {
		case *ast.IndexExpr:
			params = []ast.Expr{x.Index}
		case *ast.IndexListExpr:
			params = x.Indices
		}
		for _, p := range params {
			ident, ok := p.(*ast.Ident)
			found = found || ok && ident.Name == name
		}
		return true
	})
	return found
}

func isTest(path string) bool { return strings.HasSuffix(path, "_test.go") }

func isGenerated(src []byte) bool { return bytes.HasPrefix(src, []byte(Header)) }

// ignored reports whether the usual build constraint keeps the file out of
// every build.
func ignored(src []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(src, []byte("\ufeff"))) {
		if bytes.HasPrefix(line, []byte("package ")) {
			return false // what follows is no constraint, and there may be much of it
		}
		if string(bytes.TrimSpace(line)) == "//go:build ignore" {
			return true
		}
	}
	return false
}

func baseName(path string) string { return filepath.Base(path) }

func position(path string, line int) token.Position {
	return token.Position{Filename: path, Line: line}
}
