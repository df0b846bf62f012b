# The cell of one machine: what a workspace's database is copied from, and where backups and archives go. The
# PostgreSQL cluster, the object store and the workload engine themselves are started by `longhouse up`.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    # Served by the running longhouse process. The host is our own, so that nobody else can publish under this name.
    longhouse = { source = "longhouse.dev/longhouse/longhouse" }
  }
}

resource "longhouse_template_database" "workspace" {
  name       = "${replace(var.cell, "-", "_")}_template"
  extensions = ["pg_trgm", "unaccent"]
}

resource "longhouse_bucket" "backup" {
  name = "${var.cell}-backup"
}

resource "longhouse_bucket" "archive" {
  name = "${var.cell}-archive"
}
