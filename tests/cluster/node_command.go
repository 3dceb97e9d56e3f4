package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"kubectl-prefect/tests/cluster/node"
)

// nodeFlags are the flags that shape a node, shared by `up` and `node`.
type nodeFlags struct {
	bins       []string
	cpu        string
	memory     string
	pods       int
	backoff    time.Duration
	backoffMax time.Duration
}

func (f *nodeFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.bins, "bin", nil, "folder at the front of a pod's PATH (repeatable)")
	flags.StringVar(&f.cpu, "node-cpu", "64", "CPU capacity of a node")
	flags.StringVar(&f.memory, "node-memory", "64Gi", "memory capacity of a node")
	flags.IntVar(&f.pods, "node-pods", 5000, "pod capacity of a node")
	flags.DurationVar(&f.backoff, "backoff", time.Second, "first delay before a container is restarted or an image pulled again (a real node: 10s)")
	flags.DurationVar(&f.backoffMax, "backoff-max", 20*time.Second, "longest such delay (a real node: 5m)")
}

func (f *nodeFlags) args() []string {
	args := []string{
		"--node-cpu=" + f.cpu, "--node-memory=" + f.memory, fmt.Sprintf("--node-pods=%d", f.pods),
		"--backoff=" + f.backoff.String(), "--backoff-max=" + f.backoffMax.String(),
	}
	for _, bin := range f.bins {
		args = append(args, "--bin="+bin)
	}
	return args
}

// check makes the folders absolute and refuses what no node could use.
func (f *nodeFlags) check() error {
	for i, bin := range f.bins {
		absolute, err := filepath.Abs(bin)
		if err != nil {
			return fmt.Errorf("--bin: %w", err)
		}
		if strings.Contains(absolute, ":") {
			return fmt.Errorf("--bin: %s has a colon in its name, which PATH cannot hold", absolute)
		}
		f.bins[i] = absolute
	}
	if f.backoff <= 0 || f.backoffMax < f.backoff {
		return errors.New("--backoff must be positive and not longer than --backoff-max")
	}
	_, err := f.capacity()
	return err
}

func (f *nodeFlags) capacity() (corev1.ResourceList, error) {
	cpu, err := resource.ParseQuantity(f.cpu)
	if err != nil {
		return nil, fmt.Errorf("--node-cpu: %w", err)
	}
	memory, err := resource.ParseQuantity(f.memory)
	if err != nil {
		return nil, fmt.Errorf("--node-memory: %w", err)
	}
	return corev1.ResourceList{
		corev1.ResourceCPU:              cpu,
		corev1.ResourceMemory:           memory,
		corev1.ResourceEphemeralStorage: resource.MustParse("100Gi"),
		corev1.ResourcePods:             *resource.NewQuantity(int64(f.pods), resource.DecimalSI),
	}, nil
}

// startNode starts a node process of its own.
func startNode(procs *processes, cp *controlPlane, name, dir string, f nodeFlags) error {
	serving, err := cp.authority.issue("kubelet-"+name, "system:node:"+name, []string{"system:nodes"}, "127.0.0.1")
	if err != nil {
		return err
	}
	args := append([]string{
		"node", "--name=" + name, "--dir=" + filepath.Join(dir, name), "--kubeconfig=" + cp.nodeKubeconfig,
		"--cert=" + serving.certFile, "--key=" + serving.keyFile,
		"--client-ca=" + cp.authority.certFile(), "--client-user=" + kubeletClientUser,
	}, f.args()...)
	// A node ends its pods when it is told to, so it is not killed outright.
	_, err = procs.start(childSpec{name: name, path: "/proc/self/exe", args: args, deathSignal: syscall.SIGTERM})
	return err
}

// newNodeCommand is what `up` starts for each node.
func newNodeCommand() *cobra.Command {
	var f nodeFlags
	var config node.Config
	var kubeconfig string
	command := &cobra.Command{
		Use:    "node",
		Short:  "Run one node of a cluster (started by up)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			var err error
			if config.Capacity, err = f.capacity(); err != nil {
				return err
			}
			if config.Client, err = loadKubeconfig(kubeconfig, "kubectl-prefect-test-node"); err != nil {
				return err
			}
			config.Bins, config.Backoff, config.BackoffMax = f.bins, f.backoff, f.backoffMax
			return node.Run(ctx, config)
		},
	}
	flags := command.Flags()
	flags.StringVar(&config.Name, "name", "", "the node's name")
	flags.StringVar(&config.Dir, "dir", "", "folder for the pods' files")
	flags.StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of an administrator")
	flags.StringVar(&config.CertFile, "cert", "", "certificate that serves logs")
	flags.StringVar(&config.KeyFile, "key", "", "its key")
	flags.StringVar(&config.ClientCAFile, "client-ca", "", "authority of the API server's client certificate")
	flags.StringVar(&config.ClientUser, "client-user", "", "common name of the API server's client certificate")
	f.register(flags)
	return command
}
