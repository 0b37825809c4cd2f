"""The roles of a deployment as processes: gateway, worker, desk, wall; each module builds and runs one."""
