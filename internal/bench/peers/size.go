package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// sizes prints what each peer adds to the programs that do not record.
func sizes(shop shop, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "size of the binary, kB\t")
	suffixes := []string{""}
	if shop.symbols {
		suffixes = append(suffixes, unstripped)
	}
	for _, program := range shop.kinds {
		for _, suffix := range suffixes {
			fmt.Fprintf(table, "%s\tadds\t", program+suffix)
		}
	}
	fmt.Fprintln(table)
	seen := map[string]bool{}
	for _, p := range peers {
		if seen[p.with] {
			continue
		}
		seen[p.with] = true
		if shop.missing[p.with] != nil {
			fmt.Fprintf(table, "%s\tnot measured: %v\t\n", p.with, shop.missing[p.with])
			continue
		}
		fmt.Fprintf(table, "%s\t", p.with)
		for _, program := range shop.kinds {
			for _, suffix := range suffixes {
				with, err := size(shop.binary(program, p.with) + suffix)
				if err != nil {
					return err
				}
				without, err := size(shop.binary(program, "none") + suffix)
				if err != nil {
					return err
				}
				fmt.Fprintf(table, "%.0f\t%+.0f\t", with, with-without)
			}
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

// size is in kB, of 1,000 bytes.
func size(binary string) (float64, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return 0, fmt.Errorf("weighing a binary: %w", err)
	}
	return float64(info.Size()) / 1000, nil
}
