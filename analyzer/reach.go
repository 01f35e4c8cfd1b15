package analyzer

import (
	"cmp"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// reaching says what a function gets to, by itself or by what it calls, and through
// how many calls.
type reaching struct {
	What  string // the network, a database, other processes, files
	Steps int
}

func (*reaching) AFact() {}

func (r *reaching) String() string { return r.words() }

func (r reaching) words() string {
	switch {
	case r.What == "":
		return ""
	case r.Steps == 0:
		return "reaches " + r.What
	}
	return "reaches " + r.What + " by what it calls"
}

// maxSteps is how far away what is reached may be to count.
const maxSteps = 3

// effect names what a function of the standard library gets to; "" for nothing.
func effect(fn *types.Func) string {
	if fn == nil || fn.Pkg() == nil {
		return ""
	}
	switch fn.Pkg().Path() {
	case "net", "net/http", "net/rpc", "net/smtp", "crypto/tls":
		switch fn.Name() {
		case "Dial", "DialContext", "DialTimeout", "Listen", "ListenPacket", "Do", "Get", "Post", "PostForm", "Head", "ListenAndServe", "ListenAndServeTLS", "Serve", "RoundTrip", "Call", "SendMail":
			return "the network"
		}
	case "database/sql":
		switch fn.Name() {
		case "Query", "QueryContext", "QueryRow", "QueryRowContext", "Exec", "ExecContext", "Begin", "BeginTx", "Ping", "PingContext", "Prepare", "PrepareContext", "Commit":
			return "a database"
		}
	case "os/exec":
		switch fn.Name() {
		case "Run", "Start", "Output", "CombinedOutput", "Command", "CommandContext":
			return "other processes"
		}
	case "os", "io/ioutil":
		switch fn.Name() {
		case "Open", "OpenFile", "Create", "CreateTemp", "ReadFile", "WriteFile", "ReadDir", "Mkdir", "MkdirAll", "Remove", "RemoveAll", "Rename", "CopyFS":
			return "files"
		case "StartProcess":
			return "other processes"
		}
	}
	return ""
}

// weight orders effects: the one that tells most about a function wins.
var weight = map[string]int{"the network": 8, "a database": 8, "other processes": 8, "files": 5}

// reaches finds what the package's functions get to, and tells those who import it.
func reaches(pass *analysis.Pass) map[types.Object]reaching {
	calls := map[types.Object][]*types.Func{}
	found := map[types.Object]reaching{}
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			obj := pass.TypesInfo.Defs[fn.Name]
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if called := callee(pass, call); called != nil {
						calls[obj] = append(calls[obj], called.Origin())
					}
				}
				return true
			})
		}
	}
	for range maxSteps + 1 { // each round one step further
		for obj, called := range calls {
			for _, fn := range called {
				if r := reachOf(pass, found, fn); better(r, found[obj]) {
					found[obj] = r
				}
			}
		}
	}
	for obj, r := range found {
		if fn, ok := obj.(*types.Func); ok {
			pass.ExportObjectFact(fn, &r)
		}
	}
	return found
}

// reachOf is what a call of fn gets to.
func reachOf(pass *analysis.Pass, found map[types.Object]reaching, fn *types.Func) (r reaching) {
	if what := effect(fn); what != "" {
		return reaching{What: what}
	}
	if fn.Pkg() == pass.Pkg {
		r = found[fn]
	} else {
		pass.ImportObjectFact(fn, &r)
	}
	r.Steps++
	if r.What == "" || r.Steps > maxSteps {
		return reaching{}
	}
	return r
}

// better orders effects totally: what weighs more and is nearer comes first.
func better(r, than reaching) bool {
	return cmp.Or(
		cmp.Compare(weight[r.What]-r.Steps, weight[than.What]-than.Steps),
		cmp.Compare(than.Steps, r.Steps),
		cmp.Compare(than.What, r.What),
	) > 0
}
