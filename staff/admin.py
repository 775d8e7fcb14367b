"""Reference tables in Django's admin, for the system administrator alone; no business is here.

Accounts have pages of their own, because who makes one does not grant its role. Dated tables are
read here and loaded by load_reference.
"""

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.views.generic import RedirectView

from staff.access import allowed
from staff.models import (
    Bureau,
    District,
    DistrictChange,
    Jurisdiction,
    KindWord,
    Station,
    StationStreet,
    Street,
    StreetPlacement,
    Unit,
)
from staff.views import Logout

admin.site.site_header = admin.site.site_title = "沙盒监管 机构与区划"
admin.site.index_title = "基础表"
# One door: the admin's own pages of login and password would not count failures nor keep our rules.
admin.site.login = allowed("system.keep")(admin.site.login)
admin.site.logout = Logout.as_view()
admin.site.password_change = RedirectView.as_view(pattern_name="staff:password")
admin.site.unregister(auth_admin.Group)


class KeptAdmin(admin.ModelAdmin):
    """Rows may be added and corrected; others point to them, so none is deleted."""

    actions = None

    def changelist_view(self, request, extra_context=None):
        title = f"{self.opts.verbose_name}"
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(KeptAdmin):
    def get_queryset(self, request):
        rows = self.model.objects.all()
        rows = rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows
        return rows.order_by("pk")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Bureau)
class BureauAdmin(KeptAdmin):
    list_display = ("code", "name", "short_name", "kind", "document_word", "since", "until")
    list_filter = ("kind",)
    search_fields = ("code", "name")


@admin.register(District)
class DistrictAdmin(KeptAdmin):
    list_display = ("code", "name", "short_name", "former_names", "since", "until", "successor")
    search_fields = ("code", "name")


@admin.register(Street)
class StreetAdmin(KeptAdmin):
    list_display = ("code", "name", "former_codes")
    search_fields = ("code", "name")


@admin.register(Station)
class StationAdmin(KeptAdmin):
    """A station's bureau is part of its officers' scope: given once, not changed here."""

    list_display = ("code", "name", "bureau")
    list_filter = ("bureau",)
    search_fields = ("code", "name")

    def get_readonly_fields(self, request, obj=None):
        return ("bureau",) if obj else ()


@admin.register(Unit)
class UnitAdmin(KeptAdmin):
    """What a unit reads of the city is granted by the security administrator, not kept here."""

    fields = ("code", "name")
    list_display = ("code", "name", "fields", "whole_city")


@admin.register(KindWord)
class KindWordAdmin(KeptAdmin):
    """The kinds are the product's; the city says which word each has in its numbers."""

    fields = ("kind", "title", "word")
    readonly_fields = ("kind", "title")
    list_display = ("kind", "title", "word")

    def has_add_permission(self, request):
        return False


@admin.register(Jurisdiction)
class JurisdictionAdmin(ReadOnlyAdmin):
    list_display = ("bureau", "district", "street", "since", "until", "superseded_at")
    list_select_related = ("bureau", "district", "street")
    list_filter = ("bureau",)


@admin.register(StreetPlacement)
class StreetPlacementAdmin(ReadOnlyAdmin):
    list_display = ("street", "district", "since", "until", "superseded_at")
    list_select_related = ("street", "district")
    search_fields = ("street__name",)


@admin.register(StationStreet)
class StationStreetAdmin(ReadOnlyAdmin):
    list_display = ("station", "street", "since", "until", "superseded_at")
    list_select_related = ("station", "street")


@admin.register(DistrictChange)
class DistrictChangeAdmin(ReadOnlyAdmin):
    list_display = ("effective_on", "from_district", "street_name", "to_district")
    list_select_related = ("from_district", "to_district")
