"""Roles belong to the whole server, whichever of its databases is made ready."""

from concurrent.futures import ThreadPoolExecutor

from infra.database.provisioning import furnish


def test_several_databases_of_a_server_are_made_ready_at_once(server):
    """As two containers do at a start, or two tests that each want a database of their own."""
    names = [f"at_once_{nr}" for nr in range(4)]
    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(lambda name: furnish(server.connect, server.passwords, name), names))
    with server.connect() as connection:
        made = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'at_once_%' ORDER BY 1")
        assert [name for (name,) in made] == names
