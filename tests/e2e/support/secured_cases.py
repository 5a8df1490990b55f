"""What test_secured.py tries: how mappings log in, what each failure shows, and all the secrets."""

from collections import namedtuple

from support.secured import PLAIN_PASSWORD, PLAIN_USER, encrypted

CONNECTION = "Connection error. Please check your event source connection configuration."
SASL = "SASL authentication failed."
RIGHTS = "Cluster failed to authorize Lambda."
CLIENT = "Server failed to authenticate Lambda."
SERVER = "Lambda failed to authenticate server."
CERTIFICATE = "Provided certificate or private key is invalid."
SECRET = (
    "Connection error. Your event source VPC must be able to connect to Lambda and STS, Secrets "
    "Manager (if event source authentication is required), and the OnFailure Destination (if one "
    "is configured)."
)
AUTHN, AUTHZ = "EVENT_SOURCE_AUTHN_ERROR", "EVENT_SOURCE_AUTHZ_ERROR"
CONFIG = "ESM_CONFIG_NOT_VALID"
NONE = "USER_INITIATED"

# What the log event says: message ({uuid}, {topic}, {group} are filled in), class of the exception.
DENIED = ("[{uuid}]: Access denied", "errors.SaslAuthenticationException")
HANDSHAKE = ("SSL handshake failed", "errors.SslAuthenticationException")
PEM = ("Invalid PEM keystore configs", "errors.InvalidConfigurationException")
TIMEOUT = ("Timeout expired while fetching topic metadata", "errors.TimeoutException")
UNKNOWN_HOST = (
    "No resolvable bootstrap urls given in bootstrap.servers",
    "config.ConfigException",
)
TOPIC = (
    "Not authorized to access topics: [{topic}]",
    "errors.TopicAuthorizationException",
)
GROUP = ("Not authorized to access group: {group}", "errors.GroupAuthorizationException")

PLAIN, SCRAM_256, SCRAM_512 = "BASIC_AUTH", "SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH"
MTLS, CA = "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE"

SCRAM_USER, SCRAM_PASSWORD = "carol", "carol-scram-81d2"

# `access`: pairs of type and secret; `hint`: what the line for people says.
Good = namedtuple("Good", "listener access protocol mechanism")
Bad = namedtuple("Bad", "listener access result reason logged hint")

GOOD = {
    "plain": Good("sasl_ssl", [(PLAIN, "plain"), (CA, "ca")], "SASL_SSL", "PLAIN"),
    "scram256": Good("sasl_ssl", [(SCRAM_256, "scram"), (CA, "ca")], "SASL_SSL", "SCRAM-SHA-256"),
    "scram512": Good("sasl_ssl", [(SCRAM_512, "scram"), (CA, "ca")], "SASL_SSL", "SCRAM-SHA-512"),
    "no-tls": Good("sasl_plaintext", [(SCRAM_512, "scram")], "SASL_PLAINTEXT", "SCRAM-SHA-512"),
    "mtls": Good("mtls", [(MTLS, "client"), (CA, "ca")], "SSL", None),
    "chain": Good("mtls", [(MTLS, "chain"), (CA, "ca")], "SSL", None),
    "encrypted": Good("mtls", [(MTLS, "encrypted"), (CA, "ca")], "SSL", None),
    "tls": Good("tls", [(CA, "ca")], "SSL", None),
}

BAD = {
    "scram-password": Bad(
        "sasl_ssl", [(SCRAM_512, "wrong"), (CA, "ca")], SASL, AUTHN, DENIED, "password is wrong"
    ),
    "plain-password": Bad(
        "sasl_ssl", [(PLAIN, "wrong"), (CA, "ca")], SASL, AUTHN, DENIED, "password is wrong"
    ),
    "unknown-user": Bad(
        "sasl_ssl", [(SCRAM_256, "nobody"), (CA, "ca")], SASL, AUTHN, DENIED, "user is unknown"
    ),
    "mechanism": Bad(
        "plain_only", [(SCRAM_512, "scram")], SASL, AUTHN, DENIED, "does not offer SCRAM-SHA-512"
    ),
    "topic-denied": Bad(
        "sasl_ssl", [(SCRAM_512, "scram"), (CA, "ca")], RIGHTS, AUTHZ, TOPIC, "grant Describe and"
    ),
    "group-denied": Bad(
        "sasl_ssl", [(SCRAM_512, "scram"), (CA, "ca")], RIGHTS, AUTHZ, GROUP, "Read on the group"
    ),
    "other-ca": Bad(
        "sasl_ssl", [(PLAIN, "plain"), (CA, "other_ca")], SERVER, AUTHN, HANDSHAKE, "signed by"
    ),
    "no-ca": Bad("mtls", [(MTLS, "client")], SERVER, AUTHN, HANDSHAKE, "signed by nobody"),
    "other-name": Bad("other_name", [(CA, "ca")], SERVER, AUTHN, HANDSHAKE, "another host name"),
    "expired": Bad("expired", [(CA, "ca")], SERVER, AUTHN, HANDSHAKE, "has expired"),
    "stranger": Bad(
        "mtls", [(MTLS, "stranger"), (CA, "ca")], CLIENT, AUTHN, HANDSHAKE, "does not take"
    ),
    "expired-client": Bad(
        "mtls", [(MTLS, "expired_client"), (CA, "ca")], CLIENT, AUTHN, HANDSHAKE, "has expired"
    ),
    "no-client": Bad("mtls", [(CA, "ca")], CLIENT, AUTHN, HANDSHAKE, "wants a client certificate"),
    "key-password": Bad(
        "mtls", [(MTLS, "wrong-key-password"), (CA, "ca")], CERTIFICATE, CONFIG, PEM, "password"
    ),
    "other-key": Bad("mtls", [(MTLS, "other-key"), (CA, "ca")], CERTIFICATE, CONFIG, PEM, "key"),
    "not-pem": Bad("mtls", [(MTLS, "client"), (CA, "not-pem")], CERTIFICATE, CONFIG, PEM, "PEM"),
    "plain-to-tls": Bad("tls", [], CONNECTION, NONE, TIMEOUT, "TLS or a login"),
    "plain-to-login": Bad("sasl_plaintext", [], CONNECTION, NONE, TIMEOUT, "TLS or a login"),
    "tls-to-plain": Bad("plaintext", [(CA, "ca")], CONNECTION, NONE, TIMEOUT, "speaks no TLS"),
    "no-secret": Bad(
        "sasl_ssl", [(SCRAM_512, "missing"), (CA, "ca")], SECRET, CONFIG, None, "missing"
    ),
    "no-member": Bad(
        "sasl_ssl", [(SCRAM_512, "no-member"), (CA, "ca")], SECRET, CONFIG, None, "password"
    ),
    "unknown-host": Bad("", [], CONNECTION, NONE, UNKNOWN_HOST, "does not resolve"),
    "no-topic": Bad("tls", [(CA, "ca")], CONNECTION, NONE, TIMEOUT, "does not exist"),
}


def uri(secret):
    return f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{secret}-AbCdEf"


def secrets_of(broker):
    made = broker.certificates

    def pair(certificate, key, password=None):
        secret = {"certificate": certificate, "privateKey": key}
        return {**secret, "privateKeyPassword": password} if password else secret

    locked = encrypted(made["chain"].key, "key-password-5b07")
    return {
        "plain": {"username": PLAIN_USER, "password": PLAIN_PASSWORD},
        "scram": {"username": SCRAM_USER, "password": SCRAM_PASSWORD},
        "wrong": {"username": SCRAM_USER, "password": "not-the-password"},
        "nobody": {"username": "nobody", "password": SCRAM_PASSWORD},
        "no-member": {"username": SCRAM_USER},
        "ca": {"certificate": made["ca"].certificate},
        "other_ca": {"certificate": made["other_ca"].certificate},
        "not-pem": {"certificate": "this is no certificate"},
        **{name: pair(*made[name]) for name in ("client", "chain", "stranger", "expired_client")},
        "encrypted": pair(made["chain"].certificate, locked, "key-password-5b07"),
        "wrong-key-password": pair(made["chain"].certificate, locked, "not-the-key-password"),
        "other-key": pair(made["client"].certificate, made["stranger"].key),
    }
