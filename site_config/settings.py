"""All settings. They come from the environment only; docs/configuration.md has the table.

Longer than 400 lines, since Django reads one module of settings.

With nothing set, the site runs for one person on their own machine: SQLite, loopback addresses, a
secret key made on first use. As soon as DATABASE_URL or ALLOWED_HOSTS is set it is a public site,
and refuses to start half-configured.
"""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import URLValidator, validate_email
from environs import EnvError, FileAwareEnv

from site_config import local_secret, logs

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_FOLDER = BASE_DIR / "rollout" / "data"  # the facts and names as files
# Each variable may also stand in a file, whose name has _FILE behind it: SECRET_KEY_FILE.
env = FileAwareEnv(strip_whitespace=True)
DOT_ENV = env.str("DOT_ENV", default=str(BASE_DIR / ".env"))
if DOT_ENV:
    env.read_env(DOT_ENV, recurse=False)


# Whoever starts the site, and however: others may write nothing of what it makes.
os.umask(os.umask(0o022) | 0o022)
# What this machine makes: the database and the secret key of a site that is not public.
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var")
# Its date tells all processes of this machine that a fact changed: see rollout/facts/writer.py.
VERSION_FILE = VAR_DIR / "data_version"
# The search index, which all processes of this machine share: see rollout/search/index_file.py.
SEARCH_INDEX_DIR = VAR_DIR / "search_index"


def refuse(advice: str) -> ImproperlyConfigured:
    """Return the error with which the site refuses to start: what is wrong and what to do."""
    return ImproperlyConfigured(f"The site does not start: {advice}")


# --- Who runs it, and where ---------------------------------------------------------------------

try:
    DEBUG = env.bool("DEBUG", default=False)
    ALLOWED_HOSTS: list[str] = list(filter(None, env.list("ALLOWED_HOSTS", default=[])))
    DATABASE_URL = env.str("DATABASE_URL", default="")
    CACHE_URL = env.str("CACHE_URL", default="")
    SECRET_KEY = env.str("SECRET_KEY", default="")
    # Keys of before: what they signed (open sessions) still holds, nothing new is signed with them.
    SECRET_KEY_FALLBACKS: list[str] = list(filter(None, env.list("SECRET_KEY_FALLBACKS", [])))
    ADMIN_HOSTS: list[str] = list(filter(None, env.list("ADMIN_HOSTS", default=[])))
    TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
    PUBLISHER = env.str("PUBLISHER", default="")
    PUBLISHER_CONTACT = env.str("PUBLISHER_CONTACT", default="")
    PUBLICATION_DIRECTOR = env.str("PUBLICATION_DIRECTOR", default="")
    HOSTED_BY = env.str("HOSTED_BY", default="")
    CORRECTIONS_ADDRESS = env.str("CORRECTIONS_ADDRESS", default="")
    BACKUP_DIR = Path(name) if (name := env.str("BACKUP_DIR", default="")) else None
    SECOND_READER = env.bool("SECOND_READER", default=False)
    MIRROR_DIR = Path(name) if (name := env.str("MIRROR_DIR", default="")) else None
    SENTRY_DSN = env.str("SENTRY_DSN", default="")
except (EnvError, ValueError) as error:  # the latter for a file that cannot be read
    raise refuse(f"{error} Correct this environment variable; the README has the table.") from error

IS_PUBLIC = bool(DATABASE_URL or ALLOWED_HOSTS)

if IS_PUBLIC and DEBUG:
    raise refuse("DEBUG shows secrets to visitors. Unset it, or unset ALLOWED_HOSTS/DATABASE_URL.")
if IS_PUBLIC and not ALLOWED_HOSTS:
    raise refuse("ALLOWED_HOSTS is empty. Set it to the site's host names, separated by commas.")
if IS_PUBLIC and "*" in ALLOWED_HOSTS:
    raise refuse("ALLOWED_HOSTS=* lets anyone forge the site's address. Name the hosts.")
if IS_PUBLIC and len(SECRET_KEY) < 50:
    raise refuse(
        "SECRET_KEY is missing or shorter than 50 characters. Make one and keep it: "
        'python -c "import secrets; print(secrets.token_urlsafe(64))"'
    )
if IS_PUBLIC and any(len(key) < 50 for key in SECRET_KEY_FALLBACKS):
    raise refuse("SECRET_KEY_FALLBACKS has a key shorter than 50 characters. It was none of ours.")
try:
    if CORRECTIONS_ADDRESS.startswith("https:"):
        URLValidator(schemes=["https"])(CORRECTIONS_ADDRESS)
    elif CORRECTIONS_ADDRESS:
        validate_email(CORRECTIONS_ADDRESS)
except ValidationError as error:
    raise refuse(
        "CORRECTIONS_ADDRESS is neither an e-mail address nor the address of a tracker. It looks "
        "like corrections@vitale.example or https://tracker.example/new?title={page}."
    ) from error
if "*" in ADMIN_HOSTS:
    raise refuse("ADMIN_HOSTS=* opens the editors' pages on every host. Name the hosts.")

if not IS_PUBLIC:
    SECRET_KEY = SECRET_KEY or local_secret.read_or_create(VAR_DIR / "secret_key")
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

# --- The pieces ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    "rollout",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

# In this order: the first sees the request first and the response last.
MIDDLEWARE = [
    "site_config.middleware.RequestIdMiddleware",  # first: whatever is logged has the id
    "rollout.api.middleware.ProblemDetailsMiddleware",  # above all that make an error or a 304
    "django.middleware.security.SecurityMiddleware",  # redirects to HTTPS before any work
    "site_config.middleware.CrossOriginPolicyMiddleware",  # above WhiteNoise: static files too
    "site_config.static_files.StaticFilesMiddleware",  # static files need nothing of what follows
    "rollout.caching.compression.CompressionMiddleware",  # above all that read or write a body
    "csp.middleware.CSPMiddleware",  # above ConditionalGet, whose 304 drops headers
    "django_permissions_policy.PermissionsPolicyMiddleware",  # likewise
    "django.middleware.http.ConditionalGetMiddleware",  # below compression: one ETag a page
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # a header only
    "rollout.accounts.middleware.SessionMiddleware",  # before authentication and messages
    "site_config.middleware.LocaleMiddleware",  # before whatever may render a page
    "rollout.accounts.middleware.RequestSizeMiddleware",  # before CSRF, which reads the body
    "rollout.caching.middleware.UnavailableMiddleware",  # above all that queries the database
    "django.middleware.common.CommonMiddleware",  # refuses a forged host before any view
    "django.middleware.csrf.CsrfViewMiddleware",  # before whatever trusts a form
    "django.contrib.auth.middleware.AuthenticationMiddleware",  # uses the session
    "django.contrib.messages.middleware.MessageMiddleware",  # uses the session
    "allauth.account.middleware.AccountMiddleware",  # uses the user
    "rollout.accounts.middleware.SecondFactorMiddleware",  # uses the user, and allauth's adapter
    "rollout.pages.middleware.RedirectMiddleware",  # last: sees the 404 of a view
]
APPEND_SLASH = False  # rollout.pages.redirects does it, and all else that is wrong, in one redirect

ROOT_URLCONF = "site_config.urls"
WSGI_APPLICATION = "site_config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "site_config.template_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------

try:
    DATABASES = {
        "default": dj_database_url.parse(
            DATABASE_URL or f"sqlite:///{VAR_DIR / 'db.sqlite3'}",
            conn_max_age=600,
            conn_health_checks=True,
        )
    }
except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError) as error:
    # The address itself may hold a password: it is not repeated here.
    raise refuse(
        "DATABASE_URL cannot be read. It looks like postgres://user:password@host:5432/name."
    ) from error

# Set by wsgi.py: a server gives up sooner than a command, and never makes a database file.
SERVING = os.environ.get("SERVING") == "1"
DATABASE_ROUTERS: list[str] = []

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "site_config.sqlite"
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue instead of failing in the middle of a transaction; an editor is told sooner.
        "transaction_mode": "IMMEDIATE",
        "timeout": 3 if SERVING else 10,
        # Each thread has a connection: half a megabyte of the file in memory is enough for one.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA cache_size=-500;",
    }
    # A file of its own: who signs in is counted while a load of facts is being saved.
    DATABASES["cache"] = DATABASES["default"] | {
        "NAME": str(VAR_DIR / "cache.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 2,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "CREATE TABLE IF NOT EXISTS shared_cache (cache_key varchar(255) NOT NULL PRIMARY KEY, "
            "value text NOT NULL, expires datetime NOT NULL); "
            "CREATE INDEX IF NOT EXISTS shared_cache_expires ON shared_cache (expires)",
        },
    }
    DATABASE_ROUTERS += ["site_config.cache_router.CacheRouter"]

# An editor's note may be long. Bringing back a row is not left to the library's own form.
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True

if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "site_config.postgresql"
    # One locked table, or a server that hangs, must not hold every worker.
    DATABASES["default"].setdefault("OPTIONS", {})
    DATABASES["default"]["OPTIONS"] |= {
        "connect_timeout": 5,
        "options": "-c statement_timeout=5000 -c lock_timeout=3000"
        if SERVING
        else "-c statement_timeout=30000 -c lock_timeout=5000",
        # A server whose machine is gone says nothing at all.
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 1,
        "keepalives_count": 5,
    }

# --- Cache: what all processes must know of one another: failed sign-ins, used codes --------------

if CACHE_URL:
    from redis.connection import parse_url  # 10 MB and 0.2 s, which sites without Redis save

    try:
        parse_url(CACHE_URL)  # type: ignore[no-untyped-call]
    except ValueError as error:
        # The address itself may hold a password: it is not repeated here.
        raise refuse(
            "CACHE_URL cannot be read. It looks like redis://user:password@host:6379/0."
        ) from error
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": "vitale",
            "KEY_FUNCTION": "site_config.cache_keys.fingerprint",
            # A cache that hangs must not hold a worker.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "shared_cache",
            "KEY_FUNCTION": "site_config.cache_keys.fingerprint",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Languages and time -------------------------------------------------------------------------

# The first language is the reference: a text that has no translation is shown in it.
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("zh-hans", "简体中文"),
]
FULL_LANGUAGES = ["en", "fr"]  # have every page, always public; the others: models/languages.py
LANGUAGE_CODE = "en"
API_PREFIX = "/api/v1/"  # a wrong address below it is an error, not redirected
EDITORS_PATHS = ("/admin/", "/accounts/")  # answered apart from what readers ask for
PATHS_WITHOUT_LANGUAGE = ("/.well-known/", "/api/", "/robots.txt", "/sitemap")
LOCALE_PATHS = [BASE_DIR / "rollout" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "site_config.formats"
TIME_ZONE = "Europe/Paris"  # "today" is the day in Paris
USE_TZ = True

# --- Static files -------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "site_config.static_files.Storage"
    },
}
WHITENOISE_AUTOREFRESH = DEBUG

# --- Security -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "worker-src": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}
CSRF_FAILURE_VIEW = "rollout.pages.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# A closed browser is signed out, an open one after 8 idle hours, and after 12 in any case.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 8 * 60 * 60
MAX_SESSION_SECONDS = 12 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
if IS_PUBLIC:  # browsers take such a name only over https, for this host and no other
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
# On a machine of one's own there is no certificate; a public site is https only.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PUBLIC
SECURE_SSL_REDIRECT = IS_PUBLIC
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PUBLIC
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "rollout.accounts.password_validation.FrenchPasswordValidator"},
]

# Forms are small, and so are the files that editors send: nothing that is sent is put on the disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- Sign-in: see docs/decisions/0010 -----------------------------------------------------------

LOGIN_URL = LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "rollout.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # there is no sign-up; allauth's check asks
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",  # by address, by account; counted before hashing
    "reauthenticate": "10/m/user",
}
# X-Forwarded-For is a stranger's words unless our own proxy wrote its last part.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUST_PROXY else 0
MFA_ADAPTER = "rollout.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# The step before and the step after: clocks differ, and typing takes time (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1

# --- Logs: one line an event, never what a visitor typed ----------------------------------------

LOGGING = logs.LOGGING
if SENTRY_DSN:
    try:
        logs.init_sentry(SENTRY_DSN)
    except ImportError as error:
        raise refuse(
            "SENTRY_DSN is set, but sentry-sdk is not installed. Install it, "
            "\"pip install 'sentry-sdk>=2.40,<3'\", or unset SENTRY_DSN."
        ) from error
    except ValueError as error:
        raise refuse(
            "SENTRY_DSN cannot be read. It looks like https://key@sentry.example/1."
        ) from error
