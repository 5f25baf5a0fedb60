"""The gateway, Envoy: the one way in from outside, for JSON, gRPC and gRPC-Web.

    settings.py   what differs between places: addresses, files, who is believed, how much is let in
    api.py        the methods of the API and their paths, read from the descriptor set
    listener.py   what a client meets: TLS, limits, filters in their order
    routes.py     where each method goes, and for how long; what no method is
    upstream.py   the services behind, and the issuer's keys
    render.py     all of it as Envoy's configuration; writes what cluster/ holds
    cluster/      the configuration that a cluster mounts, and how it is drained
"""
