"""The whole stack on this machine: an engine that is AWS enough, an edge with API Gateway's manners, `make run`."""
