"""A real Kafka broker with every kind of listener, users, rights and certificates of its own.

    with SecuredKafka(directory) as broker:
        broker.servers("sasl_ssl")       # "127.0.0.1:…"
        broker.certificates["client"]    # PEM texts: certificate and key
        broker.set_password("alice", "SCRAM-SHA-512", "…")
        broker.allow("alice", topic="orders", group="readers")

PLAINTEXT is the fixtures' back door: whoever comes in there may do everything.
"""

import datetime
import ipaddress
import pathlib
import subprocess
from collections import namedtuple

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from kafka import Kafka, free_port

REQUEST_SECONDS = 30
PLAIN_USER, PLAIN_PASSWORD = "alice", "alice-plain-3f9c"
ITERATIONS = 4096

ALL_MECHANISMS = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
Listener = namedtuple("Listener", "protocol certificate mechanisms client_auth")
LISTENERS = {
    "sasl_plaintext": Listener("SASL_PLAINTEXT", None, ALL_MECHANISMS, None),
    "plain_only": Listener("SASL_PLAINTEXT", None, "PLAIN", None),
    "sasl_ssl": Listener("SASL_SSL", "broker", ALL_MECHANISMS, "none"),
    "tls": Listener("SSL", "broker", None, "none"),
    "mtls": Listener("SSL", "broker", None, "required"),
    "other_name": Listener("SSL", "other_name", None, "none"),
    "expired": Listener("SSL", "expired", None, "none"),
}
# What a listener's own mechanisms are.
LOGINS = """listener.name.{name}.sasl.enabled.mechanisms={mechanisms}
listener.name.{name}.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
listener.name.{name}.scram-sha-256.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.{name}.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""
TLS = """listener.name.{name}.ssl.keystore.type=PEM
listener.name.{name}.ssl.keystore.location={directory}/{certificate}.pem
listener.name.{name}.ssl.truststore.type=PEM
listener.name.{name}.ssl.truststore.location={directory}/ca.pem
listener.name.{name}.ssl.client.auth={client_auth}
listener.name.{name}.ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT
"""
RIGHTS = """authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=false
"""

Pair = namedtuple("Pair", "certificate key")  # PEM texts; the certificate may be a chain


class Authority:
    """Signs certificates, which are good for some days around now unless told otherwise."""

    def __init__(self, name, parent=None):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer = parent or self
        self.certificate = issuer.sign(self.name, self.key.public_key(), is_authority=True)
        self.pem = pem_of(self.certificate)

    def sign(self, name, public_key, is_authority=False, hosts=(), days=(-1, 30)):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if hosts:
            names = [general_name(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def pair(self, name, chain="", **how):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self.sign(subject, key.public_key(), **how)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Pair(pem_of(certificate) + chain, private.decode())


def pem_of(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def general_name(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def encrypted(key, password):
    """The key under a password, with a PBES1 algorithm as AWS wants it."""
    command = ["openssl", "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "stdin"]
    # The password comes first, then the key: both from the one standard input.
    return subprocess.run(
        command, input=f"{password}\n{key}", capture_output=True, check=True, text=True
    ).stdout


def make_certificates():
    ca, other = Authority("klambda test ca"), Authority("another ca")
    between = Authority("klambda test intermediate", ca)
    here = ("localhost", "127.0.0.1")
    made = {
        "ca": Pair(ca.pem, None),
        "other_ca": Pair(other.pem, None),
        "broker": ca.pair("broker", hosts=here),
        "other_name": ca.pair("broker", hosts=("elsewhere.example",)),
        "expired": ca.pair("broker", hosts=here, days=(-30, -1)),
        "client": ca.pair("client1"),
        "chain": between.pair("client1", chain=between.pem + ca.pem),
        "stranger": other.pair("client1"),
        "expired_client": ca.pair("client1", days=(-30, -1)),
    }
    return made


class SecuredKafka(Kafka):
    """A Kafka whose listeners, but for the first, ask who comes in."""

    def __init__(self, directory):
        self.certificates = make_certificates()
        self.tls = pathlib.Path(directory)
        for name, (certificate, key) in self.certificates.items():
            (self.tls / f"{name}.pem").write_text((key or "") + certificate)
        ports = {name: free_port() for name in LISTENERS}
        super().__init__(
            listeners={
                name.upper(): (listener.protocol, ports[name])
                for name, listener in LISTENERS.items()
            },
            properties=RIGHTS
            + "".join(self._properties(name, listener) for name, listener in LISTENERS.items()),
        )
        self._ports = {"plaintext": self.port, **ports}

    def _properties(self, name, listener):
        lines = ""
        if listener.mechanisms:
            lines += LOGINS.format(
                name=name,
                mechanisms=listener.mechanisms,
                user=PLAIN_USER,
                password=PLAIN_PASSWORD,
            )
        if listener.certificate:
            lines += TLS.format(name=name, directory=self.tls, **listener._asdict())
        return lines

    def servers(self, listener):
        return f"127.0.0.1:{self._ports[listener]}"

    def _admin(self):
        return AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 2})

    def set_password(self, user, mechanism, password):
        """Creates the user where there is none; None takes it away."""
        kind = ScramMechanism[mechanism.replace("-", "_")]
        if password is None:
            change = UserScramCredentialDeletion(user, kind)
        else:
            info = ScramCredentialInfo(kind, ITERATIONS)
            change = UserScramCredentialUpsertion(user, info, password.encode())
        admin = self._admin()
        admin.alter_user_scram_credentials([change])[user].result(REQUEST_SECONDS)

    def _rights(self, make, user, topic, group):
        operation, permission = AclOperation, AclPermissionType
        wanted = [(ResourceType.TOPIC, topic), (ResourceType.GROUP, group)]
        return [
            make(
                *(kind, name, ResourcePatternType.LITERAL),
                *(f"User:{user}", "*", operation.READ, permission.ALLOW),
            )
            for kind, name in wanted
            if name is not None
        ]

    def allow(self, user, topic=None, group=None):
        """Read, which includes Describe."""
        admin = self._admin()
        rights = self._rights(AclBinding, user, topic, group)
        for answer in admin.create_acls(rights).values():
            answer.result(REQUEST_SECONDS)

    def deny(self, user, topic=None, group=None):
        """Takes back what allow() gave."""
        admin = self._admin()
        for answer in admin.delete_acls(
            self._rights(AclBindingFilter, user, topic, group)
        ).values():
            answer.result(REQUEST_SECONDS)
