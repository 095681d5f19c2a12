package explore

import "fmt"

// follow walks along w, and writes the names of its actions, and its states if m can print them,
// into v.
func follow[S, A any](m Model[S, A], w *way[A], v *Violation) {
	show := func(*S) {}
	if d, ok := m.(StateDescriber[S]); ok {
		show = func(s *S) { v.States = append(v.States, d.DescribeState(s)) }
	}
	v.Init = w.init
	inits := m.Init()
	s, spare := &inits[w.init], new(S)
	show(s)
	for _, a := range w.actions {
		m.Apply(spare, s, a)
		s, spare = spare, s
		v.Path = append(v.Path, m.Describe(a))
		show(s)
	}
}

// Replay follows v.Path in m, and calls visit with the initial state, whose action is "", and with
// the state after each action. The state is valid during the call only. The error says which
// action is not enabled where the path has it, and which ones are: the path is then one of another
// model, or of the same one before it was changed.
func Replay[S, A any](m Model[S, A], v Violation, visit func(action string, s *S)) error {
	inits := m.Init()
	if v.Init < 0 || v.Init >= len(inits) {
		return fmt.Errorf("explore: the path starts in initial state %d, but there are %d",
			v.Init, len(inits))
	}
	s, spare := &inits[v.Init], new(S)
	visit("", s)
	var enabled []A
	for i, name := range v.Path {
		enabled = m.Actions(s, enabled[:0])
		a, err := named(m, name, enabled)
		if err != nil {
			return fmt.Errorf("explore: step %d: %w", i+1, err)
		}
		m.Apply(spare, s, a)
		s, spare = spare, s
		visit(name, s)
	}
	return nil
}

// named returns the one of actions that has a name.
func named[S, A any](m Model[S, A], name string, actions []A) (A, error) {
	var names []string
	for _, a := range actions {
		if m.Describe(a) == name {
			return a, nil
		}
		names = append(names, m.Describe(a))
	}
	return *new(A), fmt.Errorf("%q is not enabled; enabled are %q", name, names)
}
