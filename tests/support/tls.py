"""A server that speaks TLS, with a certificate for localhost that nobody signed but itself."""

from __future__ import annotations

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from .scripted import Raw, RawServer


def make_certificate(folder: Path) -> Path:
    """Make one in a folder, with its key beside it; skips the test where openssl is not there."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"]
    made += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    try:
        subprocess.run(made, cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl")
    return folder / "cert.pem"


class TlsServer(RawServer):
    """The same over TLS."""

    def __init__(self, certificate: Path, *script: Raw) -> None:
        super().__init__(*script)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    def _talk(self, connection: socket.socket) -> None:
        try:
            connection = self._context.wrap_socket(connection, server_side=True)
        except (OSError, ssl.SSLError):
            connection.close()
            return
        super()._talk(connection)
