package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// inBox runs a shell line in a box with a writable /tmp of its own. change may
// alter the box first.
func inBox(t *testing.T, change func(*boxSpec, *time.Duration), line string) (string, error) {
	t.Helper()
	tmp := t.TempDir()
	if err := os.Chmod(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	spec := boxSpec{
		Binds: []bind{{From: tmp, To: "/tmp", Writable: true}, {From: tmp, To: boxRoot + "/frozen"}},
		Dir:   "/tmp", Args: []string{"sh", "-c", line}, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"},
	}
	timeout := time.Minute
	if change != nil {
		change(&spec, &timeout)
	}
	var out bytes.Buffer
	code, err := runBox(t.Context(), spec, timeout, &out, &out)
	if err == nil && code != 0 {
		err = errExit
	}
	return out.String(), err
}

var errExit = errors.New("exit code is not 0")

// TestBoxHolds is about what foreign test suites have done, and what they could
// do.
func TestBoxHolds(t *testing.T) {
	needBox(t)
	tests := map[string]string{
		"replaces /dev/null":         "rm -f /dev/null || mv /tmp/x /dev/null",
		"opens a disk":               "ls /dev/*da* /dev/nvme*",
		"writes outside":             "echo x > /etc/telemetry-kit-corpus || echo x > /var/tmp/telemetry-kit-corpus || touch " + boxRoot + "/x",
		"writes where it may read":   "echo x > " + boxRoot + "/frozen/x",
		"has a network":              "grep -v lo: /proc/net/dev | grep :",
		"sees processes":             "test $(ls -d /proc/[0-9]* | wc -l) -gt 6",
		"changes the kernel":         "echo 1 > /proc/sys/kernel/panic",
		"reads the starter's home":   `test -n "$(ls -A ` + home(t) + `)"`,
		"mounts":                     "mount -t tmpfs none /tmp",
		"inherits an environment":    "env | grep -v -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=",
		"leaves something behind it": "(sleep 300 &) ; false",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			if out, err := inBox(t, nil, line); !errors.Is(err, errExit) {
				t.Errorf("foreign code %s: %s (%v)", name, out, err)
			}
		})
	}
}

func home(t *testing.T) string {
	t.Helper()
	dir, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	return dir
}

// TestBoxServes is about what tests may expect.
func TestBoxServes(t *testing.T) {
	needBox(t)
	for _, line := range []string{
		"echo x > /dev/null && echo x > /tmp/x && test -s /tmp/x && test -s " + boxRoot + "/frozen/x",
		"head -c 3 /dev/urandom > /tmp/r && test -s /tmp/r",
		"test -d /dev/shm && test -e /dev/pts/ptmx && test -e /dev/fd/0",
		"grep -q lo: /proc/net/dev && test $(cat /sys/class/net/lo/flags) != 0x8",
	} {
		if out, err := inBox(t, nil, line); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

func TestBoxStops(t *testing.T) {
	needBox(t)
	mark := filepath.Join(t.TempDir(), "mark")
	if err := os.Mkdir(mark, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(mark, 0o777); err != nil {
		t.Fatal(err)
	}
	slow := func(spec *boxSpec, timeout *time.Duration) {
		spec.Binds = append(spec.Binds, bind{From: mark, To: boxRoot + "/mark", Writable: true})
		*timeout = 2 * time.Second
	}
	_, err := inBox(t, slow, "(sleep 4; echo late > "+boxRoot+"/mark/late) & sleep 60")
	if !errors.Is(err, errTimeout) {
		t.Errorf("want %v, got %v", errTimeout, err)
	}
	greedy := func(spec *boxSpec, _ *time.Duration) { spec.Memory = 50 << 20 }
	if _, err := inBox(t, greedy, "x=$(head -c 120000000 /dev/zero | tr '\\0' x); sleep 60"); !errors.Is(err, errMemory) {
		t.Errorf("want %v, got %v", errMemory, err)
	}
	time.Sleep(3 * time.Second) // by now the child of the first would have written
	if left, _ := filepath.Glob(mark + "/*"); len(left) > 0 {
		t.Errorf("a process outlived its box: %s", strings.Join(left, " "))
	}
}
