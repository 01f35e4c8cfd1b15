package analyzer

import (
	"go/types"
	"strings"
)

// isWide reports whether values of a type are numbers that no text is made of.
// Bytes and runes are what text is made of.
func isWide(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0 && b.Kind() != types.Uint8 && b.Kind() != types.Int32
}

func isNumber(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

// saysNothing reports whether no value of a type can tell who somebody is.
func saysNothing(t types.Type) bool {
	if b, ok := t.Underlying().(*types.Basic); ok && (b.Info()&types.IsBoolean != 0 || b.Kind() == types.UntypedNil) {
		return true
	}
	return isNamed(t, "context", "Context") || isNamed(t, "reflect", "Type") || isNamed(t, "time", "Time") || isNamed(t, "time", "Duration") ||
		isNamed(t, "testing", "T") || isNamed(t, "testing", "B") || isNamed(t, "embed", "FS")
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

func isError(t types.Type) bool {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return false
	}
	if _, ok := t.Underlying().(*types.Tuple); ok {
		return false
	}
	return types.Implements(t, errorType)
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// typeName is "net.IP" of net.IP and *net.IP; "" of types without a name.
func typeName(t types.Type) string {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return ""
	}
	if named.Obj().Pkg() == nil {
		return named.Obj().Name()
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

// identifying are types whose values, as a whole, are what they are called here.
var identifying = map[string]taint{
	"net/http.Request":          {Class: "request", What: "an HTTP request"},
	"net/http.Header":           {Class: "request", What: "HTTP headers"},
	"net/http.Cookie":           {Class: "request", What: "a cookie"},
	"mime/multipart.FileHeader": {Class: "request", What: "an uploaded file"},
	"mime/multipart.Form":       {Class: "request", What: "a form"},
	"google.golang.org/grpc/metadata.MD": {
		Class: "request", What: "metadata of a call",
	},
	"google.golang.org/grpc/peer.Peer": {Class: "address", What: "the address of a caller"},
	"net/url.Userinfo":                 {Class: "secret", What: "user and password of a URL"},
	"net/mail.Address":                 {Class: "personal", What: "an e-mail address"},
	"os/user.User":                     {Class: "user", What: "the user of the machine"},
	"os/user.Group":                    {Class: "user", What: "a group of the machine"},
	"net.IP":                           {Class: "address", What: "a network address"},
	"net.IPAddr":                       {Class: "address", What: "a network address"},
	"net.IPNet":                        {Class: "address", What: "a network address"},
	"net.TCPAddr":                      {Class: "address", What: "a network address"},
	"net.UDPAddr":                      {Class: "address", What: "a network address"},
	"net.UnixAddr":                     {Class: "address", What: "a network address"},
	"net.Addr":                         {Class: "address", What: "a network address"},
	"net.HardwareAddr":                 {Class: "address", What: "a hardware address"},
	"net.Interface":                    {Class: "address", What: "a network interface"},
	"net/netip.Addr":                   {Class: "address", What: "a network address"},
	"net/netip.AddrPort":               {Class: "address", What: "a network address"},
	"net/netip.Prefix":                 {Class: "address", What: "a network address"},
	"crypto/tls.Certificate":           {Class: "secret", What: "a certificate and its key"},
	"crypto/x509.Certificate":          {Class: "secret", What: "a certificate"},
	"crypto/rsa.PrivateKey":            {Class: "secret", What: "a private key"},
	"crypto/ecdsa.PrivateKey":          {Class: "secret", What: "a private key"},
	"crypto/ed25519.PrivateKey":        {Class: "secret", What: "a private key"},
	"golang.org/x/oauth2.Token":        {Class: "secret", What: "a token"},
	"io/fs.DirEntry":                   {Class: "path", What: "the name of a file"},
	"io/fs.FileInfo":                   {Class: "path", What: "the name of a file"},
	"os.File":                          {Class: "file", What: "a file"},
	"os/exec.Cmd":                      {Class: "argument", What: "a command line"},
	"flag.FlagSet":                     {Class: "argument", What: "the command line"},
	"flag.Flag":                        {Class: "argument", What: "a flag"},
	"github.com/spf13/pflag.FlagSet":   {Class: "argument", What: "the command line"},
	"github.com/urfave/cli/v3.Args":    {Class: "argument", What: "arguments"},
	"github.com/urfave/cli/v2.Args":    {Class: "argument", What: "arguments"},
}

// harmlessPart are fields and methods of identifying types that say nothing.
var harmlessPart = phrasesExact(`net/http.Request.Method net/http.Request.Proto net/http.Request.Pattern net/http.Request.Context
	net/http.Request.TransferEncoding net/http.Request.TLS net.Addr.Network net.TCPAddr.Network net.UDPAddr.Network net.UnixAddr.Network
	net.IPAddr.Network net.IPNet.Network io/fs.FileInfo.Mode io/fs.DirEntry.Type io/fs.FileInfo.ModTime flag.Flag.Name flag.FlagSet.Name
	os/exec.Cmd.ProcessState net/http.Cookie.Expires os/exec.Cmd.Err crypto/x509.Certificate.SignatureAlgorithm crypto/x509.Certificate.PublicKeyAlgorithm
	golang.org/x/oauth2.Token.TokenType golang.org/x/oauth2.Token.Type golang.org/x/oauth2.Token.Expiry`)

// parts are fields of other types that identify.
var parts = map[string]taint{
	"io/fs.PathError.Path":       {Class: "path", What: "the path in an error"},
	"os.LinkError.Old":           {Class: "path", What: "the path in an error"},
	"os.LinkError.New":           {Class: "path", What: "the path in an error"},
	"net/url.Error.URL":          {Class: "request", What: "the URL in an error"},
	"os/exec.Error.Name":         {Class: "path", What: "the name in an error"},
	"strconv.NumError.Num":       {Class: "error", What: "the input in an error"},
	"net.DNSError.Name":          {Class: "address", What: "the host in an error"},
	"net/url.URL.User":           {Class: "secret", What: "user and password of a URL"},
	"net/http.Server.Addr":       {Class: "address", What: "the address of a server"},
	"runtime/debug.Module.Path":  {},
	"net/http.Response.Request":  {Class: "request", What: "an HTTP request"},
	"io/fs.PathError.Op":         {},
	"os.SyscallError.Syscall":    {},
	"net.OpError.Op":             {},
	"net.OpError.Net":            {},
	"net/url.Error.Op":           {},
	"strconv.NumError.Func":      {},
	"crypto/tls.ConnectionState": {},
}

func phrasesExact(list string) map[string]bool { return phrases(list) }

// fieldAt is a field of a struct or of what points to one; nil of type parameters.
func fieldAt(of types.Type, i int) *types.Var {
	strct, ok := deref(of).Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	return strct.Field(i)
}

// sourceType is what all values of a type are; nil if nothing is known of them.
func sourceType(t types.Type) *taint {
	name := typeName(t)
	if name == "" {
		return nil
	}
	if s, ok := identifying[name]; ok {
		return &s
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch u := deref(t).Underlying().(type) {
	case *types.Struct:
		if list := words(last); carriers[strings.Join(list, "")] {
			return &taint{Class: "personal", What: "a " + last}
		}
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return meaning(last, u)
		}
	case *types.Slice:
		if b, ok := u.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			return meaning(last, u)
		}
	}
	return nil
}

// sourceField is what a field is: harmless says that it is known to say nothing.
func sourceField(of types.Type, i int) (s *taint, harmless bool) {
	strct, ok := deref(of).Underlying().(*types.Struct)
	if !ok {
		return nil, false
	}
	field, name := strct.Field(i), typeName(of)
	full := name + "." + field.Name()
	if harmlessPart[full] || saysNothing(field.Type()) {
		return nil, true
	}
	if s, ok := parts[full]; ok {
		return &s, s.Class == ""
	}
	if field.Embedded() { // a type's name, and what is in it has names of its own
		return nil, false
	}
	if s := tagged(field, strct.Tag(i)); s != nil {
		return s, false
	}
	if canTell(field.Type()) {
		if s := meaning(field.Name(), field.Type()); s != nil {
			return s, false
		}
	}
	if s := sourceType(of); s != nil && !isWide(field.Type()) {
		return &taint{Class: s.Class, What: field.Name() + " of " + s.What}, false
	}
	return nil, false
}

// canTell reports whether a name can say of values of a type what they are: of text,
// numbers and what holds them, but not of a function or a struct, whose fields have
// names of their own.
func canTell(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsBoolean == 0
	case *types.Pointer:
		return canTell(u.Elem())
	case *types.Slice:
		return canTell(u.Elem())
	case *types.Array:
		return canTell(u.Elem())
	case *types.Map:
		return canTell(u.Elem())
	case *types.Chan:
		return canTell(u.Elem())
	case *types.Interface:
		return !isError(t)
	}
	return false
}
