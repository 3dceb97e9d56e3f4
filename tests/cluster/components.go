package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// components maps a component's name to the function that runs it with the
// given arguments (the first is the name) and returns the exit code.
var components = map[string]func(args []string) int{
	"etcd": runEtcd,
	"kube-apiserver": func(args []string) int {
		command := apiserver.NewAPIServerCommand()
		command.SetArgs(args[1:])
		return cli.Run(command)
	},
	"kube-controller-manager": func(args []string) int {
		command := controllermanager.NewControllerManagerCommand()
		command.SetArgs(args[1:])
		return cli.Run(command)
	},
	"kube-scheduler": func(args []string) int {
		command := scheduler.NewSchedulerCommand()
		command.SetArgs(args[1:])
		return cli.Run(command)
	},
}

// runEtcd runs the embedded etcd: `etcd DATA-DIR CLIENT-URL PEER-URL`. Nothing
// is flushed to disk, since the data goes away with the cluster.
func runEtcd(args []string) int {
	if len(args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: etcd DATA-DIR CLIENT-URL PEER-URL")
		return 2
	}
	client, err := url.Parse(args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 2
	}
	peer, err := url.Parse(args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 2
	}
	config := embed.NewConfig()
	config.Dir = args[1]
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
		server.Close()
		return 0
	case err := <-server.Err():
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
}
