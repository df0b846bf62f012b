-- The SHA-256 of the secret by which an instance asks the control plane for what its workspace's system console does. It is another one at each
-- start; null: the instance has none, and asks for nothing.
alter table instances add column control_token_hash bytea;
create unique index instances_control_token on instances (control_token_hash) where control_token_hash is not null;

-- Whom an IP filter lets in for one purpose only, by a token; pass is what edges are told of those. Both stand beside the rules, so that whoever
-- knows rules alone, as the version before does, lets in fewer and never more.
alter table ip_filters add column exceptions jsonb not null default '[]';
alter table ip_filters add column pass json not null default '[]';
