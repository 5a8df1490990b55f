"""As much of a Kafka broker as a login with a token needs: TLS, ApiVersions, SaslHandshake,
SaslAuthenticate (kafka.apache.org/protocol). It keeps the tokens, says yes or no to them, and never
answers anything else.
"""

import socket
import ssl
import struct
import threading

API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
SASL_AUTHENTICATION_FAILED = 58
# What it says that it can: api key → highest version.
CAN = {0: 8, 1: 11, 2: 5, 3: 8, 8: 7, 9: 5, 10: 2, 11: 5, 12: 3, 13: 2, 14: 3, 17: 1, 18: 3, 36: 1}


class TokenBroker:
    def __init__(self, certificate_file, accepts=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_file)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self._connections = []
        self.accepts = accepts
        self.mechanisms = []
        self.tokens = []
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def servers(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        for connection in list(self._connections):
            connection.close()

    def _listen(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._connections.append(secured)
                while self._answer(secured):
                    pass
        except (OSError, struct.error):
            pass  # the client has gone

    def _answer(self, connection):
        size = self._read(connection, 4)
        if not size:
            return False
        request = self._read(connection, struct.unpack(">i", size)[0])
        key, version, correlation, length = struct.unpack(">hhih", request[:10])
        body = request[10 + max(length, 0) :]
        answer = self._answer_to(key, version, body)
        if answer is not None:
            answer = struct.pack(">i", correlation) + answer
            connection.sendall(struct.pack(">i", len(answer)) + answer)
        return True

    def _read(self, connection, count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                return b""
            data += more
        return data

    def _answer_to(self, key, version, body):
        if key == API_VERSIONS:
            apis = [struct.pack(">hhh", api, 0, highest) for api, highest in CAN.items()]
            if version < 3:
                return struct.pack(">hi", 0, len(apis)) + b"".join(apis)
            compact = bytes([len(apis) + 1]) + b"".join(api + b"\0" for api in apis)
            return struct.pack(">h", 0) + compact + struct.pack(">i", 0) + b"\0"
        if key == SASL_HANDSHAKE:
            self.mechanisms.append(body[2:].decode())
            return struct.pack(">hih", 0, 1, 11) + b"OAUTHBEARER"
        if key == SASL_AUTHENTICATE:
            text = body[4:].decode()
            self.tokens.append(text.split("auth=Bearer ")[1].split("\x01")[0])
            if self.accepts:
                return struct.pack(">hhiq", 0, -1, 0, 0)
            return struct.pack(">hh", SASL_AUTHENTICATION_FAILED, 6) + b"denied" + bytes(12)
        return None
