"""The pages under /accounts/, one named line each: of allauth's only those that are needed."""

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from rollout.accounts import views
from rollout.accounts.views import View, unavailable_if_cache_fails


def page(route: str, view: View, name: str) -> URLPattern:
    """Return the route of one page: never cached, and 503 if the cache fails."""
    return path(route, never_cache(unavailable_if_cache_fails(view)), name=name)


# Asking for a challenge starts a session: this is limited like the attempts themselves.
login_by_passkey = rate_limit(action="login", limit_get=True)(webauthn.login_webauthn)
to_index = RedirectView.as_view(pattern_name="mfa_index")  # it lists the passkeys too

# Who else may be signed in is shown, and ended, to whoever shows again that it is they.
own_sessions = reauthentication_required(views.own_sessions)

urlpatterns = [
    page("login/", account.login, "account_login"),
    page("logout/", views.clear_cache_after_sign_out(account.logout), "account_logout"),
    page("reauthenticate/", account.reauthenticate, "account_reauthenticate"),
    page(
        "choose-password/<uidb64>/<token>/",
        views.ChoosePassword.as_view(),
        "account_choose_password",
    ),
    page("sessions/", own_sessions, "account_sessions"),
    page("mfa/", mfa.index, "mfa_index"),
    page("mfa/authenticate/", mfa.authenticate, "mfa_authenticate"),
    page("mfa/reauthenticate/", mfa.reauthenticate, "mfa_reauthenticate"),
    page("mfa/totp/activate/", totp.activate_totp, "mfa_activate_totp"),
    page("mfa/totp/deactivate/", totp.deactivate_totp, "mfa_deactivate_totp"),
    page("mfa/recovery-codes/", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes"),
    page(
        "mfa/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
    ),
    page("mfa/passkeys/", to_index, "mfa_list_webauthn"),
    page("mfa/passkeys/add/", webauthn.add_webauthn, "mfa_add_webauthn"),
    page("mfa/passkeys/login/", login_by_passkey, "mfa_login_webauthn"),
    page(
        "mfa/passkeys/reauthenticate/",
        webauthn.reauthenticate_webauthn,
        "mfa_reauthenticate_webauthn",
    ),
    page("mfa/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, "mfa_remove_webauthn"),
]
