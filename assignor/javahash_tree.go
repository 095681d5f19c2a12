package assignor

import "cmp"

// A HashMap makes a crowded bucket into a red-black tree, ordered by hash. Its
// keys still hang in a chain as well, along which one iterates; a new key goes
// in there behind its parent in the tree, and whichever key becomes the root
// moves to the front. So the shape of the tree shows in the order.

// treeLink is what a key has besides its chain while its bucket is a tree.
type treeLink struct {
	child  [2]int32 // left and right
	parent int32
	prev   int32 // in the chain
	red    bool
	tree   bool
}

func (k *javaKeys) isTree(key int32) bool { return k.trees != nil && k.trees[key].tree }

// makeTree makes a bucket's chain into a tree, whatever it was before.
func (k *javaKeys) makeTree(bucket int32) {
	if k.trees == nil {
		k.trees = make([]treeLink, len(k.next))
	}
	root, prev := noKey, noKey
	for key := k.heads[bucket]; key != noKey; key = k.next[key] {
		k.trees[key] = treeLink{child: [2]int32{noKey, noKey}, parent: noKey, prev: prev, tree: true}
		prev = key
		if root == noKey {
			root = key
			continue
		}
		parent, side := k.treePlace(root, key)
		root = k.treeAttach(root, parent, side, key)
	}
	k.rootToFront(bucket, root)
}

// unmakeTree makes it a chain again.
func (k *javaKeys) unmakeTree(bucket int32) {
	for key := k.heads[bucket]; key != noKey; key = k.next[key] {
		k.trees[key].tree = false
	}
}

// resettle looks after one half of a tree that was split in two.
func (k *javaKeys) resettle(bucket int32, n, other int) {
	switch {
	case n <= javaChainTo:
		k.unmakeTree(bucket)
	case other > 0:
		k.makeTree(bucket)
	}
}

func (k *javaKeys) treePut(key int32) {
	bucket := k.bucket(key)
	root := k.rootOf(k.heads[bucket])
	parent, side := k.treePlace(root, key)
	after := k.next[parent]
	k.trees[key] = treeLink{child: [2]int32{noKey, noKey}, prev: parent, tree: true}
	k.next[parent], k.next[key] = key, after
	if after != noKey {
		k.trees[after].prev = key
	}
	k.rootToFront(bucket, k.treeAttach(root, parent, side, key))
}

func (k *javaKeys) rootOf(key int32) int32 {
	for k.trees[key].parent != noKey {
		key = k.trees[key].parent
	}
	return key
}

// treePlace is where a new key belongs: under which parent, on which side.
// Keys of one hash that cannot be compared stand in the order of their
// addresses in Java, which nobody can tell: here the later is the larger.
func (k *javaKeys) treePlace(root, key int32) (parent int32, side int) {
	for at := root; at != noKey; at = k.trees[parent].child[side] {
		c := cmp.Compare(k.hash[key], k.hash[at])
		if c == 0 && k.tie != nil {
			c = k.tie(key, at)
		}
		parent, side = at, 1
		if c < 0 {
			side = 0
		}
	}
	return parent, side
}

// rootToFront moves the root to the front of its bucket's chain.
func (k *javaKeys) rootToFront(bucket, root int32) {
	first := k.heads[bucket]
	if first == root {
		return
	}
	prev, next := k.trees[root].prev, k.next[root]
	k.next[prev] = next
	if next != noKey {
		k.trees[next].prev = prev
	}
	k.trees[first].prev, k.trees[root].prev = root, noKey
	k.next[root] = first
	k.heads[bucket] = root
}

func (k *javaKeys) red(key int32) bool { return key != noKey && k.trees[key].red }

// side is on which side of its parent a key hangs.
func (k *javaKeys) side(key int32) int {
	if k.trees[k.trees[key].parent].child[0] == key {
		return 0
	}
	return 1
}

// rotate turns a key down to the given side; the child on its other side takes
// its place. It gives the root, which may have become another.
func (k *javaKeys) rotate(root, key int32, side int) int32 {
	t := k.trees
	up := t[key].child[1-side]
	inner := t[up].child[side]
	t[key].child[1-side] = inner
	if inner != noKey {
		t[inner].parent = key
	}
	parent := t[key].parent
	t[up].parent = parent
	if parent == noKey {
		root = up
	} else {
		t[parent].child[k.side(key)] = up
	}
	t[up].child[side] = key
	t[key].parent = up
	return root
}

// treeAttach hangs a key in as a red leaf and restores balance.
func (k *javaKeys) treeAttach(root, parent int32, side int, key int32) int32 {
	t := k.trees
	t[key].parent, t[key].red = parent, true
	t[parent].child[side] = key
	for x := key; x != root && t[t[x].parent].red; {
		p := t[x].parent
		g := t[p].parent
		s := k.side(p)
		if uncle := t[g].child[1-s]; k.red(uncle) {
			t[p].red, t[uncle].red, t[g].red = false, false, true
			x = g
			continue
		}
		if k.side(x) != s {
			root = k.rotate(root, p, s)
			x, p = p, x
		}
		t[p].red, t[g].red = false, true
		root = k.rotate(root, g, 1-s)
	}
	t[root].red = false
	return root
}
