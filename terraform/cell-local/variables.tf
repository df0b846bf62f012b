variable "cell" {
  description = "Name of the cell, the beginning of its buckets' names."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$", var.cell))
    error_message = "The cell's name must be 1 to 50 lower-case letters, digits and dashes, no dash at either end."
  }
}

variable "region" {
  description = "Region that the cell belongs to."
  type        = string

  validation {
    condition     = var.region != ""
    error_message = "The region must be named."
  }
}

variable "database" {
  description = "Where the cell's PostgreSQL listens: a directory of a unix socket, or a host name."
  type        = object({ host = string, port = number })
}

variable "object_store" {
  description = "Where the cell's object store listens, and how S3 clients have to speak to it."
  type = object({
    endpoint   = string
    region     = string
    tls        = bool
    path_style = bool
  })
}

variable "workloads" {
  description = "Which engine runs the cell's workspaces, and where it takes orders."
  type        = object({ engine = string, endpoint = string })
}
