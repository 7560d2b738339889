"""django-oscar: rendered on the server, with its own templates; a catalogue of books by its own importer.

What is written here is what its guide asks of whoever starts a shop: settings, addresses, a catalogue. Every page is its own.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.shops.setup import FOLDER, run, server
from tests.faults.shops.visit import Visit

TITLE = "django-oscar 4.2.1 (Python, rendered on the server)"
REQUIREMENTS = ("django-oscar==4.2.1", "sorl-thumbnail==13.4.0", "Whoosh==2.7.4")
ATTRIBUTES = {'<div id="reviews"': 'data-fc-view="reviews"'}
"""What a merchant adds to his templates: where the reviews begin."""

_PARTS = (
    "analytics checkout address shipping catalogue catalogue.reviews communication partner basket payment offer order"
)
_PARTS += " customer search voucher wishlists dashboard"
_DASHBOARD = "reports users orders catalogue offers partners pages ranges reviews vouchers communications shipping"
_APPS = [f"{part}.apps.{part.title().replace('.', '')}Config" for part in _PARTS.split()]
_APPS += [f"dashboard.{part}.apps.{part.title()}DashboardConfig" for part in _DASHBOARD.split()]

_SETTINGS = f"""
from pathlib import Path
from oscar.defaults import *
BASE = Path(__file__).parent
SECRET_KEY = "only for a test"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "addresses"
SITE_ID = 1
USE_TZ = True
LANGUAGE_CODE = "en-gb"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE / "media"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "shop.sqlite3"}}}}
_CONTRIB = "admin auth contenttypes sessions messages staticfiles sites flatpages"
INSTALLED_APPS = ["django.contrib." + name for name in _CONTRIB.split()]
INSTALLED_APPS += ["oscar.config.Shop"] + ["oscar.apps." + name for name in {_APPS!r}]
INSTALLED_APPS += ["widget_tweaks", "haystack", "treebeard", "sorl.thumbnail", "django_tables2"]
_DJANGO = ["template.context_processors." + name for name in "debug request i18n media static".split()]
_DJANGO += ["contrib.auth.context_processors.auth", "contrib.messages.context_processors.messages"]
_SHOP = ["apps.search.context_processors.search_form", "apps.checkout.context_processors.checkout"]
_SHOP += ["apps.communication.notifications.context_processors.notifications", "core.context_processors.metadata"]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {{
    "context_processors": ["django." + name for name in _DJANGO] + ["oscar." + name for name in _SHOP]}}}}]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware", "oscar.apps.basket.middleware.BasketMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware"]
AUTHENTICATION_BACKENDS = ["oscar.apps.customer.auth_backends.EmailBackend"]
HAYSTACK_CONNECTIONS = {{"default": {{"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine", "PATH": str(BASE / "index")}}}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_INITIAL_ORDER_STATUS = "Pending"
OSCAR_DEFAULT_CURRENCY = "GBP"
"""

_ADDRESSES = """
from django.apps import apps
from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path
urlpatterns = static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
urlpatterns += [path("i18n/", include("django.conf.urls.i18n")), path("", include(apps.get_app_config("oscar").urls[0]))]
"""

_CATALOGUE = """\
Book,Books > Fiction,9780001,The Lighthouse Keeper,A story of a quiet coast.,Press,b-1,9.99,40
Book,Books > Fiction,9780002,Salt and Slate,Two sisters and a quarry.,Press,b-2,12.50,40
Book,Books > Cooking,9780003,Bread by Hand,Forty loaves.,Press,b-3,21.00,40
"""

_FILL = """
import django
django.setup()
from django.contrib.flatpages.models import FlatPage
from oscar.core.loading import get_model
get_model("address", "Country").objects.create(
    iso_3166_1_a2="GB", iso_3166_1_a3="GBR", printable_name="United Kingdom", name="United Kingdom", is_shipping_country=True)
page = FlatPage.objects.create(url="/faq/", title="Questions", content="<p>When does it come? In two days.</p>")
page.sites.add(1)
"""


def prepare() -> Path:
    """Installs it into a virtual environment of its own, once. Returns the folder."""
    folder = FOLDER / "oscar"
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != str(REQUIREMENTS):
        folder.mkdir(parents=True, exist_ok=True)
        run([sys.executable, "-m", "venv", "venv"], folder=folder, what="django-oscar")
        run([folder / "venv/bin/pip", "install", "--quiet", *REQUIREMENTS], folder=folder, what="django-oscar")
        stamp.write_text(str(REQUIREMENTS))
    return folder


@contextmanager
def running(site: Path, port: int, public_url: str) -> Iterator[str]:
    """The shop with its catalogue, in the empty folder `site`. Gives where it listens."""
    binaries = prepare() / "venv/bin"
    (site / "settings.py").write_text(_SETTINGS)
    (site / "addresses.py").write_text(_ADDRESSES)
    (site / "catalogue.csv").write_text(_CATALOGUE)
    (site / "fill.py").write_text(_FILL)
    environment = {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(site)}
    admin = binaries / "django-admin"
    steps: list[list[str | Path]] = [
        [admin, "migrate", "-v0"],
        [admin, "oscar_import_catalogue", "catalogue.csv"],
        [binaries / "python", "fill.py"],
        [admin, "rebuild_index", "--noinput"],
    ]
    for words in steps:
        run(words, folder=site, environment=environment, what="django-oscar")
    serving: list[str | Path] = [admin, "runserver", "--noreload", f"127.0.0.1:{port}"]
    with server(serving, folder=site, port=port, environment=environment):
        yield f"http://127.0.0.1:{port}"


async def walk(visit: Visit) -> None:
    """A visit that looks around, searches, asks, fills the basket, changes its mind, and buys as a guest."""
    await visit.land("/", "listing")  # its home is the whole catalogue
    await visit.follow(".side_categories a >> text=Fiction", "listing")
    await visit.follow(".product_pod h3 a", "product")
    await visit.take_offer()
    await visit.see("#reviews", "reviews")
    await visit.travel(-1, "listing")
    await visit.follow(".product_pod h3 a", "product", nth=1)
    await visit.enter("#id_q", "bread")
    await visit.follow("form[action='/search/'] [type=submit]", "search")
    await visit.follow(".product_pod h3 a", "product")
    await visit.land("/faq/", "faq")
    await visit.travel(-1, "product")
    await visit.travel(1, "faq")
    await visit.travel(-1, "product")
    await visit.follow("#add_to_basket_form button", "product", "add_to_cart")
    await visit.land("/catalogue/", "listing")
    await visit.follow(".product_pod form[action*='/basket/add/'] button", "listing", "add_to_cart")
    await visit.land("/basket/", "cart")
    await visit.enter("[name=form-0-quantity]", "3")
    visit.did("add_to_cart")
    await visit.press(".checkout-quantity button", then="text=£72.99")
    gone = "#basket_formset:not(:has-text('Lighthouse'))"
    await visit.press("[data-behaviours=remove]", "remove_from_cart", then=gone, nth=1)
    await visit.note("total", "#basket_totals")
    await visit.follow("a >> text=Proceed to checkout", "checkout", "begin_checkout")
    await visit.enter("#id_username", "guest@example.org")
    await visit.follow("#content_inner [type=submit], .page_inner form [type=submit]", "shipping", nth=-1)
    for name, text in {
        "first_name": "Ada",
        "last_name": "Byron",
        "line1": "1 Quay",
        "line4": "Hull",
        "postcode": "HU1 1AA",
    }.items():
        await visit.enter(f"#id_{name}", text)
    await visit.follow("#new_shipping_address [type=submit]", "payment", "add_shipping_info")
    await visit.follow("#view_preview", "checkout")
    await visit.note("to pay", ".page_inner table")
    await visit.follow("#place-order", "confirmation")
    await visit.note("order", "#content_inner, .page_inner >> nth=-1")
