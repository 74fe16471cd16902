"""How API Gateway behaves, and the page: what stands between clients and the engine.

In AWS the page and `/api/socketio` are CloudFront's, and the behaviour is API Gateway's own.
"""
