package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// nobody runs foreign code if we are root.
const nobody = 65534

func namespaces() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// foreignOwner is who has to own what foreign code writes to.
func foreignOwner() (uid int, ok bool) { return nobody, os.Geteuid() == 0 }

// buildBox gives this process, the first of its namespaces, its view of the
// machine and returns what the command inside has to be started with.
func buildBox(spec boxSpec) (*syscall.SysProcAttr, error) {
	sources, err := openSources(spec.Binds) // before anything hides them
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		freezeTree, mountDevices,
		func() error { return mountBinds(spec.Binds, sources) },
		func() error { return mount("proc", "/proc", "proc", 0, "") },
		func() error { return os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0) }, // rather us than anybody else
		loopback,
		func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, 10) },
		dropPrivileges,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	attr := &syscall.SysProcAttr{}
	if !isMapped() {
		attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return attr, nil
}

// dropPrivileges sees to it that what this thread starts has no capability, be it
// root of a user namespace, and gets none from a file: what we mounted stays.
func dropPrivileges() error {
	runtime.LockOSThread() // which is for good
	for capability := uintptr(0); ; capability++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			break // there are no more of them
		}
		if err != nil {
			return fmt.Errorf("dropping capability %d: %w", capability, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("dropping privileges: %w", err)
	}
	return nil
}

// isMapped reports whether we are root in a user namespace of our own alone.
func isMapped() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	fields := strings.Fields(string(text))
	return err == nil && len(fields) == 3 && fields[2] == "1"
}

func openSources(binds []bind) ([]int, error) {
	var fds []int
	for _, b := range binds {
		fd, err := unix.Open(b.From, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", b.From, err)
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// freezeTree makes everything that the machine has read-only for us, and hides
// the home of whoever started us.
func freezeTree() error {
	if err := mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	frozen := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(-1, "/", unix.AT_RECURSIVE, frozen); err != nil {
		return fmt.Errorf("making / read-only: %w", err)
	}
	home, err := os.UserHomeDir()
	if err != nil || filepath.Dir(home) == home {
		return nil
	}
	if _, err := os.Stat(home); err != nil {
		return nil
	}
	return mount("tmpfs", home, "tmpfs", 0, "mode=0755,size=64k")
}

// mountDevices makes a /dev of its own: a test that replaces /dev/null replaces
// its own.
func mountDevices() error {
	names := []string{"null", "zero", "full", "random", "urandom", "tty"}
	var fds []int
	for _, name := range names {
		fd, err := unix.Open("/dev/"+name, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("opening /dev/%s: %w", name, err)
		}
		fds = append(fds, fd)
	}
	if err := mount("tmpfs", "/dev", "tmpfs", unix.MS_NOSUID, "mode=0755"); err != nil {
		return err
	}
	for i, name := range names {
		if err := os.WriteFile("/dev/"+name, nil, 0o666); err != nil {
			return fmt.Errorf("making /dev/%s: %w", name, err)
		}
		if err := bindFD(fds[i], "/dev/"+name); err != nil {
			return err
		}
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(to, "/dev/"+name); err != nil {
			return fmt.Errorf("making /dev/%s: %w", name, err)
		}
	}
	for _, m := range []struct{ path, fs, data string }{
		{"/dev/shm", "tmpfs", "mode=1777"}, {"/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620"},
	} {
		if err := os.Mkdir(m.path, 0o755); err != nil {
			return fmt.Errorf("making %s: %w", m.path, err)
		}
		if err := mount(m.fs, m.path, m.fs, unix.MS_NOSUID, m.data); err != nil {
			return err
		}
	}
	return mount("", "/dev", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID, "")
}

func mountBinds(binds []bind, sources []int) error {
	if err := mount("tmpfs", boxRoot, "tmpfs", unix.MS_NOSUID, "mode=0755"); err != nil {
		return err
	}
	for i, b := range binds {
		if err := os.MkdirAll(b.To, 0o755); err != nil {
			return fmt.Errorf("making %s: %w", b.To, err)
		}
		if err := bindFD(sources[i], b.To); err != nil {
			return err
		}
		attr := &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
		if !b.Writable {
			attr = &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		}
		if err := unix.MountSetattr(-1, b.To, 0, attr); err != nil {
			return fmt.Errorf("opening %s for writing: %w", b.To, err)
		}
	}
	return mount("", boxRoot, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID, "")
}

func bindFD(fd int, to string) error {
	return mount("/proc/self/fd/"+strconv.Itoa(fd), to, "", unix.MS_BIND, "")
}

func mount(source, target, fstype string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		return fmt.Errorf("mounting %s: %w", target, err)
	}
	return nil
}

// loopback starts the only network that there is inside.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("starting loopback: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	request, err := unix.NewIfreq("lo")
	if err == nil {
		request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
	}
	if err != nil {
		return fmt.Errorf("starting loopback: %w", err)
	}
	return nil
}

// residentMemory adds up what the processes below a /proc hold, shared pages
// counted once for each: more rather than less.
func residentMemory(proc string) uint64 {
	files, _ := filepath.Glob(proc + "/[0-9]*/statm")
	var pages uint64
	for _, file := range files {
		text, err := os.ReadFile(file)
		if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
			n, _ := strconv.ParseUint(fields[1], 10, 64)
			pages += n
		}
	}
	return pages * uint64(os.Getpagesize())
}
