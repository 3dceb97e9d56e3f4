package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// The control of a cluster (`up --control`) makes outages, for tests that have the cluster for
// themselves. NAME is that of a log file: kube-apiserver, prefect-server, etcd, node-1, ...
//
//	POST /stop/NAME    kills the process
//	POST /start/NAME   starts it again as it was, on the same port; does not wait for it
//	POST /pause/NAME   lets it hang: connections stay open, nothing answers
//	POST /resume/NAME  lets it go on
//	POST /compact      etcd forgets every version but the newest
func serveControl(ctx context.Context, procs *processes) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	route := func(pattern string, act func(name string) error) {
		mux.HandleFunc("POST "+pattern, func(writer http.ResponseWriter, request *http.Request) {
			if err := act(request.PathValue("name")); err != nil {
				http.Error(writer, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	route("/stop/{name}", procs.halt)
	route("/start/{name}", procs.startAgain)
	route("/pause/{name}", func(name string) error { return procs.signal(name, syscall.SIGSTOP) })
	route("/resume/{name}", func(name string) error { return procs.signal(name, syscall.SIGCONT) })
	route("/compact", func(string) error { return compact(ctx, procs) })
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), nil
}

// halt kills a child, whose end is no failure then.
func (p *processes) halt(name string) error {
	c, err := p.find(name)
	if err != nil {
		return err
	}
	c.wanted.Store(true)
	c.stop(syscall.SIGKILL, time.Second)
	return nil
}

// startAgain starts a child that was halted.
func (p *processes) startAgain(name string) error {
	c, err := p.find(name)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	default:
		return fmt.Errorf("%s runs", name)
	}
	_, err = p.start(c.spec)
	return err
}

// signal tells a child and its own children something.
func (p *processes) signal(name string, signal syscall.Signal) error {
	c, err := p.find(name)
	if err != nil {
		return err
	}
	return syscall.Kill(-c.cmd.Process.Pid, signal)
}

// compact lets etcd forget old versions, as it does by itself every five minutes.
func compact(ctx context.Context, procs *processes) error {
	etcd, err := procs.find("etcd")
	if err != nil {
		return err
	}
	if len(etcd.spec.args) < 4 {
		return fmt.Errorf("this etcd is not ours")
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{etcd.spec.args[2]}, DialTimeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answer, err := client.Get(ctx, "none")
	if err != nil {
		return err
	}
	_, err = client.Compact(ctx, answer.Header.Revision, clientv3.WithCompactPhysical())
	return err
}
