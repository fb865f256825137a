"""The words, and peers that are not ours: the reference tool for signatures, a registry, a TPM in software."""
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from packages import Words  # noqa: E402


@pytest.fixture(scope="session")
def words(oree) -> Words:
    return Words(oree)


@pytest.fixture(scope="session")
def release_key(words, tmp_path_factory):
    """(private, public) of whoever releases models."""
    key = tmp_path_factory.mktemp("keys") / "release.key"
    words.good("keygen", "signing", key)
    return key, key.with_name("release.key.pub")


@pytest.fixture(scope="session")
def certified_key(tmp_path_factory):
    """(private, chain, root): a certificate's key, and the authority that vouches for it."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True)

    for name in ("root", "leaf"):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", f"{name}.key")
    openssl("req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=plant root", "-days", "30", "-out", "root.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-new", "-key", "leaf.key", "-subj", "/O=Plant/CN=release", "-out", "leaf.csr")
    (folder / "usage").write_text("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30",
            "-extfile", "usage", "-out", "leaf.pem")
    return folder / "leaf.key", folder / "leaf.pem", folder / "root.pem"
