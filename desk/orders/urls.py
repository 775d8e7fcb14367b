"""Addresses of orders, removals and follow-ups; part of ``desk.urls``."""

from django.urls import path

from desk.views import followups, order_bulk, order_steps, orders, removals

order_patterns = [
    path("orders/", orders.order_list, name="order-list"),
    path("orders/bulk/<slug:step>/", order_bulk.order_bulk, name="order-bulk"),
    path(
        "orders/bulk/<slug:step>/<slug:token>/",
        order_bulk.order_bulk_result,
        name="order-bulk-result",
    ),
    path("orders/<int:pk>/", orders.order_detail, name="order-detail"),
    path("orders/<int:pk>/edit/", orders.order_edit, name="order-edit"),
    path("orders/<int:pk>/contact/", orders.order_contact, name="order-contact"),
    path("orders/<int:pk>/effect/", order_steps.order_effect, name="order-effect"),
    path("orders/<int:pk>/steps/<slug:step>/", order_steps.order_step, name="order-step"),
    path("removals/", removals.removal_list, name="removal-list"),
    path("removals/<int:pk>/", removals.removal_detail, name="removal-detail"),
    path("removals/<int:pk>/<slug:verb>/", removals.removal_act, name="removal-act"),
    path("removals/<int:pk>/<slug:verb>/effect/", removals.removal_effect, name="removal-effect"),
    path("followups/", followups.followup_list, name="followup-list"),
    path("followups/<int:pk>/settle/", followups.followup_settle, name="followup-settle"),
]
