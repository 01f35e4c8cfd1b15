//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// somebody is a user who is not root and owns nothing else.
const somebody = 54321

// otherOwner lets root, with a user's HOME as sudo leaves it, act among the acts
// of the user, who has to be able to go on. "+" is the user, "#" is root.
func otherOwner(r *round) error {
	if os.Geteuid() != 0 {
		return skip("acting as another user takes root")
	}
	c, err := r.collect()
	if err != nil {
		return err
	}
	for i, story := range []string{
		"#write +write +sync",
		"+write #write +write +sync",
		"+write #sync +write +sync",
		"#sync +write +sync",
		"+write +sync #write #sync +write +sync",
		"+write #clean +write +sync",
	} {
		r.home = filepath.Join(r.dir, fmt.Sprint("home-", i))
		if err := errors.Join(os.Mkdir(r.home, 0o755), os.Chown(r.home, somebody, somebody)); err != nil {
			return fmt.Errorf("preparing a home: %w", err)
		}
		others := r.ledger.everything()
		for act := range strings.FieldsSeq(story) {
			if act == "#clean" {
				r.ledger.forgiveExcept(others)
			}
			if err := r.act(c, act); err != nil {
				// Not the end: what the user cannot send is what counts.
				r.tally.Notes = append(r.tally.Notes, fmt.Sprintf("%s: %s: %v", story, act, err))
			}
		}
	}
	if err := r.arrived(c); err != nil {
		return err
	}
	r.compare()
	return r.enough(100)
}

func (r *round) act(c *collector, act string) error {
	as := func(cmd *exec.Cmd) {
		if act[0] == '+' {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: somebody, Gid: somebody}}
		}
		cmd.Dir = "/"
	}
	var err error
	switch act[1:] {
	case "write":
		var w *writing
		if w, err = r.writeAs(r.self, as, "-count", "24"); err == nil {
			err = w.wait()
		}
	case "sync":
		_, err = r.keepAs(r.self, as, "sync", "-force", "-dsn", c.dsn)
	case "clean":
		_, err = r.keepAs(r.self, as, "clean")
	}
	if act[0] == '#' {
		return nil // root may be refused
	}
	return err
}
