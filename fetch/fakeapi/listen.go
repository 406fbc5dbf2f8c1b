package fakeapi

import (
	"cmp"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"time"
)

// Listen serves s on a free port of the loopback interface until stop is
// called, and answers the address to give to fetch as its base URL.
func (s *Server) Listen() (url string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("fake account: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) // ends with ErrServerClosed when stop closes it
	return "http://" + l.Addr().String(), server.Close, nil
}

// Union is an account made of the folders of several file systems. A name
// that more than one has is the first one's.
func Union(all ...fs.FS) fs.FS { return union(all) }

type union []fs.FS

func (u union) Open(name string) (fs.File, error) {
	err := error(&fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist})
	for _, fsys := range u {
		var f fs.File
		if f, err = fsys.Open(name); err == nil {
			return f, nil
		}
	}
	return nil, err
}

// ReadDir lists the entries of all, sorted by name.
func (u union) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	var err error
	for _, fsys := range u {
		var some []fs.DirEntry
		if some, err = fs.ReadDir(fsys, name); err != nil {
			continue
		}
		for _, e := range some {
			if !slices.ContainsFunc(all, func(o fs.DirEntry) bool { return o.Name() == e.Name() }) {
				all = append(all, e)
			}
		}
	}
	if len(all) == 0 && err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return all, nil
}
