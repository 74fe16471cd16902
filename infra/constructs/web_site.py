"""A page on CloudFront with the APIs of sockets under the same name. It knows nothing of the chat."""

from collections.abc import Sequence
from pathlib import Path
from string import Template

from aws_cdk import Aws, Duration, Names, RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from aws_cdk.aws_cloudfront_origins import HttpOrigin, S3BucketOrigin
from constructs import Construct

from serverless_socketio.cdk.accepted import accept

VIEWER_REQUEST = Path(__file__).with_name("viewer_request.js")
HEALTH_PATH = "/health"

PRICE_CLASSES = {
    "100": cloudfront.PriceClass.PRICE_CLASS_100,
    "200": cloudfront.PriceClass.PRICE_CLASS_200,
    "all": cloudfront.PriceClass.PRICE_CLASS_ALL,
}
"""Where CloudFront answers: Europe and North America; most of Asia, Africa and the Middle East too; everywhere."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' wss:{}; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's own files and nothing inline. `wss:`: not every browser counts a socket as 'self' (CSP 3, 6.7.2.8)."""

HSTS_DAYS = 365

ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Every status for which CloudFront takes an error response: for the least time that it keeps an answer of that status,
ten seconds unless it is told another ("How CloudFront processes HTTP 4xx and 5xx status codes"), whatever the cache
policy says. It keeps no others, but for what their own headers say."""

NO_REQUEST_LOG = "The legacy log holds query strings, in which clients may send their keys; site_log.py is the other."
OWN_CERTIFICATE_ONLY = "The name cloudfront.net takes TLS 1.0 whatever is set; with site_domain it is 1.2."


class WebSite(Construct):
    """A private bucket behind a distribution, which also leads `socket_path` to a WebSocket API, or a polling API.

    The bucket is empty: `make publish` fills it, and says by each file's `Cache-Control` how long it is good.
    CloudFront asks the bucket again after a second where that is `no-cache`, so nothing is ever invalidated. The bucket
    stays when the stack goes, for its files are not the stack's. No error is kept.

    The APIs see every header and query string of the viewer but `Host`; the name that the page has comes as
    `X-Forwarded-Host`. So they need not know `url`, and can be there long before the page.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        api_host: Host name of the WebSocket API.
        api_path: Path of its stage, e.g. `/live`.
        socket_path: Path that clients know, e.g. `/api/socketio`; a slash behind it does not matter.
        polling_domain: Host name of an HTTP API that serves `transport=polling` at that path, if there is one.
        price_class: A key of `PRICE_CLASSES`.
        domain: A name of one's own, or "" for that of the distribution.
        certificate_arn: The certificate for `domain`, in us-east-1.
        web_acl_arn: A web ACL of WAF for CloudFront, in us-east-1, or "".
        connect_origins: Other origins that the page may ask, such as those of an issuer of tokens.

    Attributes:
        bucket: Where the page belongs.
        distribution: What serves it; a `domain` has to be made an alias of its `domain_name`.
        url: `https://…` of the page, without a slash at the end: its origin.

    `/health` is answered at the edge: it says that the page's name leads here, and nothing of what is behind.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        api_host: str,
        api_path: str,
        socket_path: str,
        polling_domain: str | None = None,
        price_class: str = "100",
        domain: str = "",
        certificate_arn: str = "",
        web_acl_arn: str = "",
        connect_origins: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self._policy = CONTENT_SECURITY_POLICY.format("".join(f" {origin}" for origin in connect_origins))
        # Names of CloudFront's policies are an account's, not a region's, and have 64 characters at most.
        self._name = f"{Names.unique_resource_name(self, max_length=48)}-{Aws.REGION}"
        self.bucket = self._bucket()
        pages = self._pages()
        at_the_edge = self._at_the_edge(socket_path, api_path, polling_domain)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            default_root_object="index.html",
            default_behavior=pages,
            additional_behaviors={
                f"{socket_path}*": self._socket(api_host, at_the_edge),
                HEALTH_PATH: cloudfront.BehaviorOptions(
                    origin=pages.origin,  # which is never asked
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                    cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                    function_associations=[at_the_edge],
                ),
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in ERRORS
            ],
            price_class=PRICE_CLASSES[price_class],
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            domain_names=[domain] if domain else None,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn) if domain else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if domain else None,
            web_acl_id=web_acl_arn or None,
        )
        accept(
            self.distribution,
            {
                "CFR1": "A key may be used from anywhere in the world.",
                "CFR2": "A web ACL costs by the month: site_web_acl_arn attaches one.",
                "CFR3": NO_REQUEST_LOG,
                "CFR4": OWN_CERTIFICATE_ONLY,
            },
        )
        self.url = f"https://{domain or self.distribution.domain_name}"

    def _bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        accept(bucket, {"S1": "CloudFront alone reads it, and what lies in it is a public page."})
        return bucket

    def _pages(self) -> cloudfront.BehaviorOptions:
        access = cloudfront.S3OriginAccessControl(self, "Access", origin_access_control_name=self._name)
        return cloudfront.BehaviorOptions(
            origin=S3BucketOrigin.with_origin_access_control(self.bucket, origin_access_control=access),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            compress=True,
            response_headers_policy=self._headers(),
        )

    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=self._name,
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=self._policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(HSTS_DAYS), override=True
                ),
            ),
        )

    def _at_the_edge(
        self, socket_path: str, api_path: str, polling_domain: str | None
    ) -> cloudfront.FunctionAssociation:
        code = Template(VIEWER_REQUEST.read_text()).substitute(
            SocketPath=socket_path, ApiPath=api_path, PollingDomain=polling_domain or ""
        )
        function = cloudfront.Function(
            self,
            "SocketPath",
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            comment="Leads sockets to the API of their transport, and answers what goes to none",
        )
        return cloudfront.FunctionAssociation(function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)

    def _socket(self, api_host: str, at_the_edge: cloudfront.FunctionAssociation) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=HttpOrigin(
                api_host,
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            ),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            compress=False,
            function_associations=[at_the_edge],
        )
