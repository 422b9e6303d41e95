"""The environment's certificates, key log, netrc and proxies are used by an account that trusts it, and by no other."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.scripted import Answer, Raw, RawServer, Server, customer, http, page
from tests.support.tls import TlsServer, make_certificate
from tests.support.workplace import BIKES, Project

OK = Raw([http(b'{"error": false, "customers": [], "pagination": {"count": 0, "next_offset": null}}')])


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def environment(folder: Path, certificate: Path) -> Mapping[str, str]:
    """An environment in which the certificate is trusted, in both ways, and every key is logged."""
    hashed = folder / "authorities"
    hashed.mkdir()
    found = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)], check=True, capture_output=True, text=True
    )
    hashed.joinpath(f"{found.stdout.strip()}.0").symlink_to(certificate)
    return {
        "SSL_CERT_FILE": str(certificate),
        "SSL_CERT_DIR": str(hashed),
        "SSLKEYLOGFILE": str(folder / "keys.log"),
    }


@pytest.mark.parametrize("trusts", [False, True])
def test_the_environments_certificates_and_key_log_are_used_where_it_is_trusted_only(
    trusts: bool, certificate: Path, project: Project
) -> None:
    trust = f"trust_env = {str(trusts).lower()}\n"
    with TlsServer(certificate, OK) as server:
        project.configure(BIKES + trust, f"https://localhost:{server.port}")
        ran = project.etl("check", env=environment(project.folder, certificate))
    log = project.folder / "keys.log"
    logged = log.read_text() if log.exists() else ""
    if trusts:
        assert (ran.code, len(server.requests), "TRAFFIC_SECRET" in logged) == (0, 1, True), ran.err
    else:
        assert (ran.code, len(server.requests), "SECRET" in logged) == (75, 0, False), ran.err
        assert "certificate" in ran.err


def test_the_keys_of_a_trusted_server_are_not_logged_for_the_environment(certificate: Path, project: Project) -> None:
    with TlsServer(certificate, OK) as server:
        project.configure(BIKES + f'ca_file = "{certificate}"\n', f"https://localhost:{server.port}")
        ran = project.etl("check", env=environment(project.folder, certificate))
    log = project.folder / "keys.log"
    assert (ran.code, len(server.requests)) == (0, 1), ran.err
    assert not log.exists() or "SECRET" not in log.read_text()


def test_the_systems_own_authorities_are_trusted_without_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.http.connector import tls_context

    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    usual = ssl.create_default_context().cert_store_stats()
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    context = tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats() == usual


def test_neither_a_netrc_nor_a_proxy_of_the_environment_is_used(project: Project) -> None:
    netrc = project.folder / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password n3trc-s3cr3t\n")
    netrc.chmod(0o600)
    with RawServer(Raw([http(b"{}")])) as proxy, Server([Answer(page([customer(1)]))]) as server:
        named = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), proxy.base_url)
        ran = project.configure(BIKES, server.base_url).etl("check", env={**named, "NETRC": str(netrc), "no_proxy": ""})
    assert (ran.code, proxy.requests) == (0, []), ran.err
    (seen,) = server.seen
    assert seen.headers["Authorization"] == "Basic c2hvcDpzM2NyM3QtcGFzc3dvcmQ="
