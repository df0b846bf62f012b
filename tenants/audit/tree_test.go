package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/google/uuid"
)

// mth is the Merkle tree hash as RFC 9162, section 2.1.1, defines it.
func mth(leaves [][32]byte) [32]byte {
	if len(leaves) == 0 {
		return sha256.Sum256(nil)
	}
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return node(mth(leaves[:k]), mth(leaves[k:]))
}

func TestATreeIsThatOfTheStandardAndProvesEachLeafInItsPlace(t *testing.T) {
	t.Parallel()
	var leaves [][32]byte
	for size := range 70 {
		tree, want := NewTree(leaves), mth(leaves)
		if tree.Root() != want {
			t.Fatalf("%d leaves: the root is %x, want %x", size, tree.Root(), want)
		}
		for i, leaf := range leaves {
			p := tree.Proof(i)
			if root, ok := p.Root(leaf, int64(size)); !ok || root != want {
				t.Errorf("leaf %d of %d is not proved: %x, %t", i, size, root, ok)
			}
			for _, wrong := range []Proof{{p.Index + 1, p.Path}, {p.Index - 1, p.Path}, {p.Index, append(p.Path, leaf)}, {p.Index, p.Path[:max(0, len(p.Path)-1)]}} {
				if root, ok := wrong.Root(leaf, int64(size)); ok && root == want && size > 1 {
					t.Errorf("leaf %d of %d is proved by %d, %d hashes", i, size, wrong.Index, len(wrong.Path))
				}
			}
			if root, ok := p.Root(sha256.Sum256(leaf[:]), int64(size)); ok && root == want {
				t.Errorf("another leaf is proved in place %d of %d", i, size)
			}
		}
		leaves = append(leaves, sha256.Sum256([]byte{byte(size)}))
	}
}

func TestALeafIsWhatTheDocumentationSays(t *testing.T) {
	t.Parallel()
	l := Leaf{Head: Head{uuid.MustParse("01930000-0000-7000-8000-000000000001"), 258, sha256.Sum256([]byte("head"))}, Before: sha256.Sum256([]byte("before"))}
	// Computed by another program from the description in docs/audit.md.
	const want, wantNode = "604aa6091c27ae481c7d5ee831941c78db7f864002a1c39fc2a45754904cb042", "09bda0c49344a4274d2202b56814924b5a20542fa05d321b5476b1cff86e4f1e"
	if got := l.Sum(); hex.EncodeToString(got[:]) != want {
		t.Errorf("leaf %x, want %s", got, want)
	}
	if got := node(sha256.Sum256([]byte("left")), sha256.Sum256([]byte("right"))); hex.EncodeToString(got[:]) != wantNode {
		t.Errorf("node %x, want %s", got, wantNode)
	}
}

// FuzzProof: no proof shows a leaf in a tree that does not have it.
func FuzzProof(f *testing.F) {
	leaves := make([][32]byte, 5)
	for i := range leaves {
		leaves[i] = sha256.Sum256([]byte{byte(i)})
	}
	tree := NewTree(leaves)
	f.Add(int64(0), int64(5), leaves[0][:], []byte{})
	f.Add(int64(4), int64(5), leaves[4][:], tree.levels[2][0][:])
	f.Add(int64(1<<62), int64(1<<62), leaves[4][:], make([]byte, 3200))
	f.Fuzz(func(t *testing.T, index, size int64, leaf, path []byte) {
		p, at := Proof{Index: index}, [32]byte{}
		copy(at[:], leaf)
		for ; len(path) >= 32; path = path[32:] {
			p.Path = append(p.Path, [32]byte(path))
		}
		root, ok := p.Root(at, size)
		if ok && root == tree.Root() && size == 5 && at != leaves[index] {
			t.Errorf("%x is shown in place %d", leaf, index)
		}
	})
}
