// Package sim is a deterministic simulation engine. It knows nothing of Kafka.
//
// A World holds nodes, the connections between them, their timers and a
// virtual clock. Everything that can happen next is an Action: a small
// comparable value that can be printed and parsed. Next gives the earliest
// one, Enabled all of them in canonical order, and Apply makes one happen;
// every driver (timed random, untimed random, replay, the shrinker, and the
// exhaustive search of package explore) goes through Apply.
//
// Randomness enters only as draws, each a function of the seed and of what it
// is drawn for, so that taking one fault out of a run leaves all other luck as
// it was. What a run decided is its Log, a text file that replays it.
package sim
