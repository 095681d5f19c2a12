// Command groundhog runs Kafka consumer groups in a simulated world where
// every crash, delay and rebalance comes from one recorded list of decisions,
// checks what happened against what was promised, and plays the same on
// Apache Kafka.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Campaigns make and drop many small worlds: memory is cheap here, and
	// collecting it is not.
	debug.SetGCPercent(400)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err := stopWorlds(); err != nil {
		fmt.Fprintln(os.Stderr, "groundhog:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errVerdict) {
		fmt.Fprintln(errs, "groundhog:", err)
	}
	return exitCode(err)
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "groundhog",
		Short:         "Deterministic simulation and model checking of Kafka consumer groups",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("unknown command %q (see groundhog --help)", args[0])
			}
			return c.Help()
		},
	}
	root.PersistentFlags().Bool("json", false, "one JSON object a line")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%v (see groundhog %s --help)", err, c.Name())
	})
	root.AddCommand(checkCommand(), listCommand(), runCommand(), replayCommand(), shrinkCommand(), exploreCommand(), verifyCommand(), assignCommand(), conformCommand(), kfakeCommand(),
		docsCommand(), docsKafkaCommand())
	for _, c := range root.Commands() {
		if args := c.Args; args != nil {
			c.Args = func(c *cobra.Command, given []string) error {
				if err := args(c, given); err != nil {
					return usage("%v (see groundhog %s --help)", err, c.Name())
				}
				return nil
			}
		}
	}
	return root
}

func asJSON(c *cobra.Command) bool {
	on, _ := c.Flags().GetBool("json")
	return on
}
