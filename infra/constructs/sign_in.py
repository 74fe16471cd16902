"""Sign-in by an issuer of tokens: one that is named, or a Cognito user pool."""

from urllib.parse import urlsplit

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Config
from serverless_socketio.cdk.accepted import accept

LOCAL_PAGE = "http://localhost:3000/"  # of `make run`, which may sign in at a deployed pool
TOKEN_LIFE = Duration.hours(1)
REFRESH_LIFE = Duration.days(30)


class SignIn(Construct):
    """What functions and the page need to know of an issuer.

    A user pool that is made here asks for an e-mail address and, with `keep_data`, stays when the stack goes. The page
    is a client without a secret, as OAuth 2.0 has it for browsers (RFC 9700): codes with PKCE and nothing else.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        settings: The deployment's.

    Attributes:
        issuer: What `iss` of an accepted token says.
        origins: The origins that the page asks.
        client_id: The page's at the issuer; empty: it offers no sign-in. Of a user pool once `introduce` made it.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Config) -> None:
        super().__init__(scope, id)
        self._settings = settings
        self.client_id = settings.auth_client_id
        self.outputs: dict[str, str] = {}
        self._pool: cognito.IUserPool | None = None
        if settings.cognito:
            self._pool = self._make_pool() if settings.cognito == "new" else self._find_pool()
            self.issuer = f"https://cognito-idp.{Aws.REGION}.{Aws.URL_SUFFIX}/{self._pool.user_pool_id}"
            self.origins = [f"https://cognito-idp.{Aws.REGION}.{Aws.URL_SUFFIX}", *settings.auth_origins]
        else:
            self.issuer = settings.auth_issuer
            self.origins = ["{0.scheme}://{0.netloc}".format(urlsplit(self.issuer)), *settings.auth_origins]
        if settings.cognito == "new":
            self.origins.append(self._add_domain())

    @property
    def page(self) -> dict[str, str]:
        """What the page is told."""
        return {"issuer": self.issuer, "clientId": self.client_id, "scope": self._settings.auth_scope}

    def introduce(self, *functions: lambda_.Function) -> None:
        """Register the page with a user pool, and tell functions of it. What is not Cognito they know already.

        The page is a stack of its own, which comes later: `page_url` says where it is (`tools/deploy.py`).
        """
        if self._pool is None:
            return
        pages = [f"{url}/" for url in [self._settings.page_url] if url]
        client = self._pool.add_client(
            "Page",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(),  # by its own pages alone
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=TOKEN_LIFE,
            id_token_validity=TOKEN_LIFE,
            refresh_token_validity=REFRESH_LIFE,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.custom(scope) for scope in self._settings.auth_scope.split()],
                callback_urls=[*pages, LOCAL_PAGE],
                logout_urls=[*pages, LOCAL_PAGE],
            ),
        )
        self.client_id = client.user_pool_client_id
        self.outputs = {"UserPool": self._pool.user_pool_id, "UserPoolClient": self.client_id}
        for function in functions:
            function.add_environment("AUTH_ISSUER", self.issuer)
            function.add_environment("AUTH_AUDIENCE", self.client_id)

    def _make_pool(self) -> cognito.UserPool:
        keeps = self._settings.keep_data
        pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_digits=True, require_lowercase=True, require_symbols=True, require_uppercase=True
            ),
            deletion_protection=keeps,
            removal_policy=RemovalPolicy.RETAIN if keeps else RemovalPolicy.DESTROY,
        )
        accept(
            pool,
            {
                "COG2": "A second factor is the operator's to ask for: it costs, and changes how people sign in.",
                "COG3": "Threat protection is a feature plan that costs by the user.",
                "COG8": "Likewise: the plan Essentials is enough for what is used here.",
            },
        )
        return pool

    def _find_pool(self) -> cognito.IUserPool:
        return cognito.UserPool.from_user_pool_id(self, "Users", self._settings.cognito)

    def _add_domain(self) -> str:
        """Give a pool the pages that people sign in on; returns their origin."""
        if self._pool is None:
            raise ValueError("The stack has no user pool")
        prefix = f"{self._settings.stack_name.lower()}-{Aws.ACCOUNT_ID}"  # the account's number makes it one of its own
        self._pool.add_domain("Pages", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        return f"https://{prefix}.auth.{Aws.REGION}.amazoncognito.com"
