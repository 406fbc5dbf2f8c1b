package archive

import "sync"

const (
	cacheFrames = 8
	cacheBytes  = 16 << 20
)

// A cache keeps the frames that were unpacked last, since records that are
// read one after the other lie side by side. A frame that several goroutines
// want is unpacked once. Buffers of frames that have left the cache are used
// again as soon as nobody holds them.
type cache struct {
	mu     sync.Mutex
	blocks []*block // the most recently used last
	spare  [][]byte
}

// A block is what a frame unpacks to.
type block struct {
	c     *cache
	n     int
	ready chan struct{}
	raw   []byte
	err   error
	users int  // guarded by c.mu, as is gone
	gone  bool // no longer in the cache
}

// loneBlock is a block that is in no cache.
func loneBlock(raw []byte) *block { return &block{raw: raw, c: &cache{}, users: 1} }

// get returns block n, made by load if it is not there. load may use the
// memory that it is given.
func (c *cache) get(n int, load func(room []byte) ([]byte, error)) (*block, error) {
	c.mu.Lock()
	for i, b := range c.blocks {
		if b.n == n {
			b.users++
			copy(c.blocks[i:], c.blocks[i+1:])
			c.blocks[len(c.blocks)-1] = b
			c.mu.Unlock()
			<-b.ready
			if b.err != nil {
				b.release()
				return nil, b.err
			}
			return b, nil
		}
	}
	b := &block{c: c, n: n, ready: make(chan struct{}), users: 1}
	c.blocks = append(c.blocks, b)
	var room []byte
	if k := len(c.spare); k > 0 {
		room, c.spare = c.spare[k-1], c.spare[:k-1]
	}
	c.mu.Unlock()

	raw, err := load(room)
	c.mu.Lock()
	b.raw, b.err = raw, err
	if err != nil {
		c.drop(b)
	}
	c.shrink()
	c.mu.Unlock()
	close(b.ready)
	if err != nil {
		b.release()
		return nil, err
	}
	return b, nil
}

// shrink keeps the cache within its bounds; c.mu is held.
func (c *cache) shrink() {
	total := 0
	for _, b := range c.blocks {
		total += cap(b.raw)
	}
	for i := 0; i < len(c.blocks)-1 && (len(c.blocks) > cacheFrames || total > cacheBytes); {
		b := c.blocks[i]
		if b.raw == nil { // still being made
			i++
			continue
		}
		total -= cap(b.raw)
		c.drop(b)
	}
}

// drop takes b out of the cache; c.mu is held.
func (c *cache) drop(b *block) {
	for i, x := range c.blocks {
		if x == b {
			c.blocks = append(c.blocks[:i], c.blocks[i+1:]...)
			break
		}
	}
	b.gone = true
	c.reuse(b)
}

// release says that the caller of get has done with b.
func (b *block) release() {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.users--
	b.c.reuse(b)
}

func (c *cache) reuse(b *block) {
	if b.gone && b.users == 0 && b.raw != nil && len(c.spare) < 4 && cap(b.raw) <= 1<<20 {
		c.spare = append(c.spare, b.raw)
		b.raw = nil
	}
}
