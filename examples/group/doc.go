// Package group is GROUP(M, P, R, C): a small model of a consumer group with the classic protocol, to
// be searched exhaustively. It has M members and P partitions with R records each, and at most C
// crashes in all; timeouts are left out, as any message can be late and any crashed member expire.
//
// It serves as an example of a model for package explore, and as a yardstick: the same model has been
// written for SPIN, TLC, stateright and flat explorers in C and Go, and all of them find
//
//	M, P, R, C      states   transitions
//	2, 1, 1, 1      14,709        39,565
//	2, 2, 2, 1   1,154,182     3,879,388
//	3, 2, 1, 1   2,492,679     9,420,909
//
// Three properties hold in every reachable state. S1: every record below the committed offset has
// been processed. S2: a commit of an old generation never changes a committed offset. S3: a partition
// has at most one owner in the current generation. Each of three mutants violates one of them.
package group
