// Package db opens PostgreSQL pools and brings a database to the schema that this build knows. It owns no table and
// never decides what a schema holds.
package db
