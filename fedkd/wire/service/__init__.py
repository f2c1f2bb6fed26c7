"""The aggregator's gRPC service: streams of knowledge in bounded chunks, and the calls around them."""
