package audit

import (
	"crypto/sha256"
	"encoding/binary"
)

// Leaf is what a checkpoint says of one chain: how far it went, and what the last checkpoint before said of it that said
// something else. It tells nothing to who does not know the chain's last record.
type Leaf struct {
	Head
	Before [sha256.Size]byte // the sum of the chain's leaf before; zero: it is the chain's first
}

// Sum is the leaf as it stands in the tree: SHA-256 over a zero byte; the chain, 16 bytes; the count, 8 bytes, big-endian; the
// hash of the last record; and the sum of the leaf before, 32 bytes each.
func (l Leaf) Sum() [sha256.Size]byte {
	hashed := make([]byte, 0, 1+16+8+2*sha256.Size)
	hashed = append(append(hashed, 0), l.Chain[:]...)
	hashed = binary.BigEndian.AppendUint64(hashed, uint64(l.Count))
	return sha256.Sum256(append(append(hashed, l.Hash[:]...), l.Before[:]...))
}

// Tree is a Merkle tree as RFC 9162, section 2.1, has it. A checkpoint signs its root, so that it can be shown to one what it says
// of theirs, and nothing of others.
type Tree struct {
	levels [][][sha256.Size]byte // from the leaves to the root
}

// NewTree grows a tree over leaves in their order.
func NewTree(leaves [][sha256.Size]byte) Tree {
	t := Tree{levels: [][][sha256.Size]byte{leaves}}
	for level := leaves; len(level) > 1; t.levels = append(t.levels, level) {
		above := make([][sha256.Size]byte, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			above = append(above, node(level[i], level[i+1]))
		}
		if len(level)%2 == 1 { // who has no neighbour moves up
			above = append(above, level[len(level)-1])
		}
		level = above
	}
	return t
}

func node(left, right [sha256.Size]byte) [sha256.Size]byte {
	hashed := make([]byte, 0, 1+2*sha256.Size)
	return sha256.Sum256(append(append(append(hashed, 1), left[:]...), right[:]...))
}

// Root is the sum of the whole tree.
func (t Tree) Root() [sha256.Size]byte {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return sha256.Sum256(nil)
	}
	return top[0]
}

// Proof shows that the leaf of this index is in the tree.
func (t Tree) Proof(index int) Proof {
	p := Proof{Index: int64(index), Path: [][sha256.Size]byte{}}
	for _, level := range t.levels[:len(t.levels)-1] {
		if neighbour := index ^ 1; neighbour < len(level) {
			p.Path = append(p.Path, level[neighbour])
		}
		index /= 2
	}
	return p
}

// Proof shows that a leaf is in a tree, to who knows the tree's root and size.
type Proof struct {
	Index int64 // 0 for the first leaf
	Path  [][sha256.Size]byte
}

// Root is that of the tree of this size which has the leaf there, if there can be one.
func (p Proof) Root(leaf [sha256.Size]byte, size int64) (root [sha256.Size]byte, ok bool) {
	at, last := p.Index, size-1
	if at < 0 || at > last {
		return root, false
	}
	root = leaf
	for _, neighbour := range p.Path {
		switch {
		case last == 0:
			return root, false
		case at%2 == 1:
			root = node(neighbour, root)
		case at == last: // it moved up until it had a neighbour, on its left
			for at%2 == 0 {
				at, last = at/2, last/2
			}
			root = node(neighbour, root)
		default:
			root = node(root, neighbour)
		}
		at, last = at/2, last/2
	}
	return root, last == 0
}
