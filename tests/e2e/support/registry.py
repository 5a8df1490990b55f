"""A real schema registry, Apicurio with Confluent's API, and a front before it that tests can take
down, lock and encrypt.
"""

import base64
import http.server
import pathlib
import ssl
import threading
import urllib.error
import urllib.request

from kafka import free_port
from support.project import CACHE
from support.server import Server

VERSION = "2.6.13.Final"
PLACE = CACHE / f"apicurio-{VERSION}"
API = "/apis/ccompat/v7"
START_SECONDS = 120
JVM_FLAGS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class Apicurio(Server):
    """In memory, on a free port of 127.0.0.1."""

    def __init__(self, directory):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{API}"
        super().__init__("Apicurio", pathlib.Path(directory) / "apicurio.log", START_SECONDS)

    def __enter__(self):
        jar = PLACE / f"apicurio-registry-app-{VERSION}-runner.jar"
        assert jar.is_file(), f"{jar} is missing: scripts/deps --tests fetches it"
        self.launch(
            [
                "java",
                *JVM_FLAGS,
                "-Dquarkus.http.host=127.0.0.1",
                f"-Dquarkus.http.port={self.port}",
                "-jar",
                str(jar),
            ],
            cwd=PLACE,
        )
        return self

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/subjects", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


class Front:
    """Passes requests on to the registry. `login`: (user, password) that it asks for. `tls`: an
    ssl.SSLContext of a server. It may be stopped and started again on the same port.
    """

    def __init__(self, registry, login=None, tls=None):
        self.port = free_port()
        self.login = login
        self.calls = []
        self._registry = registry
        self._tls = tls
        self._server = None
        self._thread = None
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}{API}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._server = _Server(self)
        if self._tls:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self):
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None

    def answer(self, path, method, body, headers):
        """(status, body) of a request."""
        self.calls.append((method, path))
        if self.login:
            expected = "Basic " + base64.b64encode(":".join(self.login).encode()).decode()
            if headers.get("Authorization") != expected:
                return 401, b'{"error_code":401,"message":"no"}'
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._registry.port}{path}", data=body, method=method
        )
        if content_type := headers.get("Content-Type"):
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class _Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, front):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                status, text = front.answer(self.path, self.command, body, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", front.port), Handler)

    def handle_error(self, request, client_address):
        """Handshakes that fail are what some tests are about."""


def server_tls(certificate, client_authority=None):
    """`certificate`: (PEM file of it, of its key); `client_authority`: PEM file of who signs the
    clients that are let in.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(certificate[0]), str(certificate[1]))
    if client_authority:
        context.load_verify_locations(str(client_authority))
        context.verify_mode = ssl.CERT_REQUIRED
    return context
