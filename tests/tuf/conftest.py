"""A simulated repository and a client of it, for each test its own."""
import os
import shutil

import pytest

from simulator import Client, Keyring, Server, Simulator


@pytest.fixture(scope="session")
def keyring():
    return Keyring()


@pytest.fixture(scope="session")
def server():
    one = Server()
    yield one
    one.close()


@pytest.fixture
def world(keyring, server, request):
    """The repository; published once, with version 1 of everything."""
    one = Simulator(keyring, consistent="not_consistent" not in request.node.name)
    server.worlds[str(id(one))] = one
    yield one
    del server.worlds[str(id(one))]


@pytest.fixture
def new_client(world, server, tmp_path, oree):
    """A client that trusts nothing yet."""
    os.environ["OREE_BINARY"] = str(oree)
    return Client(tmp_path / "client", server.address(str(id(world))))


@pytest.fixture
def client(new_client, world):
    """A client that trusts root 1."""
    assert new_client.init(world.files["root"][1]) == 0
    return new_client


@pytest.fixture
def faketime():
    if not shutil.which("faketime"):
        pytest.skip("no faketime on this machine; install the package of that name")
