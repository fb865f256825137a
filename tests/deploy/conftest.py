"""Where what is shipped lies."""
import pytest


@pytest.fixture(scope="session")
def deploy(root):
    return root / "deploy"
