-- What the domain does for each event, in a transaction of its own.
insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details)
values ($1, now(), $2, 'per_06gzs1k9qhsh7dx9dyx6781qvr', 'workspace.stop', 'ws_06gzs1k9qhsh7dx9dyx6781qvr',
        'req_06gzs1k9qhsh7dx9dyx6781qvr', '{"operation": "op_06gzs1k9qhsh7dx9dyx6781qvr"}')
