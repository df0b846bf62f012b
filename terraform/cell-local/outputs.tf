# The contract of every cell type: terraform.CellOutputs in outputs.go.
output "cell" {
  value = {
    kind   = "local"
    region = var.region
    database = {
      host     = var.database.host
      port     = var.database.port
      template = longhouse_template_database.workspace.name
    }
    object_store = {
      endpoint       = var.object_store.endpoint
      region         = var.object_store.region
      tls            = var.object_store.tls
      path_style     = var.object_store.path_style
      backup_bucket  = longhouse_bucket.backup.name
      archive_bucket = longhouse_bucket.archive.name
    }
    workloads = {
      engine   = var.workloads.engine
      endpoint = var.workloads.endpoint
    }
  }
}
