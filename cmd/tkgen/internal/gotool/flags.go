package gotool

import (
	"cmp"
	"path/filepath"
	"strings"
)

// flags is what tkgen has to know of the go command's flags.
type flags struct {
	dir     string // of -C, else "."
	overlay string
	modfile string
	mod     string
	fix     bool // of go vet
	cover   bool // coverage is on
	// trimpath is true or false where the flag is given.
	trimpath string
	toolexec string
	tags     string
	// work says that temporary files are to be kept.
	work    bool
	verbose bool // -v
	// match and service are tkgen's own.
	match   []string
	service string
	// packages are the arguments that can name packages, or Go files.
	packages []string
	// leading must stay in front of everything (-C); rest is handed on.
	leading, rest []string
}

// valued are the flags of go build, run, test and vet, and tkgen's own, whose
// value may be the next argument (go help build, go help testflag).
var valued = map[string]bool{
	"match": true, "service": true,
	"C": true, "o": true, "p": true, "asmflags": true, "buildmode": true, "compiler": true, "gccgoflags": true,
	"gcflags": true, "installsuffix": true, "ldflags": true, "mod": true, "modfile": true, "overlay": true, "pgo": true,
	"pkgdir": true, "tags": true, "toolexec": true, "covermode": true, "coverpkg": true, "coverprofile": true, "exec": true,
	"vettool": true, "run": true, "skip": true, "bench": true, "benchtime": true, "count": true, "cpu": true, "fuzz": true,
	"fuzztime": true, "fuzzminimizetime": true, "list": true, "parallel": true, "shuffle": true, "timeout": true,
	"blockprofile": true, "blockprofilerate": true, "cpuprofile": true, "memprofile": true, "memprofilerate": true,
	"mutexprofile": true, "mutexprofilefraction": true, "outputdir": true, "trace": true,
}

// taken are the flags that tkgen gives the go command itself, where it does.
var taken = map[string]bool{"C": true, "overlay": true, "modfile": true, "toolexec": true, "match": true, "service": true}

// program is what go run starts: a package, or Go files.
func program(args []string) []string {
	if args[0] == "--" {
		args = args[1:]
	}
	n := 0
	for n < len(args) && strings.HasSuffix(args[n], ".go") {
		n++
	}
	return args[:min(max(n, 1), len(args))]
}

// readFlags reads the flags of one go command. What comes behind the program
// that go run starts, or behind -args, belongs to that program.
func readFlags(name string, args []string) flags {
	f := flags{dir: "."}
	for i := 0; i < len(args); i++ {
		flag, value, hasValue, ok := splitFlag(args[i])
		if args[i] == "--" || ok && flag == "args" || !ok && name == "run" {
			f.rest = append(f.rest, args[i:]...)
			if flag != "args" {
				f.packages = append(f.packages, program(args[i:])...)
			}
			return f
		}
		used := args[i : i+1]
		if ok && !hasValue && valued[flag] && i+1 < len(args) {
			value, used = args[i+1], args[i:i+2]
			i++
		}
		if ok {
			f.note(flag, value, used)
			if taken[flag] {
				continue
			}
		} else {
			f.packages = append(f.packages, args[i])
		}
		f.rest = append(f.rest, used...)
	}
	return f
}

func (f *flags) note(flag, value string, used []string) {
	switch flag {
	case "C":
		f.dir, f.leading = value, used
	case "overlay":
		f.overlay = value
	case "modfile":
		f.modfile = value
	case "mod":
		f.mod = value
	case "fix":
		f.fix = value != "false"
	case "cover", "covermode", "coverpkg", "coverprofile":
		f.cover = f.cover || value != "false"
	case "trimpath":
		f.trimpath = cmp.Or(value, "true")
	case "toolexec":
		f.toolexec = value
	case "tags":
		f.tags = value
	case "v":
		f.verbose = value != "false"
	case "work":
		f.work = value != "false"
	case "match":
		f.match = append(f.match, value)
	case "service":
		f.service = value
	}
}

// splitFlag reads -flag, --flag and -flag=value, and -test.flag as -flag.
func splitFlag(arg string) (name, value string, hasValue, ok bool) {
	if len(arg) < 2 || arg[0] != '-' || arg == "--" {
		return "", "", false, false
	}
	name, value, hasValue = strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	return strings.TrimPrefix(name, "test."), value, hasValue, true
}

// absolute is a path that stands among the flags, which -C moves.
func (f flags) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	if abs, err := filepath.Abs(filepath.Join(f.dir, path)); err == nil {
		return abs
	}
	return path
}

// selecting are the flags that decide which files and versions a build takes.
func (f flags) selecting() (args []string) {
	for name, value := range map[string]string{"-tags": f.tags, "-mod": f.mod, "-modfile": f.modfile, "-overlay": f.overlay} {
		if value != "" {
			args = append(args, name+"="+value)
		}
	}
	return args
}
