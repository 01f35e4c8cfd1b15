package analyzer

import (
	"go/types"
	"strings"
)

// What functions return that are not read themselves: those of the standard library
// and of other modules. What is in no table hands on what it is given.

// sources are functions and variables by their full names.
var sources = map[string]taint{
	"os.Args":                  {Class: "argument", What: "os.Args"},
	"os.Stdin":                 {Class: "file", What: "standard input"},
	"flag.CommandLine":         {Class: "argument", What: "the command line"},
	"os.Getenv":                {Class: "environment", What: "os.Getenv"},
	"os.LookupEnv":             {Class: "environment", What: "os.LookupEnv"},
	"os.Environ":               {Class: "environment", What: "os.Environ"},
	"os.ExpandEnv":             {Class: "environment", What: "os.ExpandEnv"},
	"syscall.Getenv":           {Class: "environment", What: "syscall.Getenv"},
	"os.Hostname":              {Class: "user", What: "the name of the machine"},
	"os.Getwd":                 {Class: "path", What: "the working folder"},
	"os.UserHomeDir":           {Class: "path", What: "the home folder"},
	"os.UserCacheDir":          {Class: "path", What: "the cache folder"},
	"os.UserConfigDir":         {Class: "path", What: "the configuration folder"},
	"os.TempDir":               {Class: "path", What: "the folder for temporary files"},
	"os.MkdirTemp":             {Class: "path", What: "a folder"},
	"os.Executable":            {Class: "path", What: "the path of the program"},
	"os.Readlink":              {Class: "path", What: "a path"},
	"os.ReadDir":               {Class: "path", What: "the names of files"},
	"os.DirFS":                 {Class: "file", What: "files"},
	"os.ReadFile":              {Class: "file", What: "the contents of a file"},
	"os.Open":                  {Class: "file", What: "a file"},
	"os.OpenFile":              {Class: "file", What: "a file"},
	"os.Create":                {Class: "file", What: "a file"},
	"os.CreateTemp":            {Class: "file", What: "a file"},
	"io/ioutil.ReadFile":       {Class: "file", What: "the contents of a file"},
	"io/ioutil.ReadDir":        {Class: "path", What: "the names of files"},
	"os/exec.LookPath":         {Class: "path", What: "the path of a program"},
	"path/filepath.Glob":       {Class: "path", What: "the names of files"},
	"path/filepath.Abs":        {Class: "path", What: "a path"},
	"os/user.Current":          {Class: "user", What: "user.Current"},
	"os/user.Lookup":           {Class: "user", What: "user.Lookup"},
	"os/user.LookupId":         {Class: "user", What: "user.LookupId"},
	"os.Getuid":                {Class: "user", What: "os.Getuid", Number: true},
	"os.Geteuid":               {Class: "user", What: "os.Geteuid", Number: true},
	"os.Getgid":                {Class: "user", What: "os.Getgid", Number: true},
	"net.InterfaceAddrs":       {Class: "address", What: "addresses of the machine"},
	"net.Interfaces":           {Class: "address", What: "network interfaces of the machine"},
	"net.LookupHost":           {Class: "address", What: "addresses of a host"},
	"net.LookupAddr":           {Class: "address", What: "the name of an address"},
	"net.LookupIP":             {Class: "address", What: "addresses of a host"},
	"net.LookupCNAME":          {Class: "address", What: "the name of a host"},
	"flag.String":              {Class: "argument", What: "a flag"},
	"flag.Arg":                 {Class: "argument", What: "flag.Arg"},
	"flag.Args":                {Class: "argument", What: "flag.Args"},
	"runtime/debug.Stack":      {Class: "path", What: "a stack trace"},
	"runtime/debug.PrintStack": {},
}

// clean are functions whose results say nothing about what they are given, and
// packages all of whose functions are such.
var clean = phrasesExact(`reflect.TypeOf errors.Is errors.As errors.New time.Now time.Since runtime.Version runtime.GOROOT runtime/debug.ReadBuildInfo
	strings.Compare bytes.Compare cmp.Compare os.IsNotExist net/http.StatusText net/http.DetectContentType reflect.Type.String
	reflect.Type.Name reflect.Type.Kind flag.NArg flag.NFlag flag.Bool flag.Int flag.Int64 flag.Uint flag.Uint64 flag.Float64 flag.Duration
	os.Getpid os.Getppid net.Listen net.Dial os.Exit path/filepath.Match crypto/rand.Text math/rand.Int github.com/google/uuid.New github.com/google/uuid.NewString
	github.com/google/uuid.NewV7`)

// texts are methods of identifying types and of others that return text that is
// somebody else's, whatever the receiver was made of.
var texts = map[string]taint{
	"github.com/spf13/pflag.FlagSet.GetString":      {Class: "argument", What: "a flag"},
	"github.com/spf13/pflag.FlagSet.GetStringSlice": {Class: "argument", What: "a flag"},
	"github.com/spf13/pflag.FlagSet.String":         {Class: "argument", What: "a flag"},
	"github.com/spf13/pflag.FlagSet.StringP":        {Class: "argument", What: "a flag"},
	"github.com/spf13/pflag.String":                 {Class: "argument", What: "a flag"},
	"github.com/spf13/pflag.Args":                   {Class: "argument", What: "arguments"},
	"github.com/urfave/cli/v3.Command.String":       {Class: "argument", What: "a flag"},
	"github.com/urfave/cli/v3.Command.StringSlice":  {Class: "argument", What: "a flag"},
	"github.com/urfave/cli/v3.Command.Args":         {Class: "argument", What: "arguments"},
	"github.com/urfave/cli/v2.Context.String":       {Class: "argument", What: "a flag"},
	"github.com/urfave/cli/v2.Context.Args":         {Class: "argument", What: "arguments"},
	"github.com/gin-gonic/gin.Context.Param":        {Class: "request", What: "a part of the path"},
	"github.com/gin-gonic/gin.Context.Query":        {Class: "request", What: "a part of the query"},
	"github.com/gin-gonic/gin.Context.ClientIP":     {Class: "address", What: "the address of a client"},
	"github.com/labstack/echo/v4.Context.Param":     {Class: "request", What: "a part of the path"},
	"github.com/labstack/echo/v4.Context.RealIP":    {Class: "address", What: "the address of a client"},
	"os/exec.Cmd.Output":                            {Class: "file", What: "the output of a program"},
	"os/exec.Cmd.CombinedOutput":                    {Class: "file", What: "the output of a program"},
	"net.Conn.RemoteAddr":                           {Class: "address", What: "a network address"},
	"net.Conn.LocalAddr":                            {Class: "address", What: "a network address"},
}

// fullName is "os.Getenv", or "net/http.Request.FormValue".
func fullName(fn *types.Func) string {
	if fn == nil {
		return ""
	}
	if recv := receiver(fn); recv != nil {
		return typeName(recv) + "." + fn.Name()
	}
	if fn.Pkg() == nil {
		return fn.Name()
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

// hashes reports whether a function's number stands for the text that it was made of.
func hashes(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	p := fn.Pkg().Path()
	if p == "hash" || strings.HasPrefix(p, "hash/") || strings.HasPrefix(p, "crypto/") || p == "encoding/binary" || p == "math/big" {
		return true
	}
	last := words(fn.Name())
	return strings.HasPrefix(last[0], "sum") || strings.HasPrefix(last[0], "hash")
}

// parses reports whether a function reads a number out of text.
func parses(fn *types.Func) bool {
	return isFunc(fn, "strconv", "Atoi", "ParseInt", "ParseUint", "ParseFloat")
}

// inStandardLibrary reports whether the tables know a package: there a Token is what a
// scanner reads.
func inStandardLibrary(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// getters are words in front of what a function returns.
var getters = phrases(`get read load fetch lookup find current my new parse decode normalize format make must trim hash mask the`)

// saysOf is what a function's name says of its result.
func saysOf(fn *types.Func, result types.Type) *taint {
	if fn == nil || !canTell(result) {
		return nil
	}
	list := words(fn.Name())
	if len(list) > 1 && getters[list[0]] {
		list = list[1:]
	}
	switch list[0] {
	case "is", "has", "validate", "check", "count", "with", "set", "string":
		return nil
	}
	return meaning(strings.Join(list, "_"), result)
}

// fills reports whether a function that is not read may write what it is given by
// other arguments into what a pointer or a writer is for.
func fills(fn *types.Func) bool {
	if fn == nil {
		return true
	}
	for _, w := range words(fn.Name())[:1] {
		switch strings.TrimPrefix(strings.TrimSuffix(w, "f"), "f") {
		case "write", "add", "set", "append", "decode", "unmarshal", "scan", "sscan", "copy", "read", "print", "push", "put", "insert", "store",
			"bind", "execute", "encode", "reset", "println", "scanln", "sscanln", "string", "var", "fill", "load", "parse", "join", "update":
			return true
		}
	}
	return false
}
