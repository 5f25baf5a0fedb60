"""Small pieces of Envoy's configuration."""

import datetime


def typed(name, **fields):
    """An extension's configuration."""
    return {"@type": f"type.googleapis.com/envoy.extensions.{name}", **fields}


def socket(address):
    """Where somebody listens."""
    return {"socket_address": {"address": address.host, "port_value": address.port}}


def duration(delta=None, **parts):
    """As Envoy reads one: "5s"."""
    seconds = (delta or datetime.timedelta(**parts)).total_seconds()
    return f"{seconds:g}s"


def named(kind, name, config, **fields):
    """An entry of a list of extensions: filters, loggers."""
    return {"name": f"envoy.{kind}.{name}", "typed_config": typed(config, **fields)}


def files_secret(name, settings):
    """Where the certificate or authority of this name comes from: files that are watched, so that
    what replaces them counts for new connections."""
    path = str(settings.secrets / f"{name}.yaml")
    source = {"path_config_source": {"path": path}, "resource_api_version": "V3"}
    return {"name": name, "sds_config": source}
