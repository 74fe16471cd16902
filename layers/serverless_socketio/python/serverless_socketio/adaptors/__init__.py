"""What stands behind the ports: memory, DynamoDB, API Gateway, the system."""
