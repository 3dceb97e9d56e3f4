package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// externalKubeconfig names a cluster to use in place of one of our own. It is
// never taken from KUBECONFIG, which may be somebody's production.
const externalKubeconfig = "KUBECTL_PREFECT_TEST_KUBECONFIG"

// upOptions are the flags of `up`.
type upOptions struct {
	dir            string
	keep           bool
	nodes          int
	nodeFlags      nodeFlags
	venv           string
	prefect        bool
	authString     string
	exitWithStdin  bool
	exitWithParent bool
	control        bool
	output         string
}

func newUpCommand() *cobra.Command {
	var o upOptions
	command := &cobra.Command{
		Use:   "up",
		Short: "Bring everything up, print one ready line, take everything down at the end",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return up(o) },
	}
	flags := command.Flags()
	flags.StringVar(&o.dir, "dir", "", "state folder (default: a temporary one)")
	flags.BoolVar(&o.keep, "keep", false, "leave the state folder behind, to read its logs")
	flags.IntVar(&o.nodes, "nodes", 1, "number of nodes; 0 leaves pods pending")
	flags.StringVar(&o.venv, "venv", "", "Python virtual environment with Prefect (its bin is first in a pod's PATH)")
	flags.BoolVar(&o.prefect, "prefect", true, "start a Prefect server")
	flags.StringVar(&o.authString, "auth-string", "", "USER:PASSWORD that the Prefect server asks for")
	flags.BoolVar(&o.exitWithStdin, "exit-with-stdin", false, "take everything down when standard input ends")
	flags.BoolVar(&o.exitWithParent, "exit-with-parent", false, "take everything down when the parent process ends")
	flags.BoolVar(&o.control, "control", false, "let tests stop and start parts of the cluster (control.go)")
	flags.StringVarP(&o.output, "output", "o", "json", "form of the ready line: json or exports (shell lines for a person)")
	o.nodeFlags.register(flags)
	return command
}

// up runs until it is told to stop or a part of the cluster fails.
func up(o upOptions) (err error) {
	if o.output != "json" && o.output != "exports" {
		return fmt.Errorf("unknown output form %q: use json or exports", o.output)
	}
	if o.prefect && o.venv == "" {
		return errors.New("--venv is needed for a Prefect server (or --prefect=false)")
	}
	if err := o.nodeFlags.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	stopOnRequest(cancel, o)
	dir, remove, err := stateDir(o.dir, o.keep)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && !o.keep && o.dir == "" {
			progress("logs were in %s; --keep leaves them there", dir)
		}
		remove()
	}()
	procs := newProcesses(filepath.Join(dir, "logs"))
	defer procs.stopAll()
	go func() {
		select {
		case c := <-procs.exited:
			cancel(c.failure())
		case <-ctx.Done():
		}
	}()

	began := time.Now()
	ready, err := bringUp(ctx, procs, dir, o)
	if err == nil && o.control {
		ready.Control, err = serveControl(ctx, procs)
	}
	if err == nil {
		progress("ready after %.1f s", time.Since(began).Seconds())
		err = ready.announce(dir, o.output)
	}
	if err == nil {
		<-ctx.Done()
		err = context.Cause(ctx)
	}
	if errors.Is(err, errAsked) {
		progress("taking everything down")
		return nil
	}
	return err
}

// bringUp starts the control plane, the nodes and the Prefect server side by
// side and waits until all are ready.
func bringUp(ctx context.Context, procs *processes, dir string, o upOptions) (*readyInfo, error) {
	ready := &readyInfo{Ready: true, Dir: dir, Pid: os.Getpid(), AuthString: o.authString, Nodes: []string{}}
	if o.venv != "" {
		ready.Bin = filepath.Join(o.venv, "bin")
		o.nodeFlags.bins = append(o.nodeFlags.bins, ready.Bin)
		ready.Path = strings.Join(o.nodeFlags.bins, string(os.PathListSeparator))
	}
	ready.Kubectl = findKubectl(ready.Bin)
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if external := os.Getenv(externalKubeconfig); external != "" {
			return useExternal(groupCtx, external, dir, ready)
		}
		return startCluster(groupCtx, procs, dir, o, ready)
	})
	if o.prefect {
		group.Go(func() error {
			port, err := freePort()
			if err != nil {
				return err
			}
			server := prefectServer{
				venv: o.venv, home: filepath.Join(dir, "prefect"), port: port,
				authString: o.authString, name: "prefect-server",
			}
			if _, err := server.start(groupCtx, procs); err != nil {
				return err
			}
			if err := server.waitHealthy(groupCtx); err != nil {
				return err
			}
			progress("Prefect server ready")
			ready.PrefectAPIURL = server.url()
			return nil
		})
	}
	err := group.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return ready, err
}

// startCluster starts the control plane and its nodes.
func startCluster(ctx context.Context, procs *processes, dir string, o upOptions, ready *readyInfo) error {
	cp, err := startControlPlane(ctx, procs, dir)
	if err != nil {
		return err
	}
	progress("API server ready")
	ready.Kubeconfig, ready.TokenKubeconfig, ready.NobodyKubeconfig = cp.adminKubeconfig, cp.tokenKubeconfig, cp.nobodyKubeconfig
	ready.APIServer, ready.AuditLog = cp.server, cp.auditLog
	for i := range o.nodes {
		name := fmt.Sprintf("node-%d", i+1)
		if err := startNode(procs, cp, name, dir, o.nodeFlags); err != nil {
			return err
		}
		ready.Nodes = append(ready.Nodes, name)
	}
	if err := waitCluster(ctx, cp.adminKubeconfig, o.nodes); err != nil {
		return err
	}
	progress("%d node(s) ready", o.nodes)
	return nil
}

// errAsked is the reason of an end that somebody asked for.
var errAsked = errors.New("asked to stop")

// stopOnRequest cancels on a signal, and when asked so on the end of standard
// input or of the parent process.
func stopOnRequest(cancel context.CancelCauseFunc, o upOptions) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		cancel(errAsked)
	}()
	if o.exitWithStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel(errAsked)
		}()
	}
	if o.exitWithParent {
		parent := os.Getppid()
		go func() {
			for os.Getppid() == parent {
				time.Sleep(300 * time.Millisecond)
			}
			cancel(errAsked)
		}()
	}
}

// stateDir makes the state folder and says how to remove it. A named folder
// must be new or empty: etcd's data of another cluster is of no use.
func stateDir(named string, keep bool) (dir string, remove func(), err error) {
	if named == "" {
		dir, err = os.MkdirTemp("", "kubectl-prefect-cluster-")
	} else {
		dir, err = filepath.Abs(named)
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
	}
	if err != nil {
		return "", nil, fmt.Errorf("failed to make the state folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, err
	}
	if len(entries) > 0 {
		return "", nil, fmt.Errorf("the state folder %s is not empty", dir)
	}
	remove = func() {
		if keep {
			return
		}
		if err := os.RemoveAll(dir); err != nil {
			progress("failed to remove %s: %v", dir, err)
		}
	}
	return dir, remove, os.MkdirAll(filepath.Join(dir, "logs"), 0o700)
}

// findKubectl prefers the virtual environment's kubectl to the machine's.
func findKubectl(bin string) string {
	if bin != "" {
		if path := filepath.Join(bin, "kubectl"); isExecutable(path) {
			return path
		}
	}
	path, err := exec.LookPath("kubectl")
	if err != nil {
		return ""
	}
	return path
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// progress tells a person what happens, on standard error.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "cluster: %s\n", strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}
