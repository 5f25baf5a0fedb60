"""Where things are in the podman network of `./dev deploy`; overlay/site.yaml says the same."""

import ipaddress

NETWORK = "scharnier-deploy"
SUBNET = ipaddress.ip_network("10.217.53.0/24")
HOST = str(SUBNET[1])  # this machine: the issuer and the relay
NAMES = str(SUBNET[2])
POSTGRES = str(SUBNET[3])
BALANCER = str(SUBNET[4])  # of the Service of the gateway; nobody has it
PODS = [str(each) for each in SUBNET][20:-1]
DOMAIN = "scharnier.svc.cluster.local"
PUBLIC_NAME = "api.scharnier.example.org"
# What manifests name and the network has not: who stands in.
OUTSIDE = {
    "login.example.org": HOST,
    "relay.example.org": HOST,
    "postgres.example.org": POSTGRES,
}
USER = 65532  # of every pod, and its group
