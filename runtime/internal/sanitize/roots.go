package sanitize

// roots are the folders below which people and projects name things, with or
// without a number behind them (home2). What operating systems put elsewhere
// (/usr, /etc, /dev) is the same everywhere, and /api/v1/users is a route.
var roots = []string{
	"home", "Users", "root", "Volumes", "mnt", "media", "data", "srv", "export", "nfs", "net", "afs", "scratch", "work", "workspace", "workspaces",
	"projects", "builds", "var/folders", "var/home", "var/lib/jenkins", "var/www", "tmp", "var/tmp", "var/mail", "var/spool/mail", "var/spool/cron",
	"var/mobile", "run/user", "run/media", "opt/homes", "usr/home", "usr/people", "usr/users", "usr/local/home", "storage/emulated", "sdcard", "github/home",
	"github/workspace", "homes", "gpfs", "lustre", "beegfs", "volume", "dbfs", "content/drive", "dev/shm", "u0", "nix/var/nix/profiles/per-user",
}

// mounts come before a root where one system shows the files of another one.
var mounts = []string{"private/", "System/Volumes/Data/", "run/desktop/mnt/host/", "host_mnt/", "cygdrive/"}

// outer are the first folders of paths that have a whole system within them.
var outer = []string{"var", "proc", "snap", "chroot", "jail", "rootfs", "host", "hostfs", "sysroot", "target", "etc", "opt", "usr", "run", "lib", "System"}

// common are folders that the users of a cluster share, on a disk of any name.
var common = []string{"nobackup", "homes", "scratch"}

// personal are the folders that systems and tools make for users alone.
var personal = []string{".ssh", ".gnupg", ".aws", ".kube", "AppData", "Documents", "Desktop", "Downloads", "Library/Keychains", "Library/Application Support"}

// systems are the folders of Windows that are the same everywhere.
var systems = []string{`windows\`, `program files`, `programdata\microsoft\windows`, "windows/", "winnt"}

// variables stand for folders of a user's.
var variables = []string{
	"$HOME", "${HOME}", "${env:HOME}", "%HOMEDRIVE%", "%USERPROFILE%", "%HOMEPATH%", "%APPDATA%", "%LOCALAPPDATA%", "%OneDrive%", "%TEMP%", "%TMP%",
	"$env:USERPROFILE", "$env:HOME", "$env:APPDATA", "$env:LOCALAPPDATA", "$env:TEMP", "$env:OneDrive", "$TMPDIR", "$XDG_CONFIG_HOME", "$XDG_DATA_HOME",
	"$XDG_CACHE_HOME", "$XDG_STATE_HOME", "$XDG_RUNTIME_DIR",
}

// visits are the words of a shell that a folder follows.
var visits = []string{"cd", "chdir", "pushd", "ls"}

// failures are how C libraries, Windows and runtimes say that something is wrong with
// a file (errno.h).
var failures = []string{
	"no such file", "file exists", "not a directory", "is a directory", "read-only file", "input/output error", "no space left", "directory not empty",
	"cross-device link", "file name too long", "symbolic link", "enoent", "eacces", "eexist", "enotdir", "eisdir", "cannot find the file", "cannot find the path",
	"stale file handle", "text file busy", "disk quota", "bad file descriptor", "file not found", "filenotfound",
}

// calls are the operations that come before a path in errors (io/fs.PathError).
var calls = []string{
	"open", "openat", "stat", "lstat", "fstat", "mkdir", "rmdir", "unlink", "unlinkat", "remove", "rename", "chdir", "readlink", "symlink", "link", "truncate",
	"chmod", "chown", "lchown", "chtimes", "readdir", "readdirent", "opendir", "scandir", "exec", "execve", "mkfifo", "mmap", "statfs", "utimes", "creat",
}

// shared are the first folders of paths that are the same everywhere, or that are
// no files: of systems, of images of containers, of servers' routes, of manuals.
var shared = []string{
	"usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "dev", "proc", "sys", "boot", "run", "var", "opt", "app", "src", "go", "nix", "gnu", "snap", "System",
	"Library", "Applications", "api", "v1", "v2", "v3", "path", "static", "assets", "users", "cgroup", "config", "bundle", "build", "dist", "node_modules",
}
