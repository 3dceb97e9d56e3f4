package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// A proxy in front of an API: it counts what passes and makes trouble on demand.
//
// It forwards to a Prefect API (--target URL) or to the API server of a kubeconfig (--kubeconfig
// FILE), whose credentials it uses, so that a client needs no more than its plain http address.
// It prints {"url":..., "control":...} and is then steered over the control address:
//
//	PUT  /rules   replaces the rules (a JSON list of rule); the first that matches is applied
//	GET  /seen    how many requests have matched each rule
//	GET  /counts  [{"method","route","agent","code","count","first"}], ids in routes replaced;
//	              first is when the first such answer began, in milliseconds since 1970
//	POST /reset   forgets the counts
//
// It ends when its standard input is closed.

// rule says what befalls the requests that match it.
type rule struct {
	// Method and Path (regular expressions) select requests; empty ones match all. Worker is the
	// name that a worker gives itself in the header X-Prefect-Worker-Name.
	Method string `json:"method"`
	Path   string `json:"path"`
	Worker string `json:"worker"`
	// Skip lets that many matches pass first, Times is for how many the rule holds (0: all).
	Skip  int `json:"skip"`
	Times int `json:"times"`
	// DelayMillis is waited before anything else.
	DelayMillis int `json:"delayMillis"`
	// Action is one of: pass, hold (until the rules are replaced, then pass), status (answer with Status, Headers and Body), drop (close the
	// connection before the request is forwarded), drop-after (forward it, then close the
	// connection), kill (SIGKILL to process Pid before it is forwarded), kill-after (forward it,
	// then SIGKILL).
	Action  string            `json:"action"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Pid     int               `json:"pid"`

	method, path *regexp.Regexp
	seen         int
	replaced     chan struct{}
}

type countKey struct {
	Method string `json:"method"`
	Route  string `json:"route"`
	Agent  string `json:"agent"`
	Code   int    `json:"code"`
}

// tally is how often, and when first.
type tally struct {
	Count int   `json:"count"`
	First int64 `json:"first"`
}

// troublemaker is the proxy's state: rules and counts.
type troublemaker struct {
	mu     sync.Mutex
	rules  []*rule
	counts map[countKey]*tally
	next   http.Handler
}

// newProxyCommand is the subcommand `proxy`.
func newProxyCommand() *cobra.Command {
	var target, kubeconfig, listen string
	command := &cobra.Command{
		Use:   "proxy",
		Short: "Count what passes to an API, and make trouble on demand",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return runProxy(target, kubeconfig, listen)
		},
	}
	flags := command.Flags()
	flags.StringVar(&target, "target", "", "address of the API to forward to")
	flags.StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of the API server to forward to")
	flags.StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on")
	return command
}

func runProxy(target, kubeconfig, listen string) error {
	next, err := forwarder(target, kubeconfig)
	if err != nil {
		return err
	}
	proxy := &troublemaker{counts: map[countKey]*tally{}, next: next}
	front, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(front, proxy) }()
	go func() { failed <- http.Serve(control, proxy.control()) }()
	ready, err := json.Marshal(map[string]string{
		"url":     "http://" + front.Addr().String(),
		"control": "http://" + control.Addr().String(),
	})
	if err != nil {
		return err
	}
	fmt.Println(string(ready))
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		close(closed)
	}()
	select {
	case err := <-failed:
		return err
	case <-closed:
		return nil
	}
}

// forwarder passes requests on to the one API or the other.
func forwarder(target, kubeconfig string) (http.Handler, error) {
	if (target == "") == (kubeconfig == "") {
		return nil, errors.New("proxy needs either --target or --kubeconfig")
	}
	var transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 64}
	if kubeconfig != "" {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		if err != nil {
			return nil, err
		}
		// HTTP/1.1 upstream: one connection a watch, so that a dropped one stays alone.
		config.NextProtos = []string{"http/1.1"}
		config.QPS = -1
		if transport, err = rest.TransportFor(config); err != nil {
			return nil, err
		}
		target = config.Host
	}
	address, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1,
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(address)
			request.Out.Host = address.Host
		},
		ErrorHandler: func(writer http.ResponseWriter, _ *http.Request, err error) {
			http.Error(writer, err.Error(), http.StatusBadGateway)
		},
	}, nil
}

func (t *troublemaker) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	rule := t.match(request)
	if rule == nil {
		t.forward(writer, request)
		return
	}
	time.Sleep(time.Duration(rule.DelayMillis) * time.Millisecond)
	switch rule.Action {
	case "hold":
		<-rule.replaced
		t.forward(writer, request)
	case "status":
		t.count(request, rule.Status)
		for name, value := range rule.Headers {
			writer.Header().Set(name, value)
		}
		writer.WriteHeader(rule.Status)
		_, _ = io.WriteString(writer, rule.Body)
	case "drop":
		t.count(request, 0)
		drop(writer)
	case "drop-after":
		t.forward(&discarded{header: http.Header{}}, request)
		drop(writer)
	case "kill":
		t.count(request, 0)
		_ = syscall.Kill(rule.Pid, syscall.SIGKILL)
		drop(writer)
	case "kill-after":
		t.forward(&discarded{header: http.Header{}}, request)
		_ = syscall.Kill(rule.Pid, syscall.SIGKILL)
		drop(writer)
	default:
		t.forward(writer, request)
	}
}

// match finds the first rule that holds for a request.
func (t *troublemaker) match(request *http.Request) *rule {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, rule := range t.rules {
		if !rule.method.MatchString(request.Method) || !rule.path.MatchString(request.URL.RequestURI()) {
			continue
		}
		if rule.Worker != "" && rule.Worker != request.Header.Get("X-Prefect-Worker-Name") {
			continue
		}
		rule.seen++
		if rule.seen <= rule.Skip || (rule.Times > 0 && rule.seen > rule.Skip+rule.Times) {
			continue
		}
		return rule
	}
	return nil
}

func (t *troublemaker) forward(writer http.ResponseWriter, request *http.Request) {
	recorder := &recorder{ResponseWriter: writer}
	// Counted when the answer begins: a watch never ends.
	recorder.begun = func(code int) { t.count(request, code) }
	t.next.ServeHTTP(recorder, request)
}

func (t *troublemaker) count(request *http.Request, code int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := countKey{request.Method, route(request.URL), request.UserAgent(), code}
	if t.counts[key] == nil {
		t.counts[key] = &tally{First: time.Now().UnixMilli()}
	}
	t.counts[key].Count++
}

func (t *troublemaker) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /rules", func(writer http.ResponseWriter, request *http.Request) {
		var rules []*rule
		err := json.NewDecoder(request.Body).Decode(&rules)
		for _, rule := range rules {
			rule.replaced = make(chan struct{})
			if err == nil {
				rule.method, err = regexp.Compile("^(?:" + rule.Method + ")")
			}
			if err == nil {
				rule.path, err = regexp.Compile(rule.Path)
			}
		}
		if err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		t.mu.Lock()
		for _, rule := range t.rules {
			close(rule.replaced)
		}
		t.rules = rules
		t.mu.Unlock()
	})
	mux.HandleFunc("GET /seen", func(writer http.ResponseWriter, _ *http.Request) {
		seen := []int{}
		t.mu.Lock()
		for _, rule := range t.rules {
			seen = append(seen, rule.seen)
		}
		t.mu.Unlock()
		_ = json.NewEncoder(writer).Encode(seen)
	})
	mux.HandleFunc("GET /counts", func(writer http.ResponseWriter, _ *http.Request) {
		type row struct {
			countKey
			tally
		}
		rows := []row{}
		t.mu.Lock()
		for key, tally := range t.counts {
			rows = append(rows, row{key, *tally})
		}
		t.mu.Unlock()
		_ = json.NewEncoder(writer).Encode(rows)
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) {
		t.mu.Lock()
		t.counts = map[countKey]*tally{}
		t.mu.Unlock()
	})
	return mux
}

var (
	uuids      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	pools      = regexp.MustCompile(`/work_pools/[^/]+`)
	namespaces = regexp.MustCompile(`/namespaces/[^/]+`)
	objects    = regexp.MustCompile(`/(jobs|pods|secrets)/[^/]+`)
)

// route is a path with its names and ids replaced; a watch is told from a list.
func route(address *url.URL) string {
	path := uuids.ReplaceAllString(address.Path, "{id}")
	path = pools.ReplaceAllString(path, "/work_pools/{name}")
	path = namespaces.ReplaceAllString(path, "/namespaces/{namespace}")
	path = objects.ReplaceAllString(path, "/$1/{name}")
	if address.Query().Get("watch") == "true" || address.Query().Get("watch") == "1" {
		path += "?watch"
	}
	return path
}

// recorder notes the status of an answer when it begins, and lets it stream.
type recorder struct {
	http.ResponseWriter
	begun func(int)
	done  bool
}

func (r *recorder) WriteHeader(code int) {
	if !r.done && (code >= 200 || code == http.StatusSwitchingProtocols) {
		r.done = true
		r.begun(code)
	}
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection (flushing, websockets).
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// discarded swallows an answer that the client shall not see.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header             { return d.header }
func (d *discarded) Write(bytes []byte) (int, error) { return len(bytes), nil }
func (d *discarded) WriteHeader(int)                 {}

// drop closes the client's connection without an answer.
func drop(writer http.ResponseWriter) {
	connection, _, err := http.NewResponseController(writer).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	if secure, ok := connection.(*tls.Conn); ok {
		_ = secure.NetConn().Close()
		return
	}
	_ = connection.Close()
}
