"""`./dev deploy`: the rendered manifests on podman, as a cluster would run them."""
