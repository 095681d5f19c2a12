package assignor

// treeRemove takes a key out of its bucket's tree; a tree that looks small
// from its root becomes a chain again.
func (k *javaKeys) treeRemove(key int32) {
	bucket, t := k.bucket(key), k.trees
	root := k.rootOf(k.heads[bucket])
	prev, next := t[key].prev, k.next[key]
	if prev == noKey {
		k.heads[bucket] = next
	} else {
		k.next[prev] = next
	}
	if next != noKey {
		t[next].prev = prev
	}
	t[key].tree = false
	if k.heads[bucket] == noKey {
		return
	}
	left, right := t[root].child[0], t[root].child[1]
	if left == noKey || right == noKey || t[left].child[0] == noKey {
		k.unmakeTree(bucket)
		return
	}
	k.rootToFront(bucket, k.treeDetach(root, key))
}

// treeDetach takes a key out of the tree and restores balance.
func (k *javaKeys) treeDetach(root, key int32) int32 {
	t := k.trees
	if t[key].child[0] != noKey && t[key].child[1] != noKey {
		root = k.swapWithSuccessor(root, key)
	}
	heir := t[key].child[0]
	if heir == noKey {
		heir = t[key].child[1]
	}
	if heir == noKey {
		// A leaf stays until the rest is balanced around it.
		if !t[key].red {
			root = k.treeLighten(root, key)
		}
		if p := t[key].parent; p != noKey {
			t[p].child[k.side(key)] = noKey
		}
		return root
	}
	p := t[key].parent
	if p == noKey {
		root = heir
	} else {
		t[p].child[k.side(key)] = heir
	}
	t[heir].parent = p
	if p == noKey {
		t[heir].red = false
	}
	if !t[key].red {
		root = k.treeLighten(root, heir)
	}
	return root
}

// swapWithSuccessor lets a key with two children and the next larger one
// change places and colours.
func (k *javaKeys) swapWithSuccessor(root, key int32) int32 {
	t := k.trees
	s := t[key].child[1]
	for t[s].child[0] != noKey {
		s = t[s].child[0]
	}
	a, b := t[key], t[s]
	if a.parent == noKey {
		root = s
	} else {
		t[a.parent].child[k.side(key)] = s
	}
	t[s].parent, t[s].red, t[key].red = a.parent, a.red, b.red
	t[key].child = b.child
	t[s].child = a.child
	if a.child[1] == s {
		t[s].child[1], t[key].parent = key, s
	} else {
		t[key].parent = b.parent
		t[b.parent].child[0] = key
		t[a.child[1]].parent = s
	}
	t[a.child[0]].parent = s
	if b.child[1] != noKey {
		t[b.child[1]].parent = key
	}
	return root
}

// treeLighten restores balance where the paths through x have one black key
// too few.
func (k *javaKeys) treeLighten(root, x int32) int32 {
	t := k.trees
	for x != root && !t[x].red {
		p, s := t[x].parent, k.side(x)
		w := t[p].child[1-s]
		if k.red(w) {
			t[w].red, t[p].red = false, true
			root = k.rotate(root, p, s)
			w = t[p].child[1-s]
		}
		if w == noKey {
			x = p
			continue
		}
		near, far := t[w].child[s], t[w].child[1-s]
		if !k.red(near) && !k.red(far) {
			t[w].red = true
			x = p
			continue
		}
		if !k.red(far) {
			t[near].red, t[w].red = false, true
			root = k.rotate(root, w, 1-s)
			w = t[p].child[1-s]
			far = t[w].child[1-s]
		}
		t[w].red, t[p].red = t[p].red, false
		if far != noKey {
			t[far].red = false
		}
		root = k.rotate(root, p, s)
		x = root
	}
	t[x].red = false
	return root
}
