// Command measure runs a command and prints what it cost: wall seconds, CPU
// seconds of all cores, and the most memory it ever held.
//
//	go run ./testdata/bench/measure gptsnap convert -a corpus.tar.zst -o out
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measure COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stdin, c.Stderr = os.Stdin, os.Stderr
	began := time.Now()
	err := c.Run()
	wall := time.Since(began)
	if c.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	peak := "?"
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = fmt.Sprint(u.Maxrss / 1024) // KiB on Linux
	}
	cpu := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	fmt.Printf("wall %.2f s  cpu %.2f s  peak %s MiB  exit %d\n", wall.Seconds(), cpu.Seconds(), peak, c.ProcessState.ExitCode())
}
