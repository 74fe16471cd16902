"""API Gateway's manners, and the page: what stands between clients and the engine.

In AWS the page and `/api/socketio` are CloudFront's, and the manners are API Gateway's own.
"""
