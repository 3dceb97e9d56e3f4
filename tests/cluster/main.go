// Command cluster brings up a real Kubernetes control plane, a node that runs
// pods as local processes and a real Prefect server, all on loopback, and
// takes them down again without leaving a process.
//
// It is for tests and for trying things by hand (`make sandbox`). It is no
// place for a cluster that anyone else can reach: the administrator's token
// lies in a file.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	// A component is the same program under another name. Each constructor
	// installs signal handlers for the whole process, so only the one that is
	// asked for may be called.
	if len(os.Args) > 1 {
		if run, ok := components[os.Args[1]]; ok {
			os.Exit(run(os.Args[1:]))
		}
	}
	root := &cobra.Command{
		Use:           "cluster",
		Short:         "A real Kubernetes cluster and Prefect server on loopback, for tests",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newUpCommand(), newPrefectServerCommand(), newNodeCommand(), newProxyCommand())
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
