package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-client/pkg/logs"
	"k8s.io/klog/v2"
)

// servingTLS lets nobody in but the API server.
func servingTLS(config Config) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(config.CertFile, config.KeyFile)
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(config.ClientCAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	return &tls.Config{
		Certificates: []tls.Certificate{cert},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
		MinVersion:   tls.VersionTLS12,
		VerifyConnection: func(state tls.ConnectionState) error {
			if user := state.PeerCertificates[0].Subject.CommonName; user != config.ClientUser {
				return fmt.Errorf("user %q may not use this node", user)
			}
			return nil
		},
	}, nil
}

// serve serves the kubelet's endpoint for logs and gives the function that
// stops it.
func (n *Node) serve(listener net.Listener) (stop func()) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", n.serveLogs)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			klog.Errorf("the log server ended: %v", err)
		}
	}()
	return func() {
		if err := server.Close(); err != nil {
			klog.Errorf("failed to close the log server: %v", err)
		}
		<-done
	}
}

func (n *Node) serveLogs(w http.ResponseWriter, request *http.Request) {
	query, err := parseLogQuery(request.URL.Query(), time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	runner, err := n.runner(request.PathValue("namespace"), request.PathValue("pod"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	name := request.PathValue("container")
	path, err := runner.findLog(name, query.previous)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	out := flushWriter{w}
	stdout, stderr := io.Writer(out), io.Writer(out)
	switch query.stream {
	case corev1.LogStreamStdout:
		stderr = io.Discard
	case corev1.LogStreamStderr:
		stdout = io.Discard
	}
	state := logState{runner: runner, container: name, path: path}
	err = logs.ReadLogs(request.Context(), path, name, &query.LogOptions, state, stdout, stderr)
	if err != nil && request.Context().Err() == nil {
		klog.Errorf("failed to serve %s: %v", path, err)
	}
}

// findLog gives the file of a container's present or previous run.
func (r *podRunner) findLog(name string, previous bool) (string, error) {
	r.mu.Lock()
	record, known := r.record.containers[name]
	r.mu.Unlock()
	restarts := record.restarts
	switch {
	case previous && record.last == nil:
		return "", fmt.Errorf("previous terminated container %q in pod %q not found", name, r.name)
	case previous && record.state.Waiting == nil:
		// While the container waits to be restarted the count is still that
		// of its last run.
		restarts--
	}
	if !known || record.id == "" {
		reason := "ContainerCreating"
		if record.state.Waiting != nil {
			reason = record.state.Waiting.Reason
		}
		return "", fmt.Errorf("container %q in pod %q is waiting to start: %s", name, r.name, reason)
	}
	path := r.logPath(name, restarts)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("container %q in pod %q has no log", name, r.name)
	}
	return path, nil
}

// logQuery is what a reader of logs asked for.
type logQuery struct {
	logs.LogOptions
	previous bool
	// stream is Stdout, Stderr, or All (also when empty).
	stream string
}

// parseLogQuery reads the query by which the API server passes PodLogOptions on.
func parseLogQuery(query url.Values, now time.Time) (logQuery, error) {
	var errs []error
	boolean := func(name string) bool {
		text := query.Get(name)
		value, err := strconv.ParseBool(text)
		if text != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		return value
	}
	number := func(name string) *int64 {
		text := query.Get(name)
		if text == "" {
			return nil
		}
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		return &value
	}
	q := logQuery{previous: boolean("previous"), stream: query.Get("stream")}
	q.Follow, q.Timestamp = boolean("follow"), boolean("timestamps")
	q.TailLines, q.LimitBytes = number("tailLines"), number("limitBytes")
	if seconds := number("sinceSeconds"); seconds != nil {
		q.Since = now.Add(-time.Duration(*seconds) * time.Second)
	}
	if text := query.Get("sinceTime"); text != "" {
		since, err := time.Parse(time.RFC3339, text)
		if err != nil {
			errs = append(errs, fmt.Errorf("sinceTime: %w", err))
		}
		q.Since = since
	}
	return q, errors.Join(errs...)
}

// logState tells the reader of logs whether more is to come.
type logState struct {
	internalapi.RuntimeService
	runner          *podRunner
	container, path string
}

// ContainerStatus is the only question that the reader asks.
func (s logState) ContainerStatus(context.Context, string, bool) (*runtimeapi.ContainerStatusResponse, error) {
	s.runner.mu.Lock()
	record := s.runner.record.containers[s.container]
	s.runner.mu.Unlock()
	state := runtimeapi.ContainerState_CONTAINER_EXITED
	if record.state.Running != nil && s.runner.logPath(s.container, record.restarts) == s.path {
		state = runtimeapi.ContainerState_CONTAINER_RUNNING
	}
	return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{State: state}}, nil
}

// flushWriter passes each record on at once, for those who follow.
type flushWriter struct{ http.ResponseWriter }

func (w flushWriter) Write(data []byte) (int, error) {
	n, err := w.ResponseWriter.Write(data)
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	return n, err
}

// plainLog takes the times and marks off the records of a log file.
func plainLog(data []byte) string {
	var text strings.Builder
	for line := range bytes.Lines(data) {
		fields := bytes.SplitN(line, []byte(" "), 4)
		if len(fields) == 4 {
			text.Write(fields[3])
		}
	}
	return text.String()
}
