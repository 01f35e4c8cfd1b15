package instrument

import (
	"bytes"
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"
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

// refuse says why a marked function cannot be instrumented and what to do
// instead; an empty message if it can.
func refuse(s source, fn *ast.FuncDecl, pkg string, scope map[string]bool) (message, hint string) {
	switch {
	case isTest(s.path):
		return "it stands in a test file, which is no part of the program", "mark the function that the test calls"
	case ignored(s.src):
		return "its file is left out of the package by //go:build ignore", "mark functions of files that are built"
	case s.file.Name.Name != pkg:
		return "its file belongs to package " + s.file.Name.Name + ", the folder's points to package " + pkg,
			"move the file to a folder of its own"
	case fn.Body == nil:
		return "it has no body here (assembly, or go:linkname)", "mark the Go function that calls it"
	case fn.Name.Name == "_":
		return "a function called _ is never called", "take the directive away"
	case fn.Recv == nil && fn.Name.Name == "init":
		return "init runs before main can start telemetry, so nothing would be recorded", "move the work into a function and mark that"
	case fn.Recv == nil && fn.Name.Name == "main" && pkg == "main":
		return "main starts telemetry itself, so its own beginning cannot be recorded", "move the work into func run() error and mark that"
	case pragma(fn, "//go:nosplit"):
		return "//go:nosplit leaves no stack for recording", "mark its caller"
	case scope["error"] || namesParam(fn, "error"):
		return "the name error is redeclared here, so success cannot be told", "rename that declaration"
	case scope["nil"] || namesParam(fn, "nil"):
		return "the name nil is redeclared here", "rename that declaration"
	}
	return "", ""
}

// pragma reports whether a //go: comment stands above the function.
func pragma(fn *ast.FuncDecl, text string) bool {
	if fn.Doc == nil {
		return false
	}
	for _, c := range fn.Doc.List {
		if strings.TrimSpace(c.Text) == text {
			return true
		}
	}
	return false
}

// namesParam reports whether a parameter, result, receiver or type parameter of
// fn is called name.
func namesParam(fn *ast.FuncDecl, name string) bool {
	for _, list := range []*ast.FieldList{fn.Recv, fn.Type.TypeParams, fn.Type.Params, fn.Type.Results} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, ident := range field.Names {
				if ident.Name == name {
					return true
				}
			}
		}
	}
	return receiverTypeParam(fn, name)
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
	head, _, _ := bytes.Cut(src, []byte("\npackage "))
	for line := range bytes.SplitSeq(head, []byte("\n")) {
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
