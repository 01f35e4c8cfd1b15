// Package store is what the program keeps its things in.
package store

import (
	"context"
	"database/sql"
	"fmt"
)

var db *sql.DB

// Save keeps a name.
func Save(ctx context.Context, name string) error { // want `Save is worth marking \(score \d+\): takes a context, exported, returns an error, named for what people ask for, reaches a database` Save:`reaches a database`
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO names VALUES (?)", name); err != nil {
		_ = tx.Rollback()
		return fmt.Errorf("saving: %w", err)
	}
	return tx.Commit()
}

// List returns all names.
func List(context.Context) []string { return names }

var names []string

// Len is asked, and does nothing.
func Len() int { return len(names) }
