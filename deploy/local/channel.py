"""How a client reaches a service: over TLS, with a token or a certificate."""

import grpc


def open_channel(address, ca_file, certificate=None, options=None):
    """A channel to a service that has a certificate of the authority in `ca_file`. Whoever has a
    `certificate` (authority.Pair) shows it."""
    credentials = grpc.ssl_channel_credentials(
        root_certificates=ca_file.read_bytes(),
        private_key=certificate.key if certificate else None,
        certificate_chain=certificate.certificate if certificate else None,
    )
    return grpc.secure_channel(address, credentials, options)


def bearer(token):
    """The metadata that carry a token."""
    return [("authorization", f"Bearer {token}")]


def action(token):
    """The metadata that carry an action token, as it came by mail."""
    return [("authorization", f"Action {token}")]
