"""What holds for the whole source tree: layers, and the order of the house."""
