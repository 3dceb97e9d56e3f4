package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// newPrefectServerCommand runs a Prefect server alone, for tests that stop and
// start a server of their own. With --dir the database outlives the server.
func newPrefectServerCommand() *cobra.Command {
	var o upOptions
	var port int
	command := &cobra.Command{
		Use:   "prefect-server",
		Short: "Run one Prefect server, print one ready line, end it on a signal",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return runPrefectServer(o, port) },
	}
	flags := command.Flags()
	flags.StringVar(&o.dir, "dir", "", "state folder, kept for the next start (default: a temporary one)")
	flags.StringVar(&o.venv, "venv", "", "Python virtual environment with Prefect")
	flags.IntVar(&port, "port", 0, "port on 127.0.0.1 (default: a free one)")
	flags.StringVar(&o.authString, "auth-string", "", "USER:PASSWORD that the server asks for")
	flags.BoolVar(&o.exitWithStdin, "exit-with-stdin", false, "end when standard input ends")
	flags.BoolVar(&o.exitWithParent, "exit-with-parent", false, "end when the parent process ends")
	if err := command.MarkFlagRequired("venv"); err != nil {
		panic(err)
	}
	return command
}

func runPrefectServer(o upOptions, port int) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	stopOnRequest(cancel, o)
	dir := o.dir
	if dir == "" {
		var remove func()
		var err error
		if dir, remove, err = stateDir("", false); err != nil {
			return err
		}
		defer remove()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o700); err != nil {
		return err
	}
	if port == 0 {
		if port, err = freePort(); err != nil {
			return err
		}
	}
	procs := newProcesses(filepath.Join(dir, "logs"))
	defer procs.stopAll()
	server := prefectServer{
		venv: o.venv, home: filepath.Join(dir, "prefect"), port: port,
		authString: o.authString, name: "prefect-server",
	}
	child, err := server.start(ctx, procs)
	if err != nil {
		return err
	}
	go func() {
		<-child.done
		cancel(child.failure())
	}()
	if err = server.waitHealthy(ctx); err == nil {
		var line []byte
		line, err = json.Marshal(map[string]any{
			"ready": true, "prefectApiUrl": server.url(), "dir": dir, "pid": os.Getpid(), "serverPid": child.cmd.Process.Pid,
		})
		if err == nil {
			fmt.Println(string(line))
			<-ctx.Done()
			err = context.Cause(ctx)
		}
	}
	if errors.Is(err, errAsked) {
		return nil
	}
	return err
}
