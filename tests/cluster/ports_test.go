package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

func TestFreePortIsKept(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	// A component listens, ends, and listens again.
	for range 2 {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		client, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		listener.Close()
	}
	// Nobody else holds it, and no connection goes out from it.
	if err := holdPort(port); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port that is held was held again: %v", err)
	}
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}}
	if client, err := dialer.Dial("tcp", target.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		if err == nil {
			client.Close()
		}
		t.Errorf("an outgoing connection had a port that is held: %v", err)
	}
}
