package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// freePort finds a port of 127.0.0.1 that nothing listens on. It looks below
// the range that the kernel gives to outgoing connections, so that none takes
// the port before the component listens.
func freePort() (int, error) {
	const low, high = 15000, 32000
	for range 200 {
		port := low + rand.IntN(high-low)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, err
		}
		return port, nil
	}
	return 0, errors.New("no free port on 127.0.0.1")
}
