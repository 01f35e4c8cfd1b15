package directive

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// Attribute is attr=KEY:EXPR[|a|b|c]: a value that goes with every event of the
// function, as it is when the call begins.
type Attribute struct {
	Key string
	// Expr is made of parameters, the receiver and package-level names: fields,
	// len, comparisons; nothing that could do something.
	Expr string
	// Choices are the values that a string may have; anything else is recorded
	// as "other". Booleans, numbers and durations have none.
	Choices []string
}

// String is the attribute as it stands in the directive.
func (a Attribute) String() string {
	return strings.Join(append([]string{"attr=" + a.Key + ":" + a.Expr}, a.Choices...), "|")
}

const attributeUsage = "write attr=KEY:EXPRESSION, or attr=KEY:EXPRESSION|a|b for a string and the values that it may have, such as attr=format:opts.Format|json|yaml"

func parseAttribute(value string) (a Attribute, message, hint string) {
	var found bool
	a.Key, value, found = strings.Cut(value, ":")
	parts := strings.Split(value, "|")
	a.Expr, a.Choices = parts[0], parts[1:]
	if !found || a.Expr == "" {
		return a, fmt.Sprintf("attr=%s names no value", a.Key), attributeUsage
	}
	if !ValidName(a.Key) {
		return a, fmt.Sprintf("%q cannot be the key of an attribute", a.Key), "keys are lower-case words, such as format or cache.hit"
	}
	expr, err := parser.ParseExpr(a.Expr)
	if err != nil {
		return a, fmt.Sprintf("%s is no Go expression", a.Expr), attributeUsage
	}
	if bad := impure(expr); bad != nil {
		return a, fmt.Sprintf("%s is more than a value: an attribute must not do anything", a.Expr), "use parameters, fields, len and comparisons: opts.Format, len(args), opts.Limit>0"
	}
	for _, choice := range a.Choices {
		if !validChoice(choice) {
			return a, fmt.Sprintf("%q cannot be a value of attr=%s", choice, a.Key), "values are words of letters, digits, dots, hyphens and underscores, of at most 64 characters"
		}
	}
	return a, "", ""
}

func validChoice(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}

// impure returns a part of an expression that could do something, or nil. Fields
// of nil pointers are caught where the value is taken.
func impure(expr ast.Expr) (bad ast.Node) {
	ast.Inspect(expr, func(n ast.Node) bool {
		switch x := n.(type) {
		case nil, *ast.Ident, *ast.SelectorExpr, *ast.BasicLit, *ast.BinaryExpr, *ast.ParenExpr:
		case *ast.UnaryExpr:
			if x.Op == token.ARROW || x.Op == token.AND {
				bad = n
			}
		case *ast.CallExpr:
			fn, ok := x.Fun.(*ast.Ident)
			if !ok || fn.Name != "len" && fn.Name != "cap" {
				bad = n
			}
		default:
			bad = n
		}
		return bad == nil
	})
	return bad
}
