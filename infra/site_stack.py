"""The page of the chat as a stack of its own: where CloudFront is refused, the chat is there all the same."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.chat_stack import ChatStack
from infra.config import Config
from infra.constructs.site_log import SiteLog
from infra.constructs.web_site import WebSite

SOCKET_PATH = "/api/socketio"  # on the page's name, as locally


class SiteStack(Stack):
    """Bucket and distribution, which know the chat's APIs by their names. The chat knows nothing of the page."""

    def __init__(self, scope: Construct, id: str, *, chat: ChatStack, settings: Config) -> None:
        super().__init__(scope, id, description="The page of a Socket.IO chat with AI agents")
        self.site = WebSite(
            self,
            "Site",
            api_host=chat.socketio.api.host,
            api_path=chat.socketio.path,
            socket_path=SOCKET_PATH,
            polling_domain=chat.socketio.polling_domain,
            price_class=settings.site_price_class,
            domain=settings.site_domain,
            certificate_arn=settings.site_certificate_arn,
            web_acl_arn=settings.site_web_acl_arn,
            connect_origins=chat.sign_in.origins if chat.sign_in else (),
        )
        if settings.site_access_log:
            SiteLog(self, "SiteLog", distribution=self.site.distribution, log_days=settings.log_retention_days)
        config: dict[str, Any] = {
            "socketPath": SOCKET_PATH,
            "enableWebsockets": settings.enable_websockets,
            "vapidPublicKey": settings.vapid_public_key,
        }
        if chat.sign_in and chat.sign_in.client_id:
            config["signIn"] = chat.sign_in.page
        # What `tools.publish` needs, and what the page is to know; every visitor of the page can read that.
        outputs = {
            "SiteUrl": self.site.url,
            "SiteDomain": self.site.distribution.domain_name,
            "SiteDistribution": self.site.distribution.distribution_id,
            "SiteConfig": self.to_json_string(config),
            "BucketSite": self.site.bucket.bucket_name,
        }
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)
