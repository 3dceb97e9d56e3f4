package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
)

// ownerVariable marks each process of a pod with the folder of its node.
const ownerVariable = "KUBECTL_PREFECT_TEST_NODE_DIR"

// isolation is what keeps the processes of a container together.
type isolation struct {
	// pids: a container is a process id namespace; when its first process ends
	// (or this program does) the kernel kills the rest.
	pids bool
	// users: the above needs a user namespace, as this program is not root.
	users bool
	// mounts: volumes are mounted where the pod wants them.
	mounts bool
}

func (i isolation) String() string {
	return fmt.Sprintf("process ids %t (user namespace %t), mounts %t", i.pids, i.users, i.mounts)
}

// detectIsolation tries what this machine lets us do.
func detectIsolation() isolation {
	try := func(i isolation) bool {
		command := exec.Command("/bin/true")
		command.SysProcAttr = i.attributes()
		return command.Run() == nil
	}
	root := isolation{pids: true, mounts: os.Geteuid() == 0 && canMount()}
	if try(root) {
		return root
	}
	if user := (isolation{pids: true, users: true}); try(user) {
		return user
	}
	return isolation{}
}

// canMount tries a mount namespace on a thread that is thrown away.
func canMount() bool {
	result := make(chan bool)
	go func() {
		runtime.LockOSThread()
		result <- unshareMounts() == nil
	}()
	return <-result
}

// unshareMounts gives the calling thread, which must be locked and never be
// used for anything else, mounts of its own.
func unshareMounts() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("failed to make a mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("failed to make mounts private: %w", err)
	}
	return nil
}

func (i isolation) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if i.pids {
		attributes.Cloneflags = syscall.CLONE_NEWPID
	}
	if i.users {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}

// processSpec says what to run.
type processSpec struct {
	argv []string
	// group says that a signal is for the whole process group, as under an
	// init process that passes it on.
	group bool
	env   []string
	// dir is the working folder, fallbackDir what to use where it is missing.
	dir         string
	fallbackDir string
	stdout      *os.File
	stderr      *os.File
	mounts      []mount
	// keep are host paths that stay visible under any mount; staging is an
	// empty folder of the host.
	keep    []string
	staging string
}

// process is a running container.
type process struct {
	pid      int
	group    bool
	done     chan struct{}
	exitCode int32
	// asked is the signal for which the process was killed in place of dying.
	asked atomic.Int32
}

// start runs a container's process. It keeps one thread of this program until
// the process ends: the thread's death would be the process's, and the process
// has the thread's mounts.
func (i isolation) start(spec processSpec) (*process, error) {
	// Without a process id namespace nothing but the group reaches children.
	p := &process{group: spec.group || !i.pids, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Never unlocked: a thread with mounts of its own must not be reused.
		runtime.LockOSThread()
		command, err := i.prepare(spec)
		if err == nil {
			err = command.Start()
		}
		if err != nil {
			started <- err
			return
		}
		p.pid = command.Process.Pid
		started <- nil
		err = command.Wait()
		if !i.pids {
			_ = syscall.Kill(-p.pid, syscall.SIGKILL)
		}
		p.exitCode = exitCode(err)
		if asked := p.asked.Load(); asked != 0 {
			p.exitCode = 128 + asked
		}
		close(p.done)
	}()
	return p, <-started
}

// prepare makes the mounts and finds the program, on the thread that starts it.
func (i isolation) prepare(spec processSpec) (*exec.Cmd, error) {
	if i.mounts && len(spec.mounts) > 0 {
		if err := unshareMounts(); err != nil {
			return nil, err
		}
		if err := applyMounts(spec.mounts, spec.keep, spec.staging); err != nil {
			return nil, err
		}
	}
	dir := spec.dir
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = spec.fallbackDir
	}
	path, err := findProgram(dir, spec)
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{
		Path: path, Args: spec.argv, Env: spec.env, Dir: dir,
		Stdout: spec.stdout, Stderr: spec.stderr, SysProcAttr: i.attributes(),
	}, nil
}

// findProgram looks the program up in the container's own PATH.
func findProgram(dir string, spec processSpec) (string, error) {
	name := spec.argv[0]
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if !isProgram(path) {
			return "", fmt.Errorf("exec: %q: stat %s: no such file or directory", name, name)
		}
		return path, nil
	}
	for _, variable := range spec.env {
		value, ok := strings.CutPrefix(variable, "PATH=")
		if !ok {
			continue
		}
		for _, folder := range filepath.SplitList(value) {
			if path := filepath.Join(folder, name); filepath.IsAbs(path) && isProgram(path) {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("exec: %q: executable file not found in $PATH", name)
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// signal sends a signal to the container's first process, as a container
// runtime does, or to its group.
func (p *process) signal(signal syscall.Signal) {
	select {
	case <-p.done:
		return
	default:
	}
	target := p.pid
	if p.group {
		target = -p.pid
		// The first process of a namespace is spared by a signal that it does
		// not handle; under an init process it would have died of it.
		if diesOf(p.pid, signal) {
			p.asked.Store(int32(signal))
			signal = syscall.SIGKILL
		}
	}
	if err := syscall.Kill(target, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		klog.Errorf("failed to send %s to process %d: %v", signal, p.pid, err)
	}
}

// diesOf tells whether a process neither handles, ignores nor blocks a signal.
func diesOf(pid int, signal syscall.Signal) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		if name != "SigBlk" && name != "SigIgn" && name != "SigCgt" {
			continue
		}
		mask, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil || mask&(1<<(signal-1)) != 0 {
			return false
		}
	}
	return true
}

// exitCode is the code of a process by the shell's convention: 128 and the
// signal for a process that was killed.
func exitCode(err error) int32 {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return int32(128 + status.Signal())
		}
		return int32(exit.ExitCode())
	}
	return 255
}

// killOrphans kills every process that an earlier node left behind: those that
// carry the node's folder in their environment. With process id namespaces
// there are none.
func killOrphans(dir string) {
	mark := []byte(ownerVariable + "=" + dir + "\x00")
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		environment, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ"))
		if err == nil && bytes.Contains(append(environment, 0), mark) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
