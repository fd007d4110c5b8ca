"""PostgreSQL: the server that comes along as a Python package, roles and databases, and the programs that dump and restore."""
