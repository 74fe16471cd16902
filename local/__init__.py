"""The whole stack on this machine: an engine that is AWS enough, an edge that acts as API Gateway, `make run`."""
