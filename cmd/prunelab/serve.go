package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"prunelab/cmd/prunelab/internal/serve"
)

type serveCmd struct {
	Dir  string `arg:"" name:"dir" help:"The results folder of a run, or a folder that holds several."`
	Addr string `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where to listen (default: this machine alone, a port that is free)."`
}

func (*serveCmd) Help() string {
	return `Shows runs in a browser while they go on: progress, who works on what, what
failed, and the report from the trials that there are; of a folder of several, the
list and the scoreboard. Nothing is written and nothing can be changed from the
browser. Ctrl-C ends it; the runs go on.

  prunelab serve results/quick
  prunelab serve results --addr 127.0.0.1:8080

On a cluster it runs where the folder is, and a tunnel brings it to your desk:

  ssh -L 8080:127.0.0.1:8080 head-node      then open http://127.0.0.1:8080/`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(s *session) error {
	asked, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return usageError{fmt.Errorf("--addr %s: %w; write HOST:PORT, as 127.0.0.1:8080, with port 0 for any that is free", c.Addr, err)}
	}
	host, ip := asked, net.ParseIP(asked)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if !local {
		s.notice(fmt.Sprintf("warning: everybody who reaches %s can read the results; --addr 127.0.0.1:0 and a tunnel keep them to yourself", c.Addr))
		host = ""
	}
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	pages, err := serve.New(ctx, c.Dir, host)
	if err != nil {
		return usageError{err}
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen at %s: %w", c.Addr, err)
	}
	fmt.Fprintf(s.stdout, "%s: http://%s/\n", c.Dir, reached(asked, l.Addr()))
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-s.ctx.Done():
	}
	stop() // ends the events
	last, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// reached is how a browser reaches what listens at an address: under the host that was
// asked for or, where that is every address of this machine, under its name.
func reached(asked string, at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return at.String()
	}
	host := asked
	if ip := net.ParseIP(asked); asked == "" || ip != nil && ip.IsUnspecified() {
		name, err := os.Hostname()
		if err != nil {
			name = "localhost"
		}
		host = name
	}
	return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
