package assignor

// JavaMap (javahash.go) suits the few members of a group. The assignors need
// the order of a hundred thousand partitions, and that of crowded buckets too:
// partitions 0, 64, 128, … all fall into one. javaKeys is for them.

const (
	javaTreeFrom = 8 // a chain this long that gets one more becomes a tree
	javaChainTo  = 6 // a tree that a split leaves this small becomes a chain
	noKey        = int32(-1)
)

// javaKeys are the keys of a java.util.HashMap or HashSet. A key is a small
// number of the caller's, below the universe it was made for; the caller says
// what its hash code is, and never puts one that is there already.
type javaKeys struct {
	heads []int32 // by bucket: its first key
	next  []int32 // by key: the one after it in its bucket
	hash  []int32 // by key, spread
	size  int
	limit int // a size beyond it makes the table grow
	start int // the size of the table when the first key comes

	trees []treeLink // by key; nil as long as no bucket has become a tree
	// tie compares two keys of equal hash, as their Comparable does; nil for
	// keys that Java cannot compare.
	tie func(a, b int32) int
}

func newJavaKeys(universe int) *javaKeys {
	k := &javaKeys{next: make([]int32, universe), hash: make([]int32, universe)}
	k.reset(javaTable)
	return k
}

// reset makes it empty, as a new HashMap of that initial capacity.
func (k *javaKeys) reset(capacity int) {
	k.size, k.limit, k.heads = 0, 0, k.heads[:0]
	for k.start = 1; k.start < capacity; k.start *= 2 {
	}
}

// put is HashMap.put and HashSet.add: the key goes to the end of its bucket.
func (k *javaKeys) put(key, hash int32) {
	if len(k.heads) == 0 {
		k.grow()
	}
	first := k.prepare(key, hash)
	switch {
	case first == noKey:
		k.heads[k.bucket(key)] = key
	case k.isTree(first):
		k.treePut(key)
	default:
		last, n := first, 1
		for k.next[last] != noKey {
			last = k.next[last]
			n++
		}
		k.next[last] = key
		if n >= javaTreeFrom {
			k.crowded(k.bucket(key))
		}
	}
	k.size++
	if k.size > k.limit {
		k.grow()
	}
}

// compute is HashMap.computeIfAbsent for a key that is absent: it goes to the
// front of its bucket, and the table grows one call later than with put.
func (k *javaKeys) compute(key, hash int32) {
	k.computePresent()
	first := k.prepare(key, hash)
	if first != noKey && k.isTree(first) {
		k.treePut(key)
	} else {
		n := 0
		for at := first; at != noKey; at = k.next[at] {
			n++
		}
		k.next[key] = first
		k.heads[k.bucket(key)] = key
		if n >= javaTreeFrom-1 {
			k.crowded(k.bucket(key))
		}
	}
	k.size++
}

// computePresent is what HashMap.computeIfAbsent does for a key that is there.
func (k *javaKeys) computePresent() {
	if len(k.heads) == 0 || k.size > k.limit {
		k.grow()
	}
}

// remove is HashMap.remove. (Removal through an iterator needs no method here:
// it leaves the others in their order.)
func (k *javaKeys) remove(key int32) {
	k.size--
	b := k.bucket(key)
	if k.isTree(key) {
		k.treeRemove(key)
		return
	}
	if k.heads[b] == key {
		k.heads[b] = k.next[key]
		return
	}
	before := k.heads[b]
	for k.next[before] != key {
		before = k.next[before]
	}
	k.next[before] = k.next[key]
}

// appendOrder appends the keys in the order in which Java iterates over them.
func (k *javaKeys) appendOrder(to []int32) []int32 {
	for _, key := range k.heads {
		for ; key != noKey; key = k.next[key] {
			to = append(to, key)
		}
	}
	return to
}

func (k *javaKeys) bucket(key int32) int32 { return k.hash[key] & int32(len(k.heads)-1) }

func (k *javaKeys) prepare(key, hash int32) (first int32) {
	k.hash[key], k.next[key] = javaSpread(hash), noKey
	if k.trees != nil {
		k.trees[key].tree = false
	}
	return k.heads[k.bucket(key)]
}

// crowded is for a bucket whose chain got too long: a small table grows, in a
// larger one the chain becomes a tree.
func (k *javaKeys) crowded(bucket int32) {
	if len(k.heads) < javaSmallTable {
		k.grow()
	} else {
		k.makeTree(bucket)
	}
}

// grow makes the table, or doubles it: each bucket is split into two, in which
// keys keep their order.
func (k *javaKeys) grow() {
	old := len(k.heads)
	if old == 0 {
		k.heads = append(k.heads, noKey)
		for len(k.heads) < k.start {
			k.heads = append(k.heads, k.heads...)
		}
	} else {
		for b := range old {
			k.heads = append(k.heads, noKey)
			if first := k.heads[b]; first != noKey && (k.next[first] != noKey || k.hash[first]&int32(old) != 0) {
				k.split(int32(b), int32(old))
			}
		}
	}
	k.limit = len(k.heads) / 4 * 3
	if n := len(k.heads); n < 4 {
		k.limit = n / 2 // of 1 and 2 buckets
	}
}

func (k *javaKeys) split(bucket, old int32) {
	first := k.heads[bucket]
	tree := k.isTree(first)
	heads, tails, counts := [2]int32{noKey, noKey}, [2]int32{noKey, noKey}, [2]int{}
	for key, next := first, noKey; key != noKey; key = next {
		next = k.next[key]
		k.next[key] = noKey
		half := 0
		if k.hash[key]&old != 0 {
			half = 1
		}
		if tails[half] == noKey {
			heads[half] = key
		} else {
			k.next[tails[half]] = key
		}
		tails[half] = key
		counts[half]++
	}
	k.heads[bucket], k.heads[bucket+old] = heads[0], heads[1]
	if tree {
		// The table is not at its new length yet for the buckets after this
		// one, hence trees are told their bucket.
		k.resettle(bucket, counts[0], counts[1])
		k.resettle(bucket+old, counts[1], counts[0])
	}
}

// inOrder says that small numbers, put into a HashSet one after the other,
// surely stand in it as they came: they ascend, and each has a bucket for
// itself.
func inOrder(numbers func(i int) int32, n int) bool {
	if n == 0 {
		return true
	}
	table := javaTable
	for n > table/4*3 {
		table *= 2
	}
	if numbers(0) < 0 || numbers(n-1) >= int32(min(table, 1<<16)) {
		return false
	}
	for i := 1; i < n; i++ {
		if numbers(i) <= numbers(i-1) {
			return false
		}
	}
	return true
}
