package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/model"
)

const verifyHelp = `Check somebody's history: JSON lines as docs/history.md says, plain or gzip.

Several histories are those of several processes of one group; they are merged
by their times, which begin at began_us of each header. The file - is standard
input. What a history cannot tell by its events stands in the settings of its
header; flags go before them.

Exit 0: no anomaly but allowed ones; 1: anomalies, or a history that
contradicts itself; 2: one that cannot be read.`

// verification is one call of verify.
type verification struct {
	sources  []*source
	settings model.Settings // those that flags name, see given
	given    map[string]bool
	fresh    bool
	ended    bool
	skew     time.Duration
	allow    []string
}

func verifyCommand() *cobra.Command {
	v := &verification{given: map[string]bool{}}
	var schema bool
	c := &cobra.Command{
		Use:   "verify HISTORY.jsonl…",
		Short: "Check somebody's history",
		Long:  verifyHelp,
		RunE: func(c *cobra.Command, args []string) error {
			if schema {
				_, err := c.OutOrStdout().Write(model.HistorySchema())
				return err
			}
			if len(args) == 0 {
				return usage("no history given; verify FILE…, or - for standard input (see groundhog verify --help)")
			}
			for _, s := range v.settings.List() {
				v.given[s.Name] = c.Flags().Changed(flagOf(s))
			}
			v.given["fresh"] = c.Flags().Changed("fresh")
			return v.run(c, args)
		},
	}
	f := c.Flags()
	f.BoolVar(&schema, "schema", false, "print the JSON Schema of a history's lines")
	f.BoolVar(&v.fresh, "fresh", false, "the history begins with its group and has all its members")
	f.BoolVar(&v.ended, "ended", false, "what was committed and not processed by the end of the history never will be: judge loss without an end event")
	f.DurationVar(&v.skew, "skew", 0, "by how much the clocks of the processes may differ")
	f.StringSliceVar(&v.allow, "allow", nil, "an anomaly to tolerate, by its name (may be repeated)")
	for _, s := range v.settings.List() {
		switch {
		case s.Flag != nil:
			f.BoolVar(s.Flag, flagOf(s), false, s.Text)
		case s.Us != nil:
			f.Var((*microseconds)(s.Us), flagOf(s), s.Text)
		default:
			f.Var((*count)(s.Count), flagOf(s), s.Text)
		}
	}
	return c
}

// flagOf names the flag of a setting: lag-bound for lag_bound_us.
func flagOf(s model.Setting) string {
	return strings.ReplaceAll(strings.TrimSuffix(s.Name, "_us"), "_", "-")
}

// count is a flag for a number.
type count int64

func (n *count) String() string { return strconv.FormatInt(int64(*n), 10) }
func (n *count) Type() string   { return "number" }
func (n *count) Set(s string) error {
	v, err := strconv.ParseInt(s, 10, 64)
	if err == nil && v < 0 {
		err = usage("a limit cannot be negative")
	}
	*n = count(v)
	return err
}

// microseconds is a flag for a time that is kept in µs.
type microseconds int64

func (m *microseconds) String() string { return (time.Duration(*m) * time.Microsecond).String() }
func (m *microseconds) Type() string   { return "duration" }
func (m *microseconds) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err == nil && d < 0 {
		err = usage("a bound cannot be negative")
	}
	*m = microseconds(d.Microseconds())
	return err
}

func (v *verification) run(c *cobra.Command, args []string) error {
	for _, name := range v.allow {
		if !slices.ContainsFunc(model.Catalogue, func(m model.Meaning) bool { return m.Name == name }) {
			var known []string
			for _, m := range model.Catalogue {
				known = append(known, m.Name)
			}
			return usage("--allow %s: there is no such anomaly; there are %s", name, strings.Join(known, ", "))
		}
	}
	if v.skew < 0 {
		return usage("--skew %v: clocks differ by a time that is not negative", v.skew)
	}
	defer func() {
		for _, s := range v.sources {
			s.close()
		}
	}()
	for _, arg := range args {
		s, err := newSource(c, arg, v.sources)
		if err != nil {
			return err
		}
		v.sources = append(v.sources, s)
	}
	verdict, err := v.judge()
	if err != nil {
		return err
	}
	if asJSON(c) {
		err = verdict.json(c)
	} else {
		verdict.print(c)
	}
	if err == nil && !verdict.pass() {
		return errVerdict
	}
	return err
}

// options are those of the judge, from the headers and the flags.
func (v *verification) options() (model.Options, error) {
	h := v.sources[0].header
	for _, s := range v.sources[1:] {
		h.Fresh = h.Fresh && s.header.Fresh
		if err := v.agree(&h.Settings, s); err != nil {
			return model.Options{}, err
		}
	}
	if v.given["fresh"] {
		h.Fresh = v.fresh
	}
	flags := v.settings.List()
	for i, s := range h.Settings.List() {
		switch {
		case !v.given[s.Name]:
		case s.Flag != nil:
			*s.Flag = *flags[i].Flag
		default:
			*s.Number() = *flags[i].Number()
		}
	}
	o := h.Options()
	if v.skew > 0 {
		o.Keep = comparedWithSkew
	}
	return o, nil
}

// agree adds the settings of another header; they must not contradict.
func (v *verification) agree(into *model.Settings, s *source) error {
	others := s.header.Settings.List()
	for i, set := range into.List() {
		if set.Flag != nil {
			*set.Flag = *set.Flag || *others[i].Flag
			continue
		}
		if mine, his := *set.Number(), *others[i].Number(); mine != his && mine != 0 && his != 0 && !v.given[set.Name] {
			return usage("%s: its header says %s %d, that of another history %d; decide it with --%s", s.name, set.Name, his, mine, flagOf(set))
		}
		*set.Number() = max(*set.Number(), *others[i].Number())
	}
	return nil
}
