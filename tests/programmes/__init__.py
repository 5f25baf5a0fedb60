"""Published programmes, played end to end over gRPC alone, like any outside system would."""
