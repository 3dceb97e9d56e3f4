package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// processes owns every child of one cluster: what it starts it waits for, and
// should this program be killed, the kernel ends the children.
type processes struct {
	logDir string

	mu       sync.Mutex
	children []*child
	exited   chan *child
	spawn    chan func()
}

// find gives the latest child of this name.
func (p *processes) find(name string) (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.children) - 1; i >= 0; i-- {
		if p.children[i].name == name {
			return p.children[i], nil
		}
	}
	return nil, fmt.Errorf("there is no process %q", name)
}

// child is one process of the cluster.
type child struct {
	name    string
	logFile string
	cmd     *exec.Cmd
	spec    childSpec
	done    chan struct{}
	err     error
	// wanted is set when the end of the child is no failure.
	wanted atomic.Bool
}

// childSpec says what to start.
type childSpec struct {
	name string
	path string
	args []string
	env  []string
	dir  string
	// deathSignal is what the child gets when this program dies: SIGKILL
	// unless it has children of its own to end.
	deathSignal syscall.Signal
}

func newProcesses(logDir string) *processes {
	p := &processes{logDir: logDir, exited: make(chan *child, 16), spawn: make(chan func())}
	// The kernel ties the death signal to the thread that forked, so one
	// thread that never ends starts all children.
	go func() {
		runtime.LockOSThread()
		for start := range p.spawn {
			start()
		}
	}()
	return p
}

// start runs a child in a process group of its own (an interrupt from the
// terminal is for this program only) with its output in a file.
func (p *processes) start(spec childSpec) (*child, error) {
	c := &child{
		name:    spec.name,
		logFile: filepath.Join(p.logDir, spec.name+".log"),
		cmd:     exec.Command(spec.path, spec.args...),
		spec:    spec,
		done:    make(chan struct{}),
	}
	out, err := os.OpenFile(c.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	signal := spec.deathSignal
	if signal == 0 {
		signal = syscall.SIGKILL
	}
	c.cmd.Args[0] = "kubectl-prefect-test-cluster"
	c.cmd.Env, c.cmd.Dir = spec.env, spec.dir
	c.cmd.Stdout, c.cmd.Stderr = out, out
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: signal}
	started := make(chan error)
	p.spawn <- func() { started <- c.cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("failed to start %s: %w", spec.name, err)
	}
	p.mu.Lock()
	p.children = append(p.children, c)
	p.mu.Unlock()
	go func() {
		c.err = c.cmd.Wait()
		close(c.done)
		if !c.wanted.Load() {
			p.exited <- c
		}
	}()
	return c, nil
}

// stop sends the signal, waits, and kills the whole group after the grace
// period. It returns when the child is gone.
func (c *child) stop(signal syscall.Signal, grace time.Duration) {
	select {
	case <-c.done:
	default:
		// The child is not yet waited for, so its id cannot be another's.
		_ = c.cmd.Process.Signal(signal)
		select {
		case <-c.done:
		case <-time.After(grace):
		}
	}
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	<-c.done
}

// stopAll ends every child, the latest first. A node gets time to end its
// pods; nothing else has anything to save.
func (p *processes) stopAll() {
	p.mu.Lock()
	children := p.children
	p.children = nil
	p.mu.Unlock()
	for i := len(children) - 1; i >= 0; i-- {
		if strings.HasPrefix(children[i].name, "node") {
			children[i].stop(syscall.SIGTERM, 20*time.Second)
		}
	}
	for i := len(children) - 1; i >= 0; i-- {
		children[i].stop(syscall.SIGKILL, time.Second)
	}
}

// failure describes a child that ended when it should not have, with the end
// of its log.
func (c *child) failure() error {
	why := "it ended"
	if c.err != nil {
		why = c.err.Error()
	}
	data, err := os.ReadFile(c.logFile)
	if err != nil {
		return fmt.Errorf("%s stopped (%s)", c.name, why)
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	if len(lines) > 15 {
		lines = lines[len(lines)-15:]
	}
	return fmt.Errorf("%s stopped (%s); the end of its log:\n%s", c.name, why, bytes.Join(lines, []byte("\n")))
}
